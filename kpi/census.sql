-- A row is the number of values that a census revised, as known at the as-of time.
SELECT COUNT(o.series) AS revised
FROM observation AS o
WHERE o.vintage = 'census' AND o.measure = 'value' AND o.known_from <= $as_of
ORDER BY 1
