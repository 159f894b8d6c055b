-- A row is the value of a series at the end of a period; value is NULL for a typed absence.
CREATE OR REPLACE TEMP TABLE fact (
    indicator VARCHAR, area VARCHAR, period_end INTEGER, value DOUBLE,
    obs_status VARCHAR, vintage VARCHAR, caliber VARCHAR, carried INTEGER
)
