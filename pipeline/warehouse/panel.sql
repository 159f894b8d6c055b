-- A row is the newest value of a series for a month between two. A value too small
-- to show (N) counts as zero; what has no value has no row.
SELECT
    o.series AS series, o.period_end AS period_end,
    CASE WHEN o.obs_status = 'N' THEN CAST(0 AS DOUBLE) ELSE CAST(o.value AS DOUBLE) END AS value,
    o.vintage AS vintage
FROM observation_current AS o
WHERE o.measure = 'value' AND o.period_end >= $first AND o.period_end <= $last
    AND (o.value IS NOT NULL OR o.obs_status = 'N')
