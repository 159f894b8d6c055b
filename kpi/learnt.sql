-- A row is a year of an asked series: when its last month was first known, and when anything of it was last learnt or taken back, by the as-of time.
SELECT
    s.indicator AS indicator, o.period_end - o.period_end % 12 AS january,
    MIN(CASE WHEN (o.period_end + 1) % 12 = 0 AND (o.value IS NOT NULL OR o.obs_status = 'N') THEN o.known_from END) AS known,
    MAX(o.known_from) AS learnt, MAX(x.retracted) AS retracted
FROM ask AS a
INNER JOIN series AS s ON s.indicator = a.indicator AND s.area = a.area
INNER JOIN observation AS o ON o.series = s.id
LEFT JOIN retraction AS x ON x.submission = o.submission AND x.retracted >= o.known_from AND x.retracted <= $as_of
WHERE o.measure = 'value' AND o.period_end <= $last AND o.known_from <= $as_of
GROUP BY s.indicator, o.period_end - o.period_end % 12
ORDER BY s.indicator, january
