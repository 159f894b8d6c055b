-- A row is a result of a run, in the order of the plan; a run without results is
-- one row without a body.
SELECT
    COALESCE(CAST(r.freq AS VARCHAR), '') AS freq, COALESCE(r.period_end, 0) AS period_end,
    r.as_of, CAST(r.state AS VARCHAR) AS state, r.hash, t.body
FROM run AS r
LEFT JOIN result AS t ON t.run = r.id
WHERE r.id = $id
ORDER BY t.seq
