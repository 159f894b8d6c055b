-- A row is the newest known value of an asked series, when nothing newer than the as-of time is known.
INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)
SELECT
    s.indicator AS indicator, s.area AS area, o.period_end AS period_end,
    CASE WHEN o.obs_status = 'N' THEN CAST(0 AS DOUBLE PRECISION) ELSE CAST(o.value AS DOUBLE PRECISION) END AS value, CAST(o.obs_status AS VARCHAR) AS obs_status,
    CAST(o.vintage AS VARCHAR) AS vintage, NULLIF(l.text, '') AS caliber, 0 AS carried
FROM ask AS a
INNER JOIN series AS s ON s.indicator = a.indicator AND s.area = a.area
INNER JOIN observation_current AS o ON o.series = s.id
INNER JOIN word AS l ON l.id = o.caliber
WHERE o.measure = 'value' AND o.period_end <= $last
ORDER BY s.indicator, s.area, o.period_end
