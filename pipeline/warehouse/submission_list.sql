-- A row is a submission received until $as_of, in the state it was in then.
WITH decided AS (
    -- A row is a decision known at $as_of; the newest of a submission has n = 1.
    SELECT
        d.submission, d.seq, d.decided, d.state, d.author, d.receipt, d.remark,
        ROW_NUMBER() OVER (PARTITION BY d.submission ORDER BY d.decided DESC, d.seq DESC) AS n
    FROM verdict AS d
    WHERE d.decided <= CAST($as_of AS TIMESTAMP)
),
known AS (
    -- A row is a submission; among those of one form, department, period and
    -- state the newest has n = 1.
    SELECT
        s.id, s.sha256, s.file, s.form, s.form_version, s.department, s.freq, s.period_end,
        s.version, s.received, d.receipt,
        d.state, d.seq, d.decided, d.author, d.remark,
        ROW_NUMBER() OVER (
            PARTITION BY s.form, s.department, s.freq, s.period_end, d.state
            ORDER BY d.decided DESC, s.id DESC
        ) AS n
    FROM submission AS s
    JOIN decided AS d ON d.submission = s.id AND d.n = 1
    WHERE s.received <= CAST($as_of AS TIMESTAMP)
)
SELECT
    k.id, k.sha256, k.file, k.form, k.form_version, k.department,
    COALESCE(CAST(k.freq AS VARCHAR), '') AS freq, COALESCE(k.period_end, 0) AS period_end,
    k.version, k.received, k.receipt,
    CASE WHEN k.state = 'accepted' AND k.n > 1 THEN 'superseded' ELSE CAST(k.state AS VARCHAR) END AS state,
    k.seq, k.decided, k.author, k.remark
FROM known AS k
ORDER BY k.received, k.id
