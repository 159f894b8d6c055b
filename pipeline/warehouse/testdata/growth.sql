-- A row is how many growths over a year ago there are, and their sum. The join is right where months are missing.
SELECT COUNT(r.growth) AS n, SUM(r.growth) AS total
FROM (
    SELECT (CAST(o.value AS DOUBLE) / CASE WHEN y.value > 0 THEN CAST(y.value AS DOUBLE) END - 1) * 100 AS growth
    FROM observation_current AS o
    INNER JOIN observation_current AS y
        ON y.series = o.series AND y.period_end = o.period_end - 12 AND y.measure = 'value'
    WHERE o.measure = 'value' AND o.period_end >= $first AND o.period_end <= $last
        AND y.period_end >= $first - 12 AND y.period_end <= $last - 12
) AS r
ORDER BY n
