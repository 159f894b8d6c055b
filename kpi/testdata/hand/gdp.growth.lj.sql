-- A row is GDP.GROWTH.DIR, in every area.
INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)
SELECT
    'GDP.GROWTH.LJ' AS indicator, n.area AS area, n.period_end AS period_end,
    n.value AS value,
    CASE WHEN n.obs_status = 'E' THEN 'E' WHEN n.obs_status = 'P' THEN 'P' ELSE 'A' END AS obs_status,
    n.vintage AS vintage, n.caliber AS caliber, 0 AS carried
FROM fact AS n
WHERE n.indicator = 'GDP.GROWTH.DIR' AND n.value IS NOT NULL
    AND n.period_end >= 24275 AND (n.period_end + 1) % 3 = 0
