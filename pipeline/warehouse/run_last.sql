-- A row is the newest run of a job for a period.
SELECT
    r.id, r.job, r.slot, COALESCE(CAST(r.freq AS VARCHAR), '') AS freq, COALESCE(r.period_end, 0) AS period_end,
    r.as_of, r.started, r.finished, CAST(r.state AS VARCHAR) AS state, r.hash, r.catalogue_hash, r.message
FROM run AS r
WHERE r.job = $job
  AND COALESCE(CAST(r.freq AS VARCHAR), '') = $freq
  AND COALESCE(r.period_end, 0) = $period_end
ORDER BY r.seq DESC
LIMIT 1
