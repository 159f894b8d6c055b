-- A row is the number of observations and retractions on record, and of those known only after the as-of time.
SELECT
    (SELECT COUNT(*) FROM observation) + (SELECT COUNT(*) FROM retraction) AS recorded,
    (SELECT COUNT(o.series) FROM observation AS o WHERE o.known_from > $as_of)
    + (SELECT COUNT(x.submission) FROM retraction AS x WHERE x.retracted > $as_of) AS later
ORDER BY 1
