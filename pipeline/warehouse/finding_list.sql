-- A row is one thing wrong with a submission, in the order of its receipt.
SELECT
    f.rule, CAST(f.severity AS VARCHAR) AS severity, f.file, f.sheet, f.cell, f.part, f.line, f.col,
    f.label, f.code, f.value, f.want, f.message, f.hint, f.related
FROM finding AS f
WHERE f.submission = $submission
ORDER BY f.seq
