-- A row is a current observation that the submission being published supersedes:
-- later known_from wins, then the higher submission.
DELETE FROM observation_current AS c
USING observation AS n
WHERE n.submission = CAST($submission AS BIGINT) AND n.known_from = CAST($known_from AS TIMESTAMP)
  AND c.series = n.series
  AND c.period_end = n.period_end
  AND c.measure = n.measure
  AND (c.known_from < n.known_from OR (c.known_from = n.known_from AND c.submission < n.submission))
