CREATE OR REPLACE MACRO json_array_elements(list) AS unnest(CAST(list AS JSON[]));
CREATE TABLE IF NOT EXISTS returnflows_load (body json NOT NULL);
INSERT INTO returnflows_load
SELECT json FROM read_ndjson_objects('events.ndjson', maximum_object_size = 67108864);
