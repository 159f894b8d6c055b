-- A row is YUXIN.STREET.COVERED.N.LJ in per cent of the newest STREET.N.LJ, which is of a year's end and at most two years old, in every area.
INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)
SELECT
    'YUXIN.STREET.COVERAGE.LJ' AS indicator, n.area AS area, n.period_end AS period_end,
    CAST(n.value AS DOUBLE PRECISION) / NULLIF(CAST(COALESCE(d.value, e.value) AS DOUBLE PRECISION), 0) * 100 AS value,
    CASE WHEN n.obs_status = 'E' OR COALESCE(d.obs_status, e.obs_status) = 'E' THEN 'E' WHEN n.obs_status = 'P' OR COALESCE(d.obs_status, e.obs_status) = 'P' THEN 'P' ELSE 'A' END AS obs_status,
    CASE WHEN d.period_end = n.period_end AND d.vintage <> n.vintage THEN 'mixed' ELSE n.vintage END AS vintage,
    CASE
        WHEN n.caliber = CASE WHEN d.value IS NOT NULL THEN d.caliber ELSE e.caliber END THEN n.caliber
        WHEN n.caliber IS NULL THEN CASE WHEN d.value IS NOT NULL THEN d.caliber ELSE e.caliber END
        WHEN d.value IS NOT NULL AND d.caliber IS NULL OR d.value IS NULL AND e.caliber IS NULL THEN n.caliber
        ELSE 'mixed'
    END AS caliber,
    n.period_end - COALESCE(d.period_end, e.period_end) AS carried
FROM fact AS n
LEFT JOIN fact AS d ON d.indicator = 'STREET.N.LJ' AND d.area = n.area AND d.value IS NOT NULL AND d.period_end = n.period_end - (n.period_end + 1) % 12
LEFT JOIN fact AS e ON e.indicator = 'STREET.N.LJ' AND e.area = n.area AND e.value IS NOT NULL AND e.period_end = n.period_end - (n.period_end + 1) % 12 - 12
WHERE n.indicator = 'YUXIN.STREET.COVERED.N.LJ' AND n.value IS NOT NULL AND COALESCE(d.value, e.value) <> 0
    AND n.period_end >= 24275 AND (n.period_end + 1) % 6 = 0
