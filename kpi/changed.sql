-- A row is an indicator of which something became known, or is known no longer, since a time and by another.
SELECT s.indicator AS indicator
FROM observation AS o
INNER JOIN series AS s ON s.id = o.series
WHERE o.known_from > $since AND o.known_from <= $as_of
UNION
SELECT s.indicator AS indicator
FROM retraction AS x
INNER JOIN observation AS o ON o.submission = x.submission
INNER JOIN series AS s ON s.id = o.series
WHERE x.retracted > $since AND x.retracted <= $as_of
ORDER BY indicator
