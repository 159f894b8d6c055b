-- A row is an observation of one of many series in one of many months; about $gap in 100 are missing.
INSERT INTO observation_current (
    series, period_end, freq, measure, value, obs_status, vintage, caliber, note, submission, sheet, cell, known_from
)
SELECT
    CAST(r.i % $series + 1 AS INTEGER), CAST($first + r.i // $series AS INTEGER), 'M', 'value',
    CAST(100 + (r.i % $series * 7919 + r.i // $series * 104729) % 100000 AS DECIMAL(24, 6)) / 100, 'P', 'flash', 0, 0, 1, 1, 2,
    TIMESTAMP '2026-04-01 01:30:00'
FROM range($series * $months) AS r (i)
WHERE hash(r.i) % 100 >= $gap
