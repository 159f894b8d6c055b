-- A row is HTE.N.LJ as a multiple of the end of 2022, in every area. The vintage is that of the period itself.
INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)
SELECT
    'HTE.N.MULT.LJ' AS indicator, n.area AS area, n.period_end AS period_end,
    CAST(n.value AS DOUBLE PRECISION) / NULLIF(CAST(d.value AS DOUBLE PRECISION), 0) AS value,
    CASE WHEN n.obs_status = 'E' OR d.obs_status = 'E' THEN 'E' WHEN n.obs_status = 'P' OR d.obs_status = 'P' THEN 'P' ELSE 'A' END AS obs_status,
    n.vintage AS vintage,
    CASE WHEN n.caliber = d.caliber OR d.caliber IS NULL THEN n.caliber WHEN n.caliber IS NULL THEN d.caliber ELSE 'mixed' END AS caliber,
    0 AS carried
FROM fact AS n
INNER JOIN fact AS d ON d.indicator = n.indicator AND d.area = n.area AND d.period_end = 24275
WHERE n.indicator = 'HTE.N.LJ' AND n.value IS NOT NULL AND d.value IS NOT NULL AND d.value <> 0
    AND n.period_end >= 24275 AND (n.period_end + 1) % 3 = 0
