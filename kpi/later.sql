-- A row is the number of observations known only after the as-of time.
SELECT COUNT(o.series) AS later
FROM observation AS o
WHERE o.known_from > $as_of
ORDER BY 1
