-- A row is an indicator with its newest value and the values its measures need.
WITH newest AS (
    SELECT f.indicator AS indicator, f.area AS area, MAX(f.period_end) AS period_end
    FROM fact AS f
    WHERE f.value IS NOT NULL
    GROUP BY f.indicator, f.area
),

published AS (
    SELECT
        s.indicator AS indicator, s.area AS area, o.period_end AS period_end, CAST(o.value AS DOUBLE PRECISION) AS value,
        ROW_NUMBER() OVER (
            PARTITION BY o.series, o.period_end
            ORDER BY o.known_from DESC, o.submission DESC
        ) AS recency
    FROM ask AS a
    INNER JOIN series AS s ON s.indicator = a.indicator AND s.area = a.area
    INNER JOIN observation AS o ON o.series = s.id
    WHERE o.measure = 'growth' AND o.known_from <= $as_of
        AND NOT EXISTS (
            SELECT 1 FROM retraction AS x
            WHERE x.submission = o.submission AND x.retracted >= o.known_from AND x.retracted <= $as_of
        )
)

SELECT
    a.indicator AS indicator, n.period_end AS period_end,
    v.value AS value, v.obs_status AS obs_status, v.vintage AS vintage, v.caliber AS caliber, v.carried AS carried,
    y.value AS year_ago, b.value AS base,
    w.value AS whole, wy.value AS whole_year_ago,
    COALESCE(r.value, p.value) AS published
FROM ask AS a
INNER JOIN newest AS n ON n.indicator = a.indicator AND n.area = a.area
INNER JOIN fact AS v ON v.indicator = a.indicator AND v.area = a.area AND v.period_end = n.period_end
LEFT JOIN fact AS y ON y.indicator = a.indicator AND y.area = a.area AND y.period_end = n.period_end - 12
LEFT JOIN fact AS b ON b.indicator = a.indicator AND b.area = a.area AND b.period_end = $base
LEFT JOIN fact AS w ON w.indicator = a.whole AND w.area = a.whole_area AND w.period_end = n.period_end
LEFT JOIN fact AS wy ON wy.indicator = a.whole AND wy.area = a.whole_area AND wy.period_end = n.period_end - 12
LEFT JOIN fact AS r ON r.indicator = a.rate AND r.area = a.rate_area AND r.period_end = n.period_end
LEFT JOIN published AS p
    ON p.indicator = a.indicator AND p.area = a.area AND p.period_end = n.period_end AND p.recency = 1
ORDER BY a.indicator
