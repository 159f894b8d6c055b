-- level 1, arguments [1 100]
INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)
WITH op0 (indicator, area, months, c0, a0, c1, a1) AS (
    VALUES
    ('AIR.GOODRATE.LJ', 'DIR', 1, 'AIR.GOODDAYS.LJ', 'DIR', 'AIR.VALIDDAYS.LJ', 'DIR'),
    ('FDI.ACTUAL.SHARE_CQ.LJ', 'DIR', 1, 'FDI.ACTUAL.LJ', 'DIR', 'FDI.ACTUAL.CQ', 'CQ'),
    ('GDP.SHARE_MUA.ALL', 'ALL', 3, 'GDP.TOTAL.ALL', 'ALL', 'GDP.TOTAL.MUA', 'MUA'),
    ('NET5G.COVERAGE.LJ', 'DIR', 6, 'NET5G.COVERED.LJ', 'DIR', 'NET5G.TOTAL.LJ', 'DIR'),
    ('NEV.GOV.SHARE_CQ.LJ', 'DIR', 1, 'NEV.GOV.LJ', 'DIR', 'NEV.GOV.CQ', 'CQ'),
    ('NEV.OUTPUT.SHARE_CQ.LJ', 'DIR', 1, 'NEV.OUTPUT.LJ', 'DIR', 'NEV.OUTPUT.CQ', 'CQ'),
    ('TRADE.TOTAL.SHARE_CQ.LJ', 'DIR', 1, 'TRADE.TOTAL.LJ', 'DIR', 'TRADE.TOTAL.CQ', 'CQ'),
    ('WATER.FUNCZONE.OK_RATE.LJ', 'DIR', 12, 'WATER.FUNCZONE.OK.N.LJ', 'DIR', 'WATER.FUNCZONE.N.LJ', 'DIR'),
    ('WATER.NATSEC.GOOD_RATE.LJ', 'DIR', 1, 'WATER.NATSEC.GOOD.N.LJ', 'DIR', 'WATER.NATSEC.N.LJ', 'DIR')
),

base0 AS (
    SELECT
        o.indicator AS indicator, o.area AS area, o.months AS months, o.c0 AS c0, o.a0 AS a0, o.c1 AS c1, o.a1 AS a1, f0.value AS v0, f0.obs_status AS s0, f0.vintage AS w0, f0.caliber AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM op0 AS o
    INNER JOIN fact AS f0 ON f0.indicator = o.c0 AND f0.area = o.a0 AND f0.value IS NOT NULL
    WHERE f0.period_end >= 24275 AND (f0.period_end + 1) % o.months = 0
),

slot0 AS (
    SELECT
        b.indicator AS indicator, b.area AS area, b.period_end AS period_end, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0,
        f1.value AS v1, f1.obs_status AS s1, f1.vintage AS w1, f1.caliber AS lo1, COALESCE(f1.carried, 0) AS l1
    FROM base0 AS b
    INNER JOIN fact AS f1 ON f1.indicator = b.c1 AND f1.area = b.a1 AND f1.value IS NOT NULL AND f1.period_end = b.period_end
),

item0 AS (
    SELECT
        r.indicator AS indicator, r.area AS area, r.period_end AS period_end,
        ((CAST(r.v0 AS DOUBLE PRECISION) / NULLIF(CAST(r.v1 AS DOUBLE PRECISION), 0)) * 100) AS value,
        CASE WHEN r.s0 = 'E' OR r.s1 = 'E' THEN 'E' WHEN r.s0 = 'P' OR r.s1 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        CASE WHEN r.w1 <> COALESCE(r.w0, r.w1) THEN 'mixed' ELSE COALESCE(r.w0, r.w1) END AS vintage,
        CASE WHEN r.lo1 <> COALESCE(r.lo0, r.lo1) THEN 'mixed' ELSE COALESCE(r.lo0, r.lo1) END AS caliber,
        GREATEST(r.l0, r.l1) AS carried
    FROM slot0 AS r
),

op1 (indicator, area, months, c0, a0, c1, a1) AS (
    VALUES
    ('CO2.INTENSITY.LJ', 'DIR', 12, 'CO2.EMISSION.LJ', 'DIR', 'GDP.CONST2020.LJ', 'DIR'),
    ('NEV.UNITVALUE.LJ', 'DIR', 1, 'NEV.GOV.LJ', 'DIR', 'NEV.OUTPUT.LJ', 'DIR')
),

