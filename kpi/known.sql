-- A row is the number of observations and retractions on record, and of those known only after each of two times, the first not later than the second.
SELECT
    (SELECT COUNT(*) FROM observation) + x.recorded AS recorded,
    o.since + x.since AS since, o.later + x.later AS later
FROM (
    SELECT COUNT(*) AS since, COUNT(CASE WHEN o.known_from > $as_of THEN 1 END) AS later
    FROM observation AS o
    WHERE o.known_from > $since
) AS o
CROSS JOIN (
    SELECT
        COUNT(*) AS recorded,
        COUNT(CASE WHEN x.retracted > $since THEN 1 END) AS since, COUNT(CASE WHEN x.retracted > $as_of THEN 1 END) AS later
    FROM retraction AS x
) AS x
ORDER BY 1
