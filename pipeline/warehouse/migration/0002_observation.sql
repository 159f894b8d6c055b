-- What is known of every series, with when it became known.

CREATE TYPE measure_enum AS ENUM ('value', 'year_ago', 'growth');
CREATE TYPE obs_status_enum AS ENUM ('A', 'P', 'E', 'B', 'D', 'N', 'M', 'O');
CREATE TYPE vintage_enum AS ENUM ('flash', 'preliminary', 'final', 'census', 'correction');

-- A row is an indicator in an area.
CREATE TABLE series (
    id        INTEGER NOT NULL,
    indicator VARCHAR NOT NULL,
    area      VARCHAR NOT NULL
);

-- A row is one filed cell: a value as filed, or a typed absence (value null), of
-- a series for a period and measure, known since known_from.
CREATE TABLE observation (
    series     INTEGER NOT NULL,
    period_end INTEGER NOT NULL,
    freq       freq_enum NOT NULL,
    measure    measure_enum NOT NULL,
    value      DECIMAL(24, 6),
    obs_status obs_status_enum NOT NULL,
    vintage    vintage_enum NOT NULL,
    caliber    VARCHAR NOT NULL,
    note       VARCHAR NOT NULL,
    submission BIGINT NOT NULL,
    sheet      VARCHAR NOT NULL,
    cell       VARCHAR NOT NULL,
    known_from TIMESTAMP NOT NULL
);

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
    caliber    VARCHAR NOT NULL,
    note       VARCHAR NOT NULL,
    submission BIGINT NOT NULL,
    sheet      VARCHAR NOT NULL,
    cell       VARCHAR NOT NULL,
    known_from TIMESTAMP NOT NULL
);
