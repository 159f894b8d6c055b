-- A row is a version of a cell, newest first, of a series of which something became known, or is known no longer, since a time and by another; one that is known no longer has a retraction.
WITH changed AS (
    SELECT o.series AS series
    FROM observation AS o
    WHERE o.known_from > $since AND o.known_from <= $as_of
    UNION
    SELECT o.series AS series
    FROM retraction AS x
    INNER JOIN observation AS o ON o.submission = x.submission
    WHERE x.retracted > $since AND x.retracted <= $as_of
)

SELECT
    s.indicator AS indicator, s.area AS area, CAST(o.measure AS VARCHAR) AS measure, o.period_end AS period_end,
    CASE WHEN o.measure = 'value' AND o.obs_status = 'N' THEN CAST(0 AS DOUBLE PRECISION) ELSE CAST(o.value AS DOUBLE PRECISION) END AS value,
    CAST(o.obs_status AS VARCHAR) AS obs_status, CAST(o.vintage AS VARCHAR) AS vintage, l.text AS caliber,
    o.known_from AS known_from, x.retracted AS retracted
FROM changed AS c
INNER JOIN series AS s ON s.id = c.series
INNER JOIN observation AS o ON o.series = c.series
INNER JOIN word AS l ON l.id = o.caliber
LEFT JOIN retraction AS x ON x.submission = o.submission AND x.retracted >= o.known_from AND x.retracted <= $as_of
WHERE o.known_from <= $as_of
ORDER BY s.indicator, s.area, o.measure, o.period_end, o.known_from DESC, o.submission DESC
