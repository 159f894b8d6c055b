-- A row is one evaluation; nothing is inserted when the run is there already.
INSERT INTO run (id, seq, job, slot, freq, period_end, as_of, started, finished, state, hash, catalogue_hash, message)
SELECT
    $id, (SELECT COALESCE(MAX(q.seq), 0) + 1 FROM run AS q), $job, CAST($slot AS TIMESTAMP),
    CAST(NULLIF($freq, '') AS freq_enum), CAST($period_end AS INTEGER), CAST($as_of AS TIMESTAMP),
    CAST($started AS TIMESTAMP), CAST($finished AS TIMESTAMP), CAST($state AS run_state_enum),
    $hash, $catalogue_hash, $message
WHERE NOT EXISTS (SELECT 1 FROM run AS p WHERE p.id = $id)
