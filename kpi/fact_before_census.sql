-- A row is the value of a filed series as it was known just before a census first revised the series.
INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)
WITH census AS (
    SELECT o.series AS series, MIN(o.known_from) AS known
    FROM observation AS o
    WHERE o.vintage = 'census' AND o.measure = 'value' AND o.known_from <= $as_of
        AND NOT EXISTS (
            SELECT 1 FROM retraction AS x
            WHERE x.submission = o.submission AND x.retracted >= o.known_from AND x.retracted <= $as_of
        )
    GROUP BY o.series
),

ranked AS (
    SELECT
        o.series AS series, o.period_end AS period_end, o.value AS value,
        o.obs_status AS obs_status, o.vintage AS vintage, o.caliber AS caliber,
        ROW_NUMBER() OVER (
            PARTITION BY o.series, o.period_end
            ORDER BY o.known_from DESC, o.submission DESC
        ) AS recency
    FROM ask AS a
    INNER JOIN series AS s ON s.indicator = a.indicator AND s.area = a.area
    INNER JOIN observation AS o ON o.series = s.id
    LEFT JOIN census AS c ON c.series = o.series
    WHERE o.measure = 'value' AND o.period_end <= $last AND (c.known IS NULL OR o.known_from < c.known) AND o.known_from <= $as_of
        AND NOT EXISTS (
            SELECT 1 FROM retraction AS x
            WHERE x.submission = o.submission AND x.retracted >= o.known_from AND x.retracted <= $as_of
        )
)
SELECT
    s.indicator AS indicator, s.area AS area, r.period_end AS period_end,
    CASE WHEN r.obs_status = 'N' THEN CAST(0 AS DOUBLE PRECISION) ELSE CAST(r.value AS DOUBLE PRECISION) END AS value, CAST(r.obs_status AS VARCHAR) AS obs_status,
    CAST(r.vintage AS VARCHAR) AS vintage, NULLIF(l.text, '') AS caliber, 0 AS carried
FROM ranked AS r
INNER JOIN series AS s ON s.id = r.series
INNER JOIN word AS l ON l.id = r.caliber
WHERE r.recency = 1
ORDER BY s.indicator, s.area, r.period_end
