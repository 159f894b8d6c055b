-- A row is the acceptance after which nothing was accepted.
SELECT d.decided, d.submission
FROM verdict AS d
WHERE d.state = 'accepted'
ORDER BY d.decided DESC, d.submission DESC
LIMIT 1
