-- A row is how many series have a linear trend, and the sum of what each comes to at a period.
SELECT COUNT(t.at) AS n, SUM(t.at) AS total
FROM (
    SELECT
        (s.y - CAST(s.n * s.xy - s.x * s.y AS DOUBLE) / NULLIF(s.n * s.xx - s.x * s.x, 0) * s.x) / s.n
        + CAST(s.n * s.xy - s.x * s.y AS DOUBLE) / NULLIF(s.n * s.xx - s.x * s.x, 0) * ($target - $origin) AS at
    FROM (
        SELECT
            CAST(COUNT(o.value) AS DOUBLE) AS n, CAST(SUM(o.period_end - $origin) AS DOUBLE) AS x,
            CAST(SUM((o.period_end - $origin) * (o.period_end - $origin)) AS DOUBLE) AS xx,
            SUM(CAST(o.value AS DOUBLE)) AS y, SUM(CAST(o.value AS DOUBLE) * (o.period_end - $origin)) AS xy
        FROM observation_current AS o
        WHERE o.measure = 'value' AND o.value IS NOT NULL
        GROUP BY o.series
    ) AS s
) AS t
ORDER BY n
