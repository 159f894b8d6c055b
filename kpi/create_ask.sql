-- A row is an indicator of the catalogue in the area that is evaluated.
CREATE OR REPLACE TEMP TABLE ask (indicator VARCHAR, area VARCHAR)