base1 AS (
    SELECT
        o.indicator AS indicator, o.area AS area, o.months AS months, o.c0 AS c0, o.a0 AS a0, o.c1 AS c1, o.a1 AS a1, f0.value AS v0, f0.obs_status AS s0, f0.vintage AS w0, f0.caliber AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM op1 AS o
    INNER JOIN fact AS f0 ON f0.indicator = o.c0 AND f0.area = o.a0 AND f0.value IS NOT NULL
    WHERE f0.period_end >= 24275 AND (f0.period_end + 1) % o.months = 0
),

slot1 AS (
    SELECT
        b.indicator AS indicator, b.area AS area, b.period_end AS period_end, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0,
        f1.value AS v1, f1.obs_status AS s1, f1.vintage AS w1, f1.caliber AS lo1, COALESCE(f1.carried, 0) AS l1
    FROM base1 AS b
    INNER JOIN fact AS f1 ON f1.indicator = b.c1 AND f1.area = b.a1 AND f1.value IS NOT NULL AND f1.period_end = b.period_end
),

item1 AS (
    SELECT
        r.indicator AS indicator, r.area AS area, r.period_end AS period_end,
        (CAST(r.v0 AS DOUBLE PRECISION) / NULLIF(CAST(r.v1 AS DOUBLE PRECISION), 0)) AS value,
        CASE WHEN r.s0 = 'E' OR r.s1 = 'E' THEN 'E' WHEN r.s0 = 'P' OR r.s1 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        CASE WHEN r.w1 <> COALESCE(r.w0, r.w1) THEN 'mixed' ELSE COALESCE(r.w0, r.w1) END AS vintage,
        CASE WHEN r.lo1 <> COALESCE(r.lo0, r.lo1) THEN 'mixed' ELSE COALESCE(r.lo0, r.lo1) END AS caliber,
        GREATEST(r.l0, r.l1) AS carried
    FROM slot1 AS r
),

base2 AS (
    SELECT
        f0.value AS v0, f0.obs_status AS s0, f0.vintage AS w0, f0.caliber AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM fact AS f0
    WHERE f0.indicator = 'GDP.GROWTH.DIR' AND f0.area = 'DIR' AND f0.value IS NOT NULL AND f0.period_end >= 24275 AND (f0.period_end + 1) % 3 = 0
),

slot2 AS (
    SELECT
        b.period_end AS period_end, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0
    FROM base2 AS b
),

item2 AS (
    SELECT
        'GDP.GROWTH.LJ' AS indicator, 'DIR' AS area, r.period_end AS period_end,
        r.v0 AS value,
        CASE WHEN r.s0 = 'E' THEN 'E' WHEN r.s0 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        r.w0 AS vintage,
        r.lo0 AS caliber,
        r.l0 AS carried
    FROM slot2 AS r
),

base3 AS (
    SELECT
        f0.value AS v0, f0.obs_status AS s0, CASE WHEN f0.value IS NOT NULL THEN f0.vintage END AS w0, CASE WHEN f0.value IS NOT NULL THEN f0.caliber END AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM fact AS f0
    WHERE f0.indicator = 'GDP.TOTAL.DIR' AND f0.area = 'DIR' AND (f0.value IS NOT NULL OR f0.obs_status = 'M') AND f0.period_end >= 24275 AND (f0.period_end + 1) % 3 = 0
),

slot3 AS (
    SELECT
        b.period_end AS period_end, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0
    FROM base3 AS b
),

item3 AS (
    SELECT
        'GDP.TOTAL.LJ' AS indicator, 'DIR' AS area, r.period_end AS period_end,
        r.v0 AS value,
        CASE WHEN r.s0 = 'E' THEN 'E' WHEN r.s0 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        r.w0 AS vintage,
        r.lo0 AS caliber,
        r.l0 AS carried
    FROM slot3 AS r
),

op4 (indicator, area, months, c0, a0, c1, a1, y1) AS (
    VALUES
    ('HTE.N.MULT.LJ', 'DIR', 3, 'HTE.N.LJ', 'DIR', 'HTE.N.LJ', 'DIR', 24275),
    ('INCOME.MIDGROUP.MULT.LJ', 'DIR', 12, 'INCOME.MIDGROUP.N.LJ', 'DIR', 'INCOME.MIDGROUP.N.LJ', 'DIR', 24275),
    ('STE.N.MULT.LJ', 'DIR', 3, 'STE.N.LJ', 'DIR', 'STE.N.LJ', 'DIR', 24275)
),

