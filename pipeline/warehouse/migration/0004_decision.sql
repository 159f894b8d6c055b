-- What is decided after the first verdict: 双城办 accepts, sends back or withdraws,
-- an explanation answers a finding. The tables that get columns are made anew:
-- DuckDB cannot replay a changed type or default from the write-ahead log.

CREATE TYPE verdict_enum AS ENUM ('accepted', 'pending', 'awaiting', 'returned', 'withdrawn');

-- A row is a change of a submission's state. The state at a time is that of the
-- last row until then; superseded is no row but follows from a later acceptance.
-- author is '' for the system; receipt is the number of the receipt that says so.
CREATE TABLE verdict (
    submission BIGINT NOT NULL,
    seq        INTEGER NOT NULL,
    decided    TIMESTAMP NOT NULL,
    state      verdict_enum NOT NULL,
    author     VARCHAR NOT NULL,
    remark     VARCHAR NOT NULL,
    receipt    VARCHAR NOT NULL
);
INSERT INTO verdict (submission, seq, decided, state, author, remark, receipt)
SELECT d.submission, d.seq, d.decided, CAST(CAST(d.state AS VARCHAR) AS verdict_enum), '', d.remark, s.receipt
FROM decision AS d
JOIN submission AS s ON s.id = d.submission;
DROP TABLE decision;

-- A row is one thing that a decision found wrong with a submission, in the order
-- of its receipt. related is a JSON list of places, explanation the answer to it.
CREATE TABLE objection (
    submission  BIGINT NOT NULL,
    decision    INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    rule        VARCHAR NOT NULL,
    severity    severity_enum NOT NULL,
    file        VARCHAR NOT NULL,
    sheet       VARCHAR NOT NULL,
    cell        VARCHAR NOT NULL,
    part        VARCHAR NOT NULL,
    line        INTEGER NOT NULL,
    col         INTEGER NOT NULL,
    label       VARCHAR NOT NULL,
    code        VARCHAR NOT NULL,
    value       VARCHAR NOT NULL,
    want        VARCHAR NOT NULL,
    message     VARCHAR NOT NULL,
    hint        VARCHAR NOT NULL,
    related     VARCHAR NOT NULL,
    explanation VARCHAR NOT NULL
);
INSERT INTO objection (
    submission, decision, seq, rule, severity, file, sheet, cell, part, line, col,
    label, code, value, want, message, hint, related, explanation
)
SELECT
    f.submission, 1, f.seq, f.rule, f.severity, f.file, f.sheet, f.cell, f.part, f.line, f.col,
    f.label, f.code, f.value, f.want, f.message, f.hint, f.related, ''
FROM finding AS f;
DROP TABLE finding;
DROP TABLE explanation;

-- A row says since when the observations of a submission, as far as they were
-- known by then, are known no longer: it was sent back or withdrawn after it had
-- been accepted.
CREATE TABLE retraction (
    submission BIGINT NOT NULL,
    retracted  TIMESTAMP NOT NULL
);
