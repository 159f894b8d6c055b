-- A row is an alert episode as the last run that was ok left it.
WITH last AS (
    SELECT r.id
    FROM run AS r
    WHERE r.state = 'ok'
    ORDER BY r.seq DESC
    LIMIT 1
)
SELECT a.episode, a.rule, a.indicator, a.area, a.state, a.level, a.since, a.period, a.changed, a.detail
FROM alert_state AS a
JOIN last AS l ON l.id = a.run
ORDER BY a.seq
