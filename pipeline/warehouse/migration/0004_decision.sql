-- What is decided after the first verdict: 双城办 accepts, sends back or withdraws,
-- an explanation answers a finding.

CREATE TYPE verdict_enum AS ENUM ('accepted', 'pending', 'awaiting', 'returned', 'withdrawn');
ALTER TABLE decision ALTER COLUMN state SET DATA TYPE verdict_enum USING CAST(CAST(state AS VARCHAR) AS verdict_enum);

-- Who decided ('' for the system), and the receipt that says so ('' for that of the submission).
ALTER TABLE decision ADD COLUMN author VARCHAR DEFAULT '';
ALTER TABLE decision ADD COLUMN receipt VARCHAR DEFAULT '';

-- Findings belong to a decision: an explanation changes what is found.
ALTER TABLE finding ADD COLUMN decision INTEGER DEFAULT 1;
ALTER TABLE finding ADD COLUMN explanation VARCHAR DEFAULT '';
DROP TABLE explanation;

-- A row says since when the observations of a submission, as far as they were
-- known by then, are known no longer: it was sent back or withdrawn after it had
-- been accepted.
CREATE TABLE retraction (
    submission BIGINT NOT NULL,
    retracted  TIMESTAMP NOT NULL
);
