-- A row is the decision a submission was stored with.
SELECT CAST(d.state AS VARCHAR) AS state
FROM verdict AS d
WHERE d.submission = $id AND d.seq = 1
