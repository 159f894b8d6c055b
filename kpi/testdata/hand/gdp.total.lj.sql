-- A row is GDP.TOTAL.DIR, “—” too, in every area.
INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)
SELECT
    'GDP.TOTAL.LJ' AS indicator, n.area AS area, n.period_end AS period_end,
    n.value AS value,
    CASE WHEN n.value IS NULL THEN 'M' WHEN n.obs_status = 'E' THEN 'E' WHEN n.obs_status = 'P' THEN 'P' ELSE 'A' END AS obs_status,
    CASE WHEN n.value IS NOT NULL THEN n.vintage END AS vintage, CASE WHEN n.value IS NOT NULL THEN n.caliber END AS caliber, 0 AS carried
FROM fact AS n
WHERE n.indicator = 'GDP.TOTAL.DIR' AND (n.value IS NOT NULL OR n.obs_status = 'M')
    AND n.period_end >= 24275 AND (n.period_end + 1) % 3 = 0
