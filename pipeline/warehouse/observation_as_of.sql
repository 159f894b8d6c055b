-- A row is the observation of a series, period_end and measure that was newest at $as_of.
WITH asked AS (
    -- A row is a series asked for.
    SELECT s.id, s.indicator, s.area
    FROM series AS s
    WHERE $every OR s.indicator IN (SELECT UNNEST(CAST($codes AS VARCHAR[])))
),
ranked AS (
    -- A row is an observation known at $as_of; the newest has n = 1.
    SELECT
        o.series, o.period_end, o.freq, o.measure, o.value, o.obs_status, o.vintage,
        o.caliber, o.note, o.submission, o.sheet, o.cell, o.known_from,
        ROW_NUMBER() OVER (
            PARTITION BY o.series, o.period_end, o.measure
            ORDER BY o.known_from DESC, o.submission DESC
        ) AS n
    FROM observation AS o
    WHERE o.known_from <= CAST($as_of AS TIMESTAMP)
      AND o.series IN (SELECT a.id FROM asked AS a)
      AND NOT EXISTS (
        SELECT 1 FROM retraction AS x
        WHERE x.submission = o.submission AND x.retracted >= o.known_from
          AND x.retracted <= CAST($as_of AS TIMESTAMP)
      )
)
SELECT
    s.indicator, s.area, CAST(o.freq AS VARCHAR) AS freq, o.period_end, CAST(o.measure AS VARCHAR) AS measure,
    o.value, CAST(o.obs_status AS VARCHAR) AS obs_status, CAST(o.vintage AS VARCHAR) AS vintage,
    l.text AS caliber, n.text AS note, h.text AS sheet, c.text AS cell, o.submission, f.file, o.known_from
FROM ranked AS o
JOIN asked AS s ON s.id = o.series
JOIN submission AS f ON f.id = o.submission
JOIN word AS l ON l.id = o.caliber
JOIN word AS n ON n.id = o.note
JOIN word AS h ON h.id = o.sheet
JOIN word AS c ON c.id = o.cell
WHERE o.n = 1
ORDER BY s.indicator, s.area, o.period_end, o.measure
