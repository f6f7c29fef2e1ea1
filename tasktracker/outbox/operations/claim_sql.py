"""The statements of claim.py, for both databases. Nothing else may write SQL like this in the outbox.

{limit}: the moment up to which rows are due; {now}: the database's clock. Every statement repeats the
conditions of the partial indexes word for word, as SQLite wants them. {parts} are filled in by claim.py,
%(values)s by the database.
"""

from typing import Final

DUE_AND_LOST: Final = """
SELECT (SELECT count(*) FROM (
          SELECT 1 FROM outbox_delivery
          WHERE state = 'pending' AND lease_until IS NULL AND due_at <= {limit} LIMIT {few}) AS due),
       EXISTS (SELECT 1 FROM outbox_delivery
          WHERE state = 'pending' AND lease_until IS NOT NULL AND lease_until <= {now})"""

LOSE_LEASES: Final = """
UPDATE outbox_delivery SET lease_until = NULL
WHERE state = 'pending' AND lease_until IS NOT NULL AND lease_until <= {now}"""

BUSY: Final = """
WITH RECURSIVE
busy (account_id, endpoint, held) AS (
  SELECT account_id, endpoint, count(*) FROM outbox_delivery
  WHERE state = 'pending' AND lease_until IS NOT NULL GROUP BY account_id, endpoint),
places (kind, most) AS (VALUES {places}),"""

# Looks at given rows: `n` counts those of one endpoint, `free` places are left there.
LISTED: Final = """
listed (id, account_id, endpoint, kind, n) AS (
  SELECT id, account_id, endpoint, kind,
         row_number() OVER (PARTITION BY account_id, endpoint ORDER BY due_at, id) - 1
  FROM outbox_delivery WHERE state = 'pending' AND lease_until IS NULL AND {listed}),
candidates (id, account_id, account_held, n) AS (
  SELECT d.id, d.account_id,
         coalesce((SELECT sum(b.held) FROM busy b WHERE b.account_id = d.account_id), 0), d.n
  FROM listed d JOIN places p ON p.kind = d.kind
  WHERE d.n < p.most - coalesce(
    (SELECT b.held FROM busy b WHERE b.account_id = d.account_id AND b.endpoint = d.endpoint), 0)),"""
FEW: Final = "due_at <= {limit} ORDER BY due_at LIMIT {few}"

# Steps from row to row of the lanes' index. `free` places of an endpoint are filled with its first due rows
# (n = 0, 1, ...); then, or at a row that is not due, the step goes to the next endpoint's first row. It ends
# with the account in which `enough` is found, of each account no more than it has places. The steps are
# searches of their own, as SQLite reads through the whole backlog for (account_id, endpoint) > (...).
WALKED: Final = """
walk (id, account_id, endpoint, due_at, account_before, account_held, free, n, found_here, found) AS (
  SELECT d.id, d.account_id, d.endpoint, d.due_at, d.account_id, {account_held}, {free}, 0, 0, 0
  FROM outbox_delivery d WHERE d.id = (
    SELECT s.id FROM outbox_delivery s
    WHERE s.state = 'pending' AND s.lease_until IS NULL AND s.account_id > %(after)s
    ORDER BY s.account_id, s.endpoint, s.due_at, s.id LIMIT 1)
  UNION ALL
  SELECT d.id, d.account_id, d.endpoint, d.due_at, w.account_id,
    {account_held},
    CASE WHEN d.account_id = w.account_id AND d.endpoint = w.endpoint THEN w.free ELSE {free} END,
    CASE WHEN d.account_id = w.account_id AND d.endpoint = w.endpoint THEN w.n + 1 ELSE 0 END,
    CASE WHEN d.account_id <> w.account_id THEN 0 WHEN {is_open} THEN w.found_here + 1 ELSE w.found_here END,
    w.found + CASE WHEN {is_open} AND w.found_here < {account_places} - w.account_held THEN 1 ELSE 0 END
  FROM walk w JOIN outbox_delivery d ON d.id = coalesce(
    CASE WHEN {is_open} AND w.n + 1 < w.free THEN (
      SELECT s.id FROM outbox_delivery s
      WHERE s.state = 'pending' AND s.lease_until IS NULL AND s.account_id = w.account_id
        AND s.endpoint = w.endpoint AND (s.due_at, s.id) > (w.due_at, w.id)
      ORDER BY s.due_at, s.id LIMIT 1)
    END,
    (SELECT s.id FROM outbox_delivery s
     WHERE s.state = 'pending' AND s.lease_until IS NULL AND s.account_id = w.account_id
       AND s.endpoint > w.endpoint
     ORDER BY s.endpoint, s.due_at, s.id LIMIT 1),
    (SELECT s.id FROM outbox_delivery s
     WHERE s.state = 'pending' AND s.lease_until IS NULL AND s.account_id > w.account_id
     ORDER BY s.account_id, s.endpoint, s.due_at, s.id LIMIT 1))
  WHERE w.account_id <= %(until)s AND (w.found < %(enough)s OR w.account_id = w.account_before)),
candidates (id, account_id, account_held, n) AS (
  SELECT w.id, w.account_id, w.account_held, w.n FROM walk w WHERE {is_open}),"""
WALKED_PARTS: Final = {
    "account_held": """CAST(CASE WHEN d.due_at <= {limit} THEN coalesce(
        (SELECT sum(b.held) FROM busy b WHERE b.account_id = d.account_id), 0)
      ELSE 0 END AS bigint)""",
    "free": """CAST(CASE WHEN d.due_at <= {limit} THEN coalesce(
        (SELECT p.most FROM places p WHERE p.kind = d.kind), 0) - coalesce(
        (SELECT b.held FROM busy b WHERE b.account_id = d.account_id AND b.endpoint = d.endpoint), 0)
      ELSE 0 END AS bigint)""",
    "is_open": "w.due_at <= {limit} AND w.n < w.free AND w.account_held < {account_places}",
}

WALK_ONLY: Final = " SELECT id FROM chosen"
IN_LIST: Final = {
    "sqlite": "id IN (SELECT value FROM json_each(%(found)s))",
    "postgresql": "id = ANY(%(found)s)",
}
SKIP_LOCKED: Final = {"sqlite": "", "postgresql": " FOR UPDATE SKIP LOCKED"}

CHOSEN: Final = """
ranked (id, account_id, place) AS (
  SELECT id, account_id, account_held + row_number() OVER (PARTITION BY account_id ORDER BY n, id)
  FROM candidates),
chosen (id) AS (
  SELECT id FROM ranked WHERE place <= {account_places}
  ORDER BY place, account_id <= %(after)s, account_id, id LIMIT %(wanted)s)"""

TAKE: Final = """
UPDATE outbox_delivery
SET fence = fence + 1, tries = tries + 1, lease_until = {lease_until}
WHERE state = 'pending' AND lease_until IS NULL AND id IN (
  SELECT id FROM outbox_delivery WHERE id IN (SELECT id FROM chosen)
    AND state = 'pending' AND lease_until IS NULL{skip_locked})
RETURNING *"""
