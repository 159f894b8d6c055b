-- A row is one thing that the last decision found wrong with a submission, in the
-- order of its receipt.
SELECT
    f.rule, CAST(f.severity AS VARCHAR) AS severity, f.file, f.sheet, f.cell, f.part, f.line, f.col,
    f.label, f.code, f.value, f.want, f.message, f.hint, f.related, f.explanation
FROM objection AS f
WHERE f.submission = $submission
  AND f.decision = (SELECT MAX(d.seq) FROM verdict AS d WHERE d.submission = $submission)
ORDER BY f.seq
