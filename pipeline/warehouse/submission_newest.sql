-- A row is the acceptance after which nothing was accepted.
SELECT d.decided, d.submission
FROM decision AS d
WHERE d.state = 'accepted' AND d.seq = 1
ORDER BY d.decided DESC, d.submission DESC
LIMIT 1
