-- The texts of observations are few and repeat: caliber, note, sheet and cell
-- become numbers of words, as indicator and area are the number of a series. Half
-- of a load was their texts.

-- A row is a text and its number; 0 is ''.
CREATE TABLE word (
    id   INTEGER NOT NULL,
    text VARCHAR NOT NULL
);
INSERT INTO word (id, text)
WITH said AS (
    -- A row is a text of an observation.
    SELECT '' AS text
    UNION
    SELECT o.caliber AS text FROM observation AS o
    UNION
    SELECT o.note AS text FROM observation AS o
    UNION
    SELECT o.sheet AS text FROM observation AS o
    UNION
    SELECT o.cell AS text FROM observation AS o
)
SELECT ROW_NUMBER() OVER (ORDER BY s.text) - 1, s.text
FROM said AS s
ORDER BY s.text;

ALTER TABLE observation RENAME TO observation_told;
ALTER TABLE observation_current RENAME TO observation_current_told;

-- A row is one filed cell: a value as filed, or a typed absence (value null), of
-- a series for a period and measure, known since known_from. caliber, note, sheet
-- and cell are words.
CREATE TABLE observation (
    series     INTEGER NOT NULL,
    period_end INTEGER NOT NULL,
    freq       freq_enum NOT NULL,
    measure    measure_enum NOT NULL,
    value      DECIMAL(24, 6),
    obs_status obs_status_enum NOT NULL,
    vintage    vintage_enum NOT NULL,
    caliber    INTEGER NOT NULL,
    note       INTEGER NOT NULL,
    submission BIGINT NOT NULL,
    sheet      INTEGER NOT NULL,
    cell       INTEGER NOT NULL,
    known_from TIMESTAMP NOT NULL
);
INSERT INTO observation (
    series, period_end, freq, measure, value, obs_status, vintage,
    caliber, note, submission, sheet, cell, known_from
)
SELECT
    o.series, o.period_end, o.freq, o.measure, o.value, o.obs_status, o.vintage,
    l.id, n.id, o.submission, s.id, c.id, o.known_from
FROM observation_told AS o
JOIN word AS l ON l.text = o.caliber
JOIN word AS n ON n.text = o.note
JOIN word AS s ON s.text = o.sheet
JOIN word AS c ON c.text = o.cell
ORDER BY o.known_from, o.submission, o.period_end, o.series;
DROP TABLE observation_told;

-- A row is the newest observation of a series, period_end and measure: an index
-- over observation that Publish maintains and Check compares.
CREATE TABLE observation_current (
    series     INTEGER NOT NULL,
    period_end INTEGER NOT NULL,
    freq       freq_enum NOT NULL,
    measure    measure_enum NOT NULL,
    value      DECIMAL(24, 6),
    obs_status obs_status_enum NOT NULL,
    vintage    vintage_enum NOT NULL,
    caliber    INTEGER NOT NULL,
    note       INTEGER NOT NULL,
    submission BIGINT NOT NULL,
    sheet      INTEGER NOT NULL,
    cell       INTEGER NOT NULL,
    known_from TIMESTAMP NOT NULL
);
INSERT INTO observation_current (
    series, period_end, freq, measure, value, obs_status, vintage,
    caliber, note, submission, sheet, cell, known_from
)
SELECT
    o.series, o.period_end, o.freq, o.measure, o.value, o.obs_status, o.vintage,
    l.id, n.id, o.submission, s.id, c.id, o.known_from
FROM observation_current_told AS o
JOIN word AS l ON l.text = o.caliber
JOIN word AS n ON n.text = o.note
JOIN word AS s ON s.text = o.sheet
JOIN word AS c ON c.text = o.cell
ORDER BY o.known_from, o.submission, o.period_end, o.series;
DROP TABLE observation_current_told;