base4 AS (
    SELECT
        o.indicator AS indicator, o.area AS area, o.months AS months, o.c0 AS c0, o.a0 AS a0, o.c1 AS c1, o.a1 AS a1, o.y1 AS y1, f0.value AS v0, f0.obs_status AS s0, f0.vintage AS w0, f0.caliber AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM op4 AS o
    INNER JOIN fact AS f0 ON f0.indicator = o.c0 AND f0.area = o.a0 AND f0.value IS NOT NULL
    WHERE f0.period_end >= 24275 AND (f0.period_end + 1) % o.months = 0
),

slot4 AS (
    SELECT
        b.indicator AS indicator, b.area AS area, b.period_end AS period_end, b.y1 AS y1, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0,
        f1.value AS v1, f1.obs_status AS s1, f1.vintage AS w1, f1.caliber AS lo1, COALESCE(f1.carried, 0) AS l1
    FROM base4 AS b
    INNER JOIN fact AS f1 ON f1.indicator = b.c1 AND f1.area = b.a1 AND f1.value IS NOT NULL AND f1.period_end = b.y1 AND b.y1 <= b.period_end
),

item4 AS (
    SELECT
        r.indicator AS indicator, r.area AS area, r.period_end AS period_end,
        (CAST(r.v0 AS DOUBLE PRECISION) / NULLIF(CAST(r.v1 AS DOUBLE PRECISION), 0)) AS value,
        CASE WHEN r.s0 = 'E' OR r.s1 = 'E' THEN 'E' WHEN r.s0 = 'P' OR r.s1 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        COALESCE(r.w0, CASE WHEN r.w1 <> COALESCE(r.w0, r.w1) THEN 'mixed' ELSE COALESCE(r.w0, r.w1) END) AS vintage,
        CASE WHEN r.lo1 <> COALESCE(r.lo0, r.lo1) THEN 'mixed' ELSE COALESCE(r.lo0, r.lo1) END AS caliber,
        GREATEST(r.l0, r.l1) AS carried
    FROM slot4 AS r
),

base5 AS (
    SELECT
        f0.value AS v0, f0.obs_status AS s0, f0.vintage AS w0, f0.caliber AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM fact AS f0
    WHERE f0.indicator = 'INCOME.PC.GROWTH_NOM.LJ' AND f0.area = 'DIR' AND f0.value IS NOT NULL AND f0.period_end >= 24275 AND (f0.period_end + 1) % 3 = 0
),

slot5 AS (
    SELECT
        b.period_end AS period_end, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0,
        f1.value AS v1, f1.obs_status AS s1, f1.vintage AS w1, f1.caliber AS lo1, COALESCE(f1.carried, 0) AS l1
    FROM base5 AS b
    INNER JOIN fact AS f1 ON f1.indicator = 'CPI.YTD.CQ' AND f1.area = 'CQ' AND f1.value IS NOT NULL AND f1.period_end = b.period_end
),

item5 AS (
    SELECT
        'INCOME.PC.GROWTH_REAL.LJ' AS indicator, 'DIR' AS area, r.period_end AS period_end,
        (((CAST((CAST($1 AS DOUBLE PRECISION) + (CAST(r.v0 AS DOUBLE PRECISION) / NULLIF(CAST(CAST($2 AS DOUBLE PRECISION) AS DOUBLE PRECISION), 0))) AS DOUBLE PRECISION) / NULLIF(CAST((CAST(r.v1 AS DOUBLE PRECISION) / NULLIF(CAST(CAST($2 AS DOUBLE PRECISION) AS DOUBLE PRECISION), 0)) AS DOUBLE PRECISION), 0)) - CAST($1 AS DOUBLE PRECISION)) * CAST($2 AS DOUBLE PRECISION)) AS value,
        CASE WHEN r.s0 = 'E' OR r.s1 = 'E' THEN 'E' WHEN r.s0 = 'P' OR r.s1 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        CASE WHEN r.w1 <> COALESCE(r.w0, r.w1) THEN 'mixed' ELSE COALESCE(r.w0, r.w1) END AS vintage,
        CASE WHEN r.lo1 <> COALESCE(r.lo0, r.lo1) THEN 'mixed' ELSE COALESCE(r.lo0, r.lo1) END AS caliber,
        GREATEST(r.l0, r.l1) AS carried
    FROM slot5 AS r
),

