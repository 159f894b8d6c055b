-- A row is the sum of LISTED.APPROVED.NEW.LJ since January 2023, none missing and “—” left out, in every area.
INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)
WITH sum AS (
    SELECT
        f.area AS area, f.period_end AS period_end, f.vintage AS vintage,
        SUM(CAST(f.value AS DECIMAL(24, 6))) OVER w AS value,
        COUNT(*) OVER w AS periods,
        MAX(CASE f.obs_status WHEN 'E' THEN 2 WHEN 'P' THEN 1 ELSE 0 END) OVER w AS doubt,
        MIN(CASE WHEN f.value IS NOT NULL THEN f.caliber END) OVER w AS caliber, MAX(CASE WHEN f.value IS NOT NULL THEN f.caliber END) OVER w AS other
    FROM fact AS f
    WHERE f.indicator = 'LISTED.APPROVED.NEW.LJ' AND (f.value IS NOT NULL OR f.obs_status = 'M') AND f.period_end >= 24278 AND (f.period_end + 1) % 3 = 0
    WINDOW w AS (PARTITION BY f.area ORDER BY f.period_end)
)

SELECT
    'LISTED.APPROVED.NEW.CUM.LJ' AS indicator, s.area AS area, s.period_end AS period_end,
    CAST(s.value AS DOUBLE PRECISION) AS value,
    CASE WHEN s.value IS NULL THEN 'M' WHEN s.doubt = 2 THEN 'E' WHEN s.doubt = 1 THEN 'P' ELSE 'A' END AS obs_status,
    CASE WHEN s.value IS NOT NULL THEN s.vintage END AS vintage,
    CASE WHEN s.caliber = s.other THEN s.caliber WHEN s.caliber <> s.other THEN 'mixed' END AS caliber,
    0 AS carried
FROM sum AS s
WHERE s.periods * 3 = s.period_end - 24278 + 3
