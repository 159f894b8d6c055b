-- What was computed from the observations, and what was said about it.

CREATE TYPE run_state_enum AS ENUM ('ok', 'failed');
CREATE TYPE lamp_enum AS ENUM ('blue', 'green', 'yellow', 'red', 'grey');

-- A row is one evaluation. seq counts the runs in the order they were saved:
-- the clock of a demonstration stands still.
CREATE TABLE run (
    id             VARCHAR NOT NULL,
    seq            BIGINT NOT NULL,
    job            VARCHAR NOT NULL,
    slot           TIMESTAMP,
    freq           freq_enum,
    period_end     INTEGER,
    as_of          TIMESTAMP,
    started        TIMESTAMP,
    finished       TIMESTAMP,
    state          run_state_enum NOT NULL,
    hash           VARCHAR NOT NULL,
    catalogue_hash VARCHAR NOT NULL,
    message        VARCHAR NOT NULL
);

-- A row is an indicator evaluated by a run, in the order of the plan; body is
-- the whole result as JSON, as the run made it.
CREATE TABLE result (
    run       VARCHAR NOT NULL,
    seq       INTEGER NOT NULL,
    indicator VARCHAR NOT NULL,
    area      VARCHAR NOT NULL,
    body      VARCHAR NOT NULL
);

-- A row is the lamp of an indicator against a target in a run, with the method
-- that chose it and the value and submission it judged.
CREATE TABLE lamp (
    run        VARCHAR NOT NULL,
    seq        INTEGER NOT NULL,
    indicator  VARCHAR NOT NULL,
    area       VARCHAR NOT NULL,
    target     VARCHAR NOT NULL,
    freq       freq_enum,
    period_end INTEGER,
    lamp       lamp_enum NOT NULL,
    method     VARCHAR NOT NULL,
    reason     VARCHAR NOT NULL,
    value      DOUBLE,
    submission BIGINT
);

-- A row is an alert episode as a run left it; the alerts' memory is the rows of
-- the last run that was ok.
CREATE TABLE alert_state (
    run        VARCHAR NOT NULL,
    seq        INTEGER NOT NULL,
    episode    VARCHAR NOT NULL,
    rule       VARCHAR NOT NULL,
    indicator  VARCHAR NOT NULL,
    area       VARCHAR NOT NULL,
    state      VARCHAR NOT NULL,
    level      VARCHAR NOT NULL,
    since      VARCHAR NOT NULL,
    period     VARCHAR NOT NULL,
    changed    TIMESTAMP,
    detail     VARCHAR NOT NULL
);

-- A row is a change of an alert episode that a run brought.
CREATE TABLE alert_event (
    run        VARCHAR NOT NULL,
    seq        INTEGER NOT NULL,
    episode    VARCHAR NOT NULL,
    rule       VARCHAR NOT NULL,
    indicator  VARCHAR NOT NULL,
    area       VARCHAR NOT NULL,
    state      VARCHAR NOT NULL,
    level      VARCHAR NOT NULL,
    since      VARCHAR NOT NULL,
    period     VARCHAR NOT NULL,
    changed    TIMESTAMP,
    detail     VARCHAR NOT NULL
);

-- A row is a change of a delivery's state: queued, sent, failed.
CREATE TABLE delivery (
    id      VARCHAR NOT NULL,
    run     VARCHAR NOT NULL,
    channel VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    state   VARCHAR NOT NULL,
    attempt INTEGER NOT NULL,
    changed TIMESTAMP NOT NULL,
    message VARCHAR NOT NULL
);
