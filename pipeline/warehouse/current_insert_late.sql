-- A row is an observation of the submission being published that nothing newer supersedes.
INSERT INTO observation_current (
    series, period_end, freq, measure, value, obs_status, vintage,
    caliber, note, submission, sheet, cell, known_from
)
WITH newer AS (
    -- A row is a current observation that is newer than the one being published.
    SELECT c.series, c.period_end, c.measure
    FROM observation_current AS c
    JOIN observation AS n
      ON c.series = n.series AND c.period_end = n.period_end AND c.measure = n.measure
    WHERE n.submission = CAST($submission AS BIGINT) AND n.known_from = CAST($known_from AS TIMESTAMP)
)
SELECT
    n.series, n.period_end, n.freq, n.measure, n.value, n.obs_status, n.vintage,
    n.caliber, n.note, n.submission, n.sheet, n.cell, n.known_from
FROM observation AS n
WHERE n.submission = CAST($submission AS BIGINT) AND n.known_from = CAST($known_from AS TIMESTAMP)
  AND NOT EXISTS (
    SELECT 1 FROM newer AS c
    WHERE c.series = n.series AND c.period_end = n.period_end AND c.measure = n.measure
  )
