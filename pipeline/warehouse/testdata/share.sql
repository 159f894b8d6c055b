-- A row is how many shares of a whole there are, and their sum: each series in per cent of that of its area's whole.
WITH whole AS (
    SELECT w.series AS series, w.period_end AS period_end, CAST(w.value AS DOUBLE) AS value
    FROM observation_current AS w
    WHERE w.measure = 'value' AND w.period_end >= $first AND w.period_end <= $last
        AND w.series IN (SELECT p.whole FROM part AS p)
)

SELECT COUNT(r.share) AS n, SUM(r.share) AS total
FROM (
    SELECT CAST(o.value AS DOUBLE) / NULLIF(h.value, 0) * 100 AS share
    FROM observation_current AS o
    INNER JOIN part AS p ON p.series = o.series
    INNER JOIN whole AS h ON h.series = p.whole AND h.period_end = o.period_end
    WHERE o.measure = 'value' AND o.period_end >= $first AND o.period_end <= $last
) AS r
ORDER BY n
