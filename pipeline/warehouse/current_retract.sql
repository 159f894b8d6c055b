-- A row is a current observation of the submission being retracted.
DELETE FROM observation_current AS c
WHERE c.submission = CAST($submission AS BIGINT)
