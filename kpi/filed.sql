-- A row is what was filed beside a level: its published growth, or the comparable figure of a year ago.
WITH ranked AS (
    SELECT
        o.series AS series, o.measure AS measure, o.period_end AS period_end, o.value AS value,
        ROW_NUMBER() OVER (
            PARTITION BY o.series, o.measure, o.period_end
            ORDER BY o.known_from DESC, o.submission DESC
        ) AS recency
    FROM ask AS a
    INNER JOIN series AS s ON s.indicator = a.indicator AND s.area = a.area
    INNER JOIN observation AS o ON o.series = s.id
    WHERE o.measure <> 'value' AND o.period_end <= $last AND o.known_from <= $as_of
        AND NOT EXISTS (
            SELECT 1 FROM retraction AS x
            WHERE x.submission = o.submission AND x.retracted >= o.known_from AND x.retracted <= $as_of
        )
)

SELECT
    a.indicator AS indicator, CAST(r.measure AS VARCHAR) AS measure,
    r.period_end AS period_end, CAST(r.value AS DOUBLE PRECISION) AS value
FROM ranked AS r
INNER JOIN series AS s ON s.id = r.series
INNER JOIN ask AS a ON a.indicator = s.indicator AND a.area = s.area
WHERE r.recency = 1 AND r.value IS NOT NULL
ORDER BY a.indicator, r.measure, r.period_end
