-- A row is a cell that was filed without a value: blank, “—” or the like.
SELECT a.indicator AS indicator, f.period_end AS period_end, f.obs_status AS obs_status
FROM ask AS a
INNER JOIN fact AS f ON f.indicator = a.indicator AND f.area = a.area
WHERE f.value IS NULL
ORDER BY a.indicator, f.period_end
