-- A row is a change of an alert episode by a run that was ok, in the order of the runs.
SELECT a.episode, a.rule, a.indicator, a.area, a.state, a.level, a.since, a.period, a.changed, a.detail
FROM alert_event AS a
JOIN run AS r ON r.id = a.run
WHERE r.state = 'ok'
ORDER BY r.seq, a.seq
