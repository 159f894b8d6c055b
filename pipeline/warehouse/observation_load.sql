-- A row is a staged observation of the submission being published.
-- Every column, and no WHERE: see stage in load.go.
INSERT INTO observation (
    series, period_end, freq, measure, value, obs_status, vintage,
    caliber, note, submission, sheet, cell, known_from
)
SELECT
    b.series, b.period_end, b.freq, b.measure, b.value, b.obs_status, b.vintage,
    b.caliber, b.note, CAST($submission AS BIGINT), b.sheet, b.cell, CAST($known_from AS TIMESTAMP)
FROM staging.main.observation_batch AS b
