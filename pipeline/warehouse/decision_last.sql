-- A row is the newest decision on a submission.
SELECT d.seq, d.decided, CAST(d.state AS VARCHAR) AS state
FROM verdict AS d
WHERE d.submission = $submission
ORDER BY d.seq DESC
LIMIT 1