op6 (indicator, area, months, c0, a0, c1, a1) AS (
    VALUES
    ('INCUB.N.LJ', 'DIR', 6, 'INCUB.MAKER.N.LJ', 'DIR', 'INCUB.INC.N.LJ', 'DIR'),
    ('INTLORG.N.LJ', 'DIR', 6, 'INTLORG.ORG.N.LJ', 'DIR', 'INTLORG.CHAMBER.N.LJ', 'DIR')
),

base6 AS (
    SELECT
        o.indicator AS indicator, o.area AS area, o.months AS months, o.c0 AS c0, o.a0 AS a0, o.c1 AS c1, o.a1 AS a1, f0.value AS v0, f0.obs_status AS s0, CASE WHEN f0.value IS NOT NULL THEN f0.vintage END AS w0, CASE WHEN f0.value IS NOT NULL THEN f0.caliber END AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM op6 AS o
    INNER JOIN fact AS f0 ON f0.indicator = o.c0 AND f0.area = o.a0 AND (f0.value IS NOT NULL OR f0.obs_status = 'M')
    WHERE f0.period_end >= 24275 AND (f0.period_end + 1) % o.months = 0
),

slot6 AS (
    SELECT
        b.indicator AS indicator, b.area AS area, b.period_end AS period_end, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0,
        f1.value AS v1, f1.obs_status AS s1, CASE WHEN f1.value IS NOT NULL THEN f1.vintage END AS w1, CASE WHEN f1.value IS NOT NULL THEN f1.caliber END AS lo1, COALESCE(f1.carried, 0) AS l1
    FROM base6 AS b
    INNER JOIN fact AS f1 ON f1.indicator = b.c1 AND f1.area = b.a1 AND (f1.value IS NOT NULL OR f1.obs_status = 'M') AND f1.period_end = b.period_end
),

item6 AS (
    SELECT
        r.indicator AS indicator, r.area AS area, r.period_end AS period_end,
        COALESCE((r.v0 + r.v1), r.v0, r.v1) AS value,
        CASE WHEN r.s0 = 'E' OR r.s1 = 'E' THEN 'E' WHEN r.s0 = 'P' OR r.s1 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        CASE WHEN r.w1 <> COALESCE(r.w0, r.w1) THEN 'mixed' ELSE COALESCE(r.w0, r.w1) END AS vintage,
        CASE WHEN r.lo1 <> COALESCE(r.lo0, r.lo1) THEN 'mixed' ELSE COALESCE(r.lo0, r.lo1) END AS caliber,
        GREATEST(r.l0, r.l1) AS carried
    FROM slot6 AS r
),

op7 (indicator, area, months, c0, a0, y0, m0) AS (
    VALUES
    ('INNOCONS.PROJ.CUM.LJ', 'DIR', 6, 'INNOCONS.PROJ.NEW.LJ', 'DIR', 24281, 6),
    ('LISTED.APPROVED.NEW.CUM.LJ', 'DIR', 3, 'LISTED.APPROVED.NEW.LJ', 'DIR', 24278, 3),
    ('RDINST.NEW.CUM.LJ', 'DIR', 3, 'RDINST.NEW.LJ', 'DIR', 24278, 3),
    ('SOE.LISTED.NEW.CUM.LJ', 'DIR', 3, 'SOE.LISTED.NEW.LJ', 'DIR', 24278, 3)
),

run7_0 AS (
    SELECT
        o.indicator AS indicator, o.area AS area, f.period_end AS period_end, f.vintage AS vintage,
        CAST(SUM(CAST(f.value AS DECIMAL(24, 6))) OVER w AS DOUBLE PRECISION) AS value, COUNT(*) OVER w AS present,
        (f.period_end - o.y0 + o.m0) AS due, o.m0 AS months,
        CASE MAX(CASE f.obs_status WHEN 'E' THEN 2 WHEN 'P' THEN 1 ELSE 0 END) OVER w WHEN 2 THEN 'E' WHEN 1 THEN 'P' ELSE 'A' END AS obs_status,
        MIN(CASE WHEN f.value IS NOT NULL THEN f.caliber END) OVER w AS caliber_lo, MAX(CASE WHEN f.value IS NOT NULL THEN f.caliber END) OVER w AS caliber_hi, MAX(f.carried) OVER w AS carried
    FROM op7 AS o
    INNER JOIN fact AS f ON f.indicator = o.c0 AND f.area = o.a0 AND (ABS(f.value) < 1e17 OR f.obs_status = 'M')
    WHERE f.period_end >= o.y0 AND (f.period_end + 1) % o.m0 = 0
    WINDOW w AS (PARTITION BY o.indicator, o.area ORDER BY f.period_end)
),

