"""The statements of claim.py, for both databases. Nothing else may write SQL like this in the outbox.

{limit}: the moment up to which rows are due; {now}: the database's clock. Every statement repeats the
conditions of the partial indexes word for word, as SQLite wants them. {parts} are filled in by claim.py,
%(values)s by the database.
"""

from typing import Final

# Where rows are found by their id, the conditions are spelled so that no partial index answers to them:
# PostgreSQL believes those to be nearly empty, as they are whenever it counts, and would read through one.
BY_ID: Final = "state || '' = 'pending' AND lease_until IS NULL"

DUE_AND_LOST: Final = """
SELECT (SELECT count(*) FROM (
          SELECT 1 FROM outbox_delivery
          WHERE finished_at IS NULL AND lease_until IS NULL AND due_at <= {limit} LIMIT {few}) AS due),
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
  FROM outbox_delivery WHERE {listed}),
candidates (id, account_id, account_held, n) AS (
  SELECT d.id, d.account_id,
         coalesce((SELECT sum(b.held) FROM busy b WHERE b.account_id = d.account_id), 0), d.n
  FROM listed d JOIN places p ON p.kind = d.kind
  WHERE d.n < p.most - coalesce(
    (SELECT b.held FROM busy b WHERE b.account_id = d.account_id AND b.endpoint = d.endpoint), 0)),"""
FEW: Final = """finished_at IS NULL AND lease_until IS NULL AND due_at <= {limit}
  ORDER BY due_at LIMIT {few}"""

# Steps from row to row of the lanes' index. `free` places of an endpoint are filled with its first due rows
# (n = 0, 1, ...); then, or at a row that is not due, the step goes to the next endpoint's first row. It ends
# with the account in which `enough` is found, of each account no more than it has places.
WALKED: Final = """
walk (id, account_id, endpoint, due_at, account_before, account_held, free, n, found_here, found) AS (
  SELECT d.id, d.account_id, d.endpoint, d.due_at, d.account_id, {account_held}, {free}, 0, 0, 0
  FROM (SELECT * FROM outbox_delivery s WHERE {is_free} AND s.account_id > %(after)s
    ORDER BY s.account_id, s.endpoint, s.due_at, s.id LIMIT 1) d
  UNION ALL
  SELECT d.id, d.account_id, d.endpoint, d.due_at, w.account_id,
    {account_held},
    CASE WHEN d.account_id = w.account_id AND d.endpoint = w.endpoint THEN w.free ELSE {free} END,
    CASE WHEN d.account_id = w.account_id AND d.endpoint = w.endpoint THEN w.n + 1 ELSE 0 END,
    CASE WHEN d.account_id <> w.account_id THEN 0 WHEN {is_open} THEN w.found_here + 1 ELSE w.found_here END,
    w.found + CASE WHEN {is_open} AND w.found_here < {account_places} - w.account_held THEN 1 ELSE 0 END
  FROM walk w {step}
  WHERE w.account_id <= %(until)s AND (w.found < %(enough)s OR w.account_id = w.account_before)),
candidates (id, account_id, account_held, n) AS (
  SELECT w.id, w.account_id, w.account_held, w.n FROM walk w WHERE {is_open}),"""
# To the endpoint's next row, else to the account's next endpoint, else to the next account. Three searches,
# as SQLite reads through an endpoint's whole backlog for (account_id, endpoint) > (...). It has no LATERAL,
# and PostgreSQL, when it thinks the table empty, would read all of it at each step to join it.
STEP: Final = {
    "sqlite": """JOIN outbox_delivery d ON d.id = coalesce(
    CASE WHEN {has_place} THEN (SELECT s.id {to_next_row}) END,
    (SELECT s.id {to_next_endpoint}), (SELECT s.id {to_next_account}))""",
    "postgresql": """CROSS JOIN LATERAL (
    (SELECT s.* {to_next_row}) UNION ALL (SELECT s.* {to_next_endpoint})
    UNION ALL (SELECT s.* {to_next_account}) LIMIT 1) d""",
}
# Filled in from the first to the last: a part may name those behind it.
PARTS: Final = {
    "to_next_row": """FROM outbox_delivery s WHERE {has_place} AND {is_free}
      AND s.account_id = w.account_id AND s.endpoint = w.endpoint AND (s.due_at, s.id) > (w.due_at, w.id)
      ORDER BY s.due_at, s.id LIMIT 1""",
    "to_next_endpoint": """FROM outbox_delivery s WHERE {is_free}
      AND s.account_id = w.account_id AND s.endpoint > w.endpoint
      ORDER BY s.endpoint, s.due_at, s.id LIMIT 1""",
    "to_next_account": """FROM outbox_delivery s WHERE {is_free} AND s.account_id > w.account_id
      ORDER BY s.account_id, s.endpoint, s.due_at, s.id LIMIT 1""",
    "has_place": "{is_open} AND w.n + 1 < w.free",
    "is_open": "w.due_at <= {limit} AND w.n < w.free AND w.account_held < {account_places}",
    "is_free": "s.state = 'pending' AND s.lease_until IS NULL",
    "account_held": """CAST(CASE WHEN d.due_at <= {limit} THEN coalesce(
        (SELECT sum(b.held) FROM busy b WHERE b.account_id = d.account_id), 0)
      ELSE 0 END AS bigint)""",
    "free": """CAST(CASE WHEN d.due_at <= {limit} THEN coalesce(
        (SELECT p.most FROM places p WHERE p.kind = d.kind), 0) - coalesce(
        (SELECT b.held FROM busy b WHERE b.account_id = d.account_id AND b.endpoint = d.endpoint), 0)
      ELSE 0 END AS bigint)""",
}

WALK_ONLY: Final = " SELECT id FROM chosen"
IN_LIST: Final = {
    "sqlite": "id IN (SELECT value FROM json_each(%(found)s)) AND {by_id}",
    "postgresql": "id = ANY(%(found)s) AND {by_id}",
}
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
WHERE {taken}
RETURNING *"""
TAKEN: Final = {
    "sqlite": "id IN (SELECT id FROM chosen) AND {by_id}",
    "postgresql": """id = ANY (ARRAY(
  SELECT id FROM outbox_delivery WHERE id = ANY (ARRAY(SELECT id FROM chosen)) AND {by_id}
  FOR UPDATE SKIP LOCKED)) AND {by_id}""",
}
