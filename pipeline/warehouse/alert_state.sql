-- A row is an alert episode as a run left it; $run is '' for the last that was ok.
WITH last AS (
    SELECT r.id
    FROM run AS r
    WHERE r.state = 'ok' AND ($run = '' OR r.id = $run)
    ORDER BY r.seq DESC
    LIMIT 1
)
SELECT a.episode, a.rule, a.indicator, a.area, a.state, a.level, a.since, a.period, a.changed, a.detail
FROM alert_state AS a
JOIN last AS l ON l.id = a.run
ORDER BY a.seq