base7 AS (
    SELECT
        o.indicator AS indicator, o.area AS area, o.months AS months, o.c0 AS c0, o.a0 AS a0, o.y0 AS y0, o.m0 AS m0, f0.value AS v0, f0.obs_status AS s0, CASE WHEN f0.value IS NOT NULL THEN f0.vintage END AS w0, f0.caliber_lo AS lo0, COALESCE(f0.carried, 0) AS l0, f0.caliber_hi AS hi0, f0.period_end AS period_end
    FROM op7 AS o
    INNER JOIN run7_0 AS f0 ON f0.indicator = o.indicator AND f0.area = o.area AND f0.present * f0.months = f0.due
    WHERE f0.period_end >= 24275 AND (f0.period_end + 1) % o.months = 0
),

slot7 AS (
    SELECT
        b.indicator AS indicator, b.area AS area, b.period_end AS period_end, b.y0 AS y0, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0, b.hi0 AS hi0
    FROM base7 AS b
),

item7 AS (
    SELECT
        r.indicator AS indicator, r.area AS area, r.period_end AS period_end,
        r.v0 AS value,
        CASE WHEN r.s0 = 'E' THEN 'E' WHEN r.s0 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        r.w0 AS vintage,
        CASE WHEN r.hi0 <> COALESCE(r.lo0, r.hi0) THEN 'mixed' ELSE COALESCE(r.lo0, r.hi0) END AS caliber,
        r.l0 AS carried
    FROM slot7 AS r
),

op8 (indicator, area, months, c0, a0, c1, a1) AS (
    VALUES
    ('PENSION.COVERAGE.LJ', 'DIR', 3, 'PENSION.INSURED.LJ', 'DIR', 'PENSION.ELIGIBLE.LJ', 'DIR'),
    ('YUXIN.STREET.COVERAGE.LJ', 'DIR', 6, 'YUXIN.STREET.COVERED.N.LJ', 'DIR', 'STREET.N.LJ', 'DIR')
),

base8 AS (
    SELECT
        o.indicator AS indicator, o.area AS area, o.months AS months, o.c0 AS c0, o.a0 AS a0, o.c1 AS c1, o.a1 AS a1, f0.value AS v0, f0.obs_status AS s0, f0.vintage AS w0, f0.caliber AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM op8 AS o
    INNER JOIN fact AS f0 ON f0.indicator = o.c0 AND f0.area = o.a0 AND f0.value IS NOT NULL
    WHERE f0.period_end >= 24275 AND (f0.period_end + 1) % o.months = 0
),

slot8 AS (
    SELECT
        b.indicator AS indicator, b.area AS area, b.period_end AS period_end, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0,
        CASE WHEN f1_0.value IS NOT NULL THEN f1_0.value WHEN f1_1.value IS NOT NULL THEN f1_1.value END AS v1, CASE WHEN f1_0.value IS NOT NULL THEN f1_0.obs_status WHEN f1_1.value IS NOT NULL THEN f1_1.obs_status END AS s1, CASE WHEN f1_0.value IS NOT NULL THEN f1_0.vintage WHEN f1_1.value IS NOT NULL THEN f1_1.vintage END AS w1, CASE WHEN f1_0.value IS NOT NULL THEN f1_0.caliber WHEN f1_1.value IS NOT NULL THEN f1_1.caliber END AS lo1, CASE WHEN f1_0.value IS NOT NULL THEN (b.period_end + 1) % 12 + COALESCE(f1_0.carried, 0) WHEN f1_1.value IS NOT NULL THEN (b.period_end + 1) % 12 + 12 + COALESCE(f1_1.carried, 0) END AS l1, CASE WHEN (b.period_end + 1) % 12 = 0 THEN f1_0.vintage END AS n1
    FROM base8 AS b
    LEFT JOIN fact AS f1_0 ON f1_0.indicator = b.c1 AND f1_0.area = b.a1 AND f1_0.value IS NOT NULL AND f1_0.period_end = b.period_end - ((b.period_end + 1) % 12)
    LEFT JOIN fact AS f1_1 ON f1_1.indicator = b.c1 AND f1_1.area = b.a1 AND f1_1.value IS NOT NULL AND f1_1.period_end = b.period_end - ((b.period_end + 1) % 12 + 12)
    WHERE COALESCE(f1_0.value, f1_1.value) IS NOT NULL
),

