-- A row is a value of an evaluated series, oldest first.
SELECT
    a.indicator AS indicator, f.period_end AS period_end, f.value AS value,
    f.obs_status AS obs_status, f.vintage AS vintage, f.caliber AS caliber
FROM ask AS a
INNER JOIN fact AS f ON f.indicator = a.indicator AND f.area = a.area
WHERE f.value IS NOT NULL
ORDER BY a.indicator, f.period_end
