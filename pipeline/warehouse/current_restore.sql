-- A row is what is known again because the submission being retracted said
-- otherwise: the newest observation that is not retracted.
INSERT INTO observation_current (
    series, period_end, freq, measure, value, obs_status, vintage,
    caliber, note, submission, sheet, cell, known_from
)
WITH asked AS (
    -- A row is a cell that the submission filed and that nothing current holds.
    SELECT DISTINCT n.series, n.period_end, n.measure
    FROM observation AS n
    WHERE n.submission = CAST($submission AS BIGINT)
      AND NOT EXISTS (
        SELECT 1 FROM observation_current AS c
        WHERE c.series = n.series AND c.period_end = n.period_end AND c.measure = n.measure
      )
),
ranked AS (
    -- A row is an observation of such a cell that is not retracted; the newest has n = 1.
    SELECT
        o.series, o.period_end, o.freq, o.measure, o.value, o.obs_status, o.vintage,
        o.caliber, o.note, o.submission, o.sheet, o.cell, o.known_from,
        ROW_NUMBER() OVER (
            PARTITION BY o.series, o.period_end, o.measure
            ORDER BY o.known_from DESC, o.submission DESC
        ) AS n
    FROM observation AS o
    JOIN asked AS a ON a.series = o.series AND a.period_end = o.period_end AND a.measure = o.measure
    WHERE NOT EXISTS (
        SELECT 1 FROM retraction AS x
        WHERE x.submission = o.submission AND x.retracted >= o.known_from
    )
)
SELECT
    r.series, r.period_end, r.freq, r.measure, r.value, r.obs_status, r.vintage,
    r.caliber, r.note, r.submission, r.sheet, r.cell, r.known_from
FROM ranked AS r
WHERE r.n = 1