item8 AS (
    SELECT
        r.indicator AS indicator, r.area AS area, r.period_end AS period_end,
        ((CAST(r.v0 AS DOUBLE PRECISION) / NULLIF(CAST(r.v1 AS DOUBLE PRECISION), 0)) * 100) AS value,
        CASE WHEN r.s0 = 'E' OR r.s1 = 'E' THEN 'E' WHEN r.s0 = 'P' OR r.s1 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        COALESCE(CASE WHEN r.n1 <> COALESCE(r.w0, r.n1) THEN 'mixed' ELSE COALESCE(r.w0, r.n1) END, CASE WHEN r.w1 <> COALESCE(r.w0, r.w1) THEN 'mixed' ELSE COALESCE(r.w0, r.w1) END) AS vintage,
        CASE WHEN r.lo1 <> COALESCE(r.lo0, r.lo1) THEN 'mixed' ELSE COALESCE(r.lo0, r.lo1) END AS caliber,
        GREATEST(r.l0, r.l1) AS carried
    FROM slot8 AS r
),

op9 (indicator, area, months, c0, a0, c1, a1, y1) AS (
    VALUES
    ('RD.EXP.CAGR.LJ', 'DIR', 12, 'RD.EXP.LJ', 'DIR', 'RD.EXP.LJ', 'DIR', 24275),
    ('SVCTRADE.TOTAL.CAGR.LJ', 'DIR', 12, 'SVCTRADE.TOTAL.LJ', 'DIR', 'SVCTRADE.TOTAL.LJ', 'DIR', 24275)
),

base9 AS (
    SELECT
        o.indicator AS indicator, o.area AS area, o.months AS months, o.c0 AS c0, o.a0 AS a0, o.c1 AS c1, o.a1 AS a1, o.y1 AS y1, f0.value AS v0, f0.obs_status AS s0, f0.vintage AS w0, f0.caliber AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM op9 AS o
    INNER JOIN fact AS f0 ON f0.indicator = o.c0 AND f0.area = o.a0 AND f0.value IS NOT NULL
    WHERE f0.period_end >= 24275 AND (f0.period_end + 1) % o.months = 0
),

slot9 AS (
    SELECT
        b.indicator AS indicator, b.area AS area, b.period_end AS period_end, b.y1 AS y1, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0,
        f1.value AS v1, f1.obs_status AS s1, f1.vintage AS w1, f1.caliber AS lo1, COALESCE(f1.carried, 0) AS l1
    FROM base9 AS b
    INNER JOIN fact AS f1 ON f1.indicator = b.c1 AND f1.area = b.a1 AND f1.value IS NOT NULL AND f1.period_end = b.y1 AND b.y1 <= b.period_end
),

item9 AS (
    SELECT
        r.indicator AS indicator, r.area AS area, r.period_end AS period_end,
        ((EXP((CAST((LN(CASE WHEN r.v0 > 0 AND r.v1 > 0 AND (r.period_end - r.y1) > 0 AND (CAST(r.v0 AS DOUBLE PRECISION) / NULLIF(CAST(r.v1 AS DOUBLE PRECISION), 0)) > 0 THEN (CAST(r.v0 AS DOUBLE PRECISION) / NULLIF(CAST(r.v1 AS DOUBLE PRECISION), 0)) END) * 12) AS DOUBLE PRECISION) / NULLIF(CAST((r.period_end - r.y1) AS DOUBLE PRECISION), 0))) - 1) * 100) AS value,
        CASE WHEN r.s0 = 'E' OR r.s1 = 'E' THEN 'E' WHEN r.s0 = 'P' OR r.s1 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        COALESCE(r.w0, CASE WHEN r.w1 <> COALESCE(r.w0, r.w1) THEN 'mixed' ELSE COALESCE(r.w0, r.w1) END) AS vintage,
        CASE WHEN r.lo1 <> COALESCE(r.lo0, r.lo1) THEN 'mixed' ELSE COALESCE(r.lo0, r.lo1) END AS caliber,
        GREATEST(r.l0, r.l1) AS carried
    FROM slot9 AS r
),

