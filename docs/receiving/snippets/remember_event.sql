-- Tables, once. PostgreSQL; SQLite takes the same text.
CREATE TABLE IF NOT EXISTS webhook_event (
  id          text PRIMARY KEY,        -- the event's id: the only key to deduplicate by
  type        text NOT NULL,
  return_id   text NOT NULL,
  sequence    bigint NOT NULL,
  body        jsonb NOT NULL,
  received_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS return_state (
  return_id text PRIMARY KEY,
  sequence  bigint NOT NULL,
  status    text,
  snapshot  jsonb NOT NULL
);

-- Per request, in one transaction; answer 200 after the commit.
-- 1. $1 id, $2 type, $3 return id, $4 sequence, $5 body.
--    No row comes back: the event is known already. Commit, answer 200, do nothing else.
INSERT INTO webhook_event (id, type, return_id, sequence, body)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- 2. $1 return id, $2 sequence, $3 status, $4 data.return.
--    A snapshot that is not newer than the one kept changes nothing.
INSERT INTO return_state (return_id, sequence, status, snapshot)
VALUES ($1, $2, $3, $4)
ON CONFLICT (return_id) DO UPDATE
  SET sequence = excluded.sequence, status = excluded.status, snapshot = excluded.snapshot
  WHERE excluded.sequence > return_state.sequence;
