-- A row is the highest series and word that an observation names, and the highest there is.
SELECT
    COALESCE(MAX(o.series), 0), COALESCE(MAX(GREATEST(o.caliber, o.note, o.sheet, o.cell)), 0),
    (SELECT COALESCE(MAX(s.id), 0) FROM series AS s), (SELECT COALESCE(MAX(w.id), 0) FROM word AS w)
FROM observation AS o
