-- What departments sent, and what was decided about it.
-- Times are UTC. No keys or indexes anywhere: uniqueness is a checked query.

CREATE TYPE freq_enum AS ENUM ('M', 'Q', 'H', 'A');
CREATE TYPE state_enum AS ENUM ('accepted', 'awaiting', 'returned', 'withdrawn');
CREATE TYPE severity_enum AS ENUM ('mandatory', 'plausibility', 'note');

-- A row is a return received. freq and period_end are null when the return did
-- not say its period legibly; period_end is the ordinal of the period's last month.
CREATE TABLE submission (
    id           BIGINT NOT NULL,
    sha256       VARCHAR NOT NULL,
    file         VARCHAR NOT NULL,
    form         VARCHAR NOT NULL,
    form_version VARCHAR NOT NULL,
    department   VARCHAR NOT NULL,
    freq         freq_enum,
    period_end   INTEGER,
    version      INTEGER NOT NULL,
    received     TIMESTAMP NOT NULL,
    receipt      VARCHAR NOT NULL
);

-- A row is a change of a submission's state. The state at a time is that of the
-- last row until then; superseded is no row but follows from a later acceptance.
CREATE TABLE decision (
    submission BIGINT NOT NULL,
    seq        INTEGER NOT NULL,
    decided    TIMESTAMP NOT NULL,
    state      state_enum NOT NULL,
    remark     VARCHAR NOT NULL
);

-- A row is one thing wrong with a submission, in the order of its receipt.
-- related is a JSON list of places.
CREATE TABLE finding (
    submission BIGINT NOT NULL,
    seq        INTEGER NOT NULL,
    rule       VARCHAR NOT NULL,
    severity   severity_enum NOT NULL,
    file       VARCHAR NOT NULL,
    sheet      VARCHAR NOT NULL,
    cell       VARCHAR NOT NULL,
    part       VARCHAR NOT NULL,
    line       INTEGER NOT NULL,
    col        INTEGER NOT NULL,
    label      VARCHAR NOT NULL,
    code       VARCHAR NOT NULL,
    value      VARCHAR NOT NULL,
    want       VARCHAR NOT NULL,
    message    VARCHAR NOT NULL,
    hint       VARCHAR NOT NULL,
    related    VARCHAR NOT NULL
);

-- A row is a department's explanation (说明) of a plausibility finding.
CREATE TABLE explanation (
    submission BIGINT NOT NULL,
    finding    INTEGER NOT NULL,
    explained  TIMESTAMP NOT NULL,
    author     VARCHAR NOT NULL,
    message    VARCHAR NOT NULL
);
