-- A row is the newest observation of a series, period_end and measure.
SELECT
    s.indicator, s.area, CAST(o.freq AS VARCHAR) AS freq, o.period_end, CAST(o.measure AS VARCHAR) AS measure,
    o.value, CAST(o.obs_status AS VARCHAR) AS obs_status, CAST(o.vintage AS VARCHAR) AS vintage,
    l.text AS caliber, n.text AS note, h.text AS sheet, c.text AS cell, o.submission, f.file, o.known_from
FROM observation_current AS o
JOIN series AS s ON s.id = o.series
JOIN submission AS f ON f.id = o.submission
JOIN word AS l ON l.id = o.caliber
JOIN word AS n ON n.id = o.note
JOIN word AS h ON h.id = o.sheet
JOIN word AS c ON c.id = o.cell
WHERE $every OR s.indicator IN (SELECT UNNEST(CAST($codes AS VARCHAR[])))
ORDER BY s.indicator, s.area, o.period_end, o.measure