base10 AS (
    SELECT
        f0.value AS v0, f0.obs_status AS s0, f0.vintage AS w0, f0.caliber AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM fact AS f0
    WHERE f0.indicator = 'YUXIN.HOME.N.LJ' AND f0.area = 'DIR' AND f0.value IS NOT NULL AND f0.period_end >= 24275 AND (f0.period_end + 1) % 6 = 0
),

slot10 AS (
    SELECT
        b.period_end AS period_end, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0,
        f1.value AS v1, f1.obs_status AS s1, f1.vintage AS w1, f1.caliber AS lo1, COALESCE(f1.carried, 0) AS l1
    FROM base10 AS b
    INNER JOIN fact AS f1 ON f1.indicator = 'YUXIN.HOME.N.LJ' AND f1.area = 'DIR' AND f1.value IS NOT NULL AND f1.period_end = 24275 AND 24275 <= b.period_end
),

item10 AS (
    SELECT
        'YUXIN.HOME.NEW.CUM.LJ' AS indicator, 'DIR' AS area, r.period_end AS period_end,
        (r.v0 - r.v1) AS value,
        CASE WHEN r.s0 = 'E' OR r.s1 = 'E' THEN 'E' WHEN r.s0 = 'P' OR r.s1 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        COALESCE(r.w0, CASE WHEN r.w1 <> COALESCE(r.w0, r.w1) THEN 'mixed' ELSE COALESCE(r.w0, r.w1) END) AS vintage,
        CASE WHEN r.lo1 <> COALESCE(r.lo0, r.lo1) THEN 'mixed' ELSE COALESCE(r.lo0, r.lo1) END AS caliber,
        GREATEST(r.l0, r.l1) AS carried
    FROM slot10 AS r
)

SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    i.obs_status AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item0 AS i
WHERE ABS(i.value) < 1e300
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    i.obs_status AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item1 AS i
WHERE ABS(i.value) < 1e300
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    i.obs_status AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item2 AS i
WHERE ABS(i.value) < 1e300
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    CASE WHEN i.value IS NULL THEN 'M' ELSE i.obs_status END AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item3 AS i
WHERE (i.value IS NULL OR ABS(i.value) < 1e300)
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    i.obs_status AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item4 AS i
WHERE ABS(i.value) < 1e300
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    i.obs_status AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item5 AS i
WHERE ABS(i.value) < 1e300
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    CASE WHEN i.value IS NULL THEN 'M' ELSE i.obs_status END AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item6 AS i
WHERE (i.value IS NULL OR ABS(i.value) < 1e300)
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    CASE WHEN i.value IS NULL THEN 'M' ELSE i.obs_status END AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item7 AS i
WHERE (i.value IS NULL OR ABS(i.value) < 1e300)
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    i.obs_status AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item8 AS i
WHERE ABS(i.value) < 1e300
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    i.obs_status AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item9 AS i
WHERE ABS(i.value) < 1e300
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    i.obs_status AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item10 AS i
WHERE ABS(i.value) < 1e300;
-- level 2, arguments []
INSERT INTO fact (indicator, area, period_end, value, obs_status, vintage, caliber, carried)
WITH base0 AS (
    SELECT
        f0.value AS v0, f0.obs_status AS s0, f0.vintage AS w0, f0.caliber AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM fact AS f0
    WHERE f0.indicator = 'INCOME.PC.GROWTH_REAL.LJ' AND f0.area = 'DIR' AND f0.value IS NOT NULL AND f0.period_end >= 24275 AND (f0.period_end + 1) % 3 = 0
),

slot0 AS (
    SELECT
        b.period_end AS period_end, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0,
        f1.value AS v1, f1.obs_status AS s1, f1.vintage AS w1, f1.caliber AS lo1, COALESCE(f1.carried, 0) AS l1
    FROM base0 AS b
    INNER JOIN fact AS f1 ON f1.indicator = 'GDP.GROWTH.LJ' AND f1.area = 'DIR' AND f1.value IS NOT NULL AND f1.period_end = b.period_end
),

