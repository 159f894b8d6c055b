-- A row is a value that an eval of a test script gave.
SELECT
    f.indicator AS indicator, f.period_end AS period_end, f.value AS value,
    f.obs_status AS obs_status, f.vintage AS vintage, f.caliber AS caliber, f.carried AS carried
FROM fact AS f
WHERE f.indicator LIKE 'EVAL.%' AND f.value IS NOT NULL
ORDER BY f.indicator, f.period_end
