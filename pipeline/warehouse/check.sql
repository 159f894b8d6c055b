-- A row is the size and content of observation, of its newest observations that
-- are not retracted, and of observation_current. A content is the exact sum of the values and an
-- order-free fingerprint of every column.
WITH ranked AS (
    -- A row is an observation; the newest of its series, period_end and measure has n = 1.
    SELECT
        o.value, HASH(
            o.series, o.period_end, o.freq, o.measure, o.value, o.obs_status, o.vintage,
            o.caliber, o.note, o.submission, o.sheet, o.cell, o.known_from
        ) AS fingerprint,
        ROW_NUMBER() OVER (
            PARTITION BY o.series, o.period_end, o.measure
            ORDER BY x.retracted IS NOT NULL, o.known_from DESC, o.submission DESC
        ) AS n,
        x.retracted IS NOT NULL AS gone
    FROM observation AS o
    LEFT JOIN (
        SELECT t.submission, MAX(t.retracted) AS retracted
        FROM retraction AS t
        GROUP BY t.submission
    ) AS x ON x.submission = o.submission AND x.retracted >= o.known_from
),
held AS (
    -- A row is a current observation.
    SELECT
        c.value, HASH(
            c.series, c.period_end, c.freq, c.measure, c.value, c.obs_status, c.vintage,
            c.caliber, c.note, c.submission, c.sheet, c.cell, c.known_from
        ) AS fingerprint
    FROM observation_current AS c
),
event_total AS (
    SELECT
        COUNT(*) AS all_rows,
        CAST(SUM(r.value) AS VARCHAR) AS all_sum,
        CAST(SUM(CAST(r.fingerprint AS HUGEINT)) AS VARCHAR) AS all_print,
        COUNT(*) FILTER (WHERE r.n = 1 AND NOT r.gone) AS newest_rows,
        CAST(SUM(r.value) FILTER (WHERE r.n = 1 AND NOT r.gone) AS VARCHAR) AS newest_sum,
        CAST(SUM(CAST(r.fingerprint AS HUGEINT)) FILTER (WHERE r.n = 1 AND NOT r.gone) AS VARCHAR) AS newest_print
    FROM ranked AS r
),
held_total AS (
    SELECT
        COUNT(*) AS held_rows,
        CAST(SUM(h.value) AS VARCHAR) AS held_sum,
        CAST(SUM(CAST(h.fingerprint AS HUGEINT)) AS VARCHAR) AS held_print
    FROM held AS h
)
SELECT
    e.all_rows, COALESCE(e.all_sum, ''), COALESCE(e.all_print, ''),
    e.newest_rows, COALESCE(e.newest_sum, ''), COALESCE(e.newest_print, ''),
    h.held_rows, COALESCE(h.held_sum, ''), COALESCE(h.held_print, '')
FROM event_total AS e
CROSS JOIN held_total AS h