item0 AS (
    SELECT
        'INCOME.GDP_GAP.LJ' AS indicator, 'DIR' AS area, r.period_end AS period_end,
        (r.v0 - r.v1) AS value,
        CASE WHEN r.s0 = 'E' OR r.s1 = 'E' THEN 'E' WHEN r.s0 = 'P' OR r.s1 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        CASE WHEN r.w1 <> COALESCE(r.w0, r.w1) THEN 'mixed' ELSE COALESCE(r.w0, r.w1) END AS vintage,
        CASE WHEN r.lo1 <> COALESCE(r.lo0, r.lo1) THEN 'mixed' ELSE COALESCE(r.lo0, r.lo1) END AS caliber,
        GREATEST(r.l0, r.l1) AS carried
    FROM slot0 AS r
),

op1 (indicator, area, months, c0, a0, c1, a1) AS (
    VALUES
    ('RD.EXP.SHARE_GDP.LJ', 'DIR', 12, 'RD.EXP.LJ', 'DIR', 'GDP.TOTAL.LJ', 'DIR'),
    ('VA.DE.SHARE_GDP.LJ', 'DIR', 12, 'VA.DE.LJ', 'DIR', 'GDP.TOTAL.LJ', 'DIR'),
    ('VA.FIN.SHARE_GDP.LJ', 'DIR', 3, 'VA.FIN.LJ', 'DIR', 'GDP.TOTAL.LJ', 'DIR'),
    ('VA.MFG.SHARE_GDP.LJ', 'DIR', 3, 'VA.MFG.LJ', 'DIR', 'GDP.TOTAL.LJ', 'DIR')
),

base1 AS (
    SELECT
        o.indicator AS indicator, o.area AS area, o.months AS months, o.c0 AS c0, o.a0 AS a0, o.c1 AS c1, o.a1 AS a1, f0.value AS v0, f0.obs_status AS s0, f0.vintage AS w0, f0.caliber AS lo0, COALESCE(f0.carried, 0) AS l0, f0.period_end AS period_end
    FROM op1 AS o
    INNER JOIN fact AS f0 ON f0.indicator = o.c0 AND f0.area = o.a0 AND f0.value IS NOT NULL
    WHERE f0.period_end >= 24275 AND (f0.period_end + 1) % o.months = 0
),

slot1 AS (
    SELECT
        b.indicator AS indicator, b.area AS area, b.period_end AS period_end, b.v0 AS v0, b.s0 AS s0, b.w0 AS w0, b.lo0 AS lo0, b.l0 AS l0,
        f1.value AS v1, f1.obs_status AS s1, f1.vintage AS w1, f1.caliber AS lo1, COALESCE(f1.carried, 0) AS l1
    FROM base1 AS b
    INNER JOIN fact AS f1 ON f1.indicator = b.c1 AND f1.area = b.a1 AND f1.value IS NOT NULL AND f1.period_end = b.period_end
),

item1 AS (
    SELECT
        r.indicator AS indicator, r.area AS area, r.period_end AS period_end,
        ((CAST(r.v0 AS DOUBLE PRECISION) / NULLIF(CAST(r.v1 AS DOUBLE PRECISION), 0)) * 100) AS value,
        CASE WHEN r.s0 = 'E' OR r.s1 = 'E' THEN 'E' WHEN r.s0 = 'P' OR r.s1 = 'P' THEN 'P' ELSE 'A' END AS obs_status,
        CASE WHEN r.w1 <> COALESCE(r.w0, r.w1) THEN 'mixed' ELSE COALESCE(r.w0, r.w1) END AS vintage,
        CASE WHEN r.lo1 <> COALESCE(r.lo0, r.lo1) THEN 'mixed' ELSE COALESCE(r.lo0, r.lo1) END AS caliber,
        GREATEST(r.l0, r.l1) AS carried
    FROM slot1 AS r
)

SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    i.obs_status AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item0 AS i
WHERE ABS(i.value) < 1e300
UNION ALL
SELECT
    i.indicator AS indicator, i.area AS area, i.period_end AS period_end, i.value AS value,
    i.obs_status AS obs_status, i.vintage AS vintage, i.caliber AS caliber, i.carried AS carried
FROM item1 AS i
WHERE ABS(i.value) < 1e300;
