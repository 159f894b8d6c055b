-- A row is INTLORG.ORG.N.LJ and INTLORG.CHAMBER.N.LJ together, of which either may be “—”, in every area.
INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)
SELECT
    'INTLORG.N.LJ' AS indicator, n.area AS area, n.period_end AS period_end,
    COALESCE(n.value + d.value, n.value, d.value) AS value,
    CASE WHEN n.value IS NULL AND d.value IS NULL THEN 'M' WHEN n.obs_status = 'E' OR d.obs_status = 'E' THEN 'E' WHEN n.obs_status = 'P' OR d.obs_status = 'P' THEN 'P' ELSE 'A' END AS obs_status,
    CASE WHEN n.value IS NULL THEN CASE WHEN d.value IS NOT NULL THEN d.vintage END WHEN d.value IS NULL OR n.vintage = d.vintage THEN n.vintage ELSE 'mixed' END AS vintage,
    CASE WHEN n.value IS NULL THEN CASE WHEN d.value IS NOT NULL THEN d.caliber END WHEN d.value IS NULL OR n.caliber = d.caliber OR d.caliber IS NULL THEN n.caliber WHEN n.caliber IS NULL THEN d.caliber ELSE 'mixed' END AS caliber,
    0 AS carried
FROM fact AS n
INNER JOIN fact AS d ON d.indicator = 'INTLORG.CHAMBER.N.LJ' AND d.area = n.area AND d.period_end = n.period_end
WHERE n.indicator = 'INTLORG.ORG.N.LJ' AND (n.value IS NOT NULL OR n.obs_status = 'M') AND (d.value IS NOT NULL OR d.obs_status = 'M')
    AND n.period_end >= 24275 AND (n.period_end + 1) % 6 = 0
