-- A row is a newest value between two months that names its caliber.
SELECT o.series AS series, o.period_end AS period_end, o.caliber AS caliber
FROM observation_current AS o
WHERE o.measure = 'value' AND o.caliber <> 0 AND o.period_end >= $first AND o.period_end <= $last
ORDER BY o.series, o.period_end
