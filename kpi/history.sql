-- A row is the value of an asked series, oldest first; value is NULL for a typed absence.
SELECT
    f.indicator AS indicator, f.period_end AS period_end, f.value AS value,
    f.obs_status AS obs_status, f.vintage AS vintage, f.caliber AS caliber, f.carried AS carried
FROM fact AS f
ORDER BY f.indicator, f.period_end
