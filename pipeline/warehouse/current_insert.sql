-- A row is an observation of the submission being published, the newest of all.
INSERT INTO observation_current (
    series, period_end, freq, measure, value, obs_status, vintage,
    caliber, note, submission, sheet, cell, known_from
)
SELECT
    n.series, n.period_end, n.freq, n.measure, n.value, n.obs_status, n.vintage,
    n.caliber, n.note, n.submission, n.sheet, n.cell, n.known_from
FROM observation AS n
WHERE n.submission = CAST($submission AS BIGINT) AND n.known_from = CAST($known_from AS TIMESTAMP)
