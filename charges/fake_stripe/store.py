"""What the program remembers, in one SQLite file: objects, the book of money, idempotency keys, deliveries.

Every call is one transaction under one lock, so that threads see whole steps only. It survives SIGKILL of the
program (not power loss: nothing here is real).
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from charges.fake_stripe.errors import Json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  created INTEGER NOT NULL, customer TEXT, payment_intent TEXT, charge TEXT, type TEXT, email TEXT,
  body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS object_kind ON object (kind, seq);
CREATE INDEX IF NOT EXISTS object_customer ON object (customer, kind, seq);
CREATE INDEX IF NOT EXISTS object_payment_intent ON object (payment_intent, kind, seq);
CREATE TABLE IF NOT EXISTS movement (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL,
  payment_intent TEXT NOT NULL, charge TEXT NOT NULL, customer TEXT, cents INTEGER NOT NULL,
  currency TEXT NOT NULL, metadata TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hold (payment_intent TEXT PRIMARY KEY, capture_before INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS hold_capture_before ON hold (capture_before);
CREATE TABLE IF NOT EXISTS idempotency (
  key TEXT PRIMARY KEY, kept_until REAL NOT NULL, endpoint TEXT NOT NULL, digest TEXT NOT NULL,
  request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, state TEXT NOT NULL, due_at REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS delivery_state ON delivery (state, due_at);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_TABLES = ("object", "movement", "hold", "idempotency", "delivery", "setting")
_COLUMNS = ("customer", "payment_intent", "charge", "type", "email")


class Store:
    """The file, and one connection to it that all threads share in turn."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            folder / "state.sqlite3", isolation_level=None, check_same_thread=False, timeout=20
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + _SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make one step: whole when it ends, undone when it raises. A step inside a step joins it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def forget(self, *, besides: Sequence[str] = ()) -> None:
        """Empty everything, but keep the settings named."""
        with self.transaction():
            kept = {name: self.setting(name) for name in besides}
            for table in _TABLES:
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608  # names of ours
            for name, value in kept.items():
                self.set_setting(name, value)

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """Ask for rows; the caller is in a transaction, or reads one whole statement."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def run(self, statement: str, *values: Any) -> None:
        with self._lock:
            self._connection.execute(statement, values)

    # --- settings ------------------------------------------------------------------------------------------
    def setting(self, name: str, default: Any = None) -> Any:
        found = self.rows("SELECT value FROM setting WHERE name = ?", name)
        return json.loads(found[0]["value"]) if found else default

    def set_setting(self, name: str, value: Any) -> None:
        self.run("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", name, json.dumps(value))

    # --- objects -------------------------------------------------------------------------------------------
    def save(self, thing: Json) -> None:
        """Add an object, or replace it under its id."""
        links = [_link(thing.get(column, thing.get(f"_{column}"))) for column in _COLUMNS]
        self.run(
            "INSERT INTO object (id, kind, created, customer, payment_intent, charge, type, email, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET customer=excluded.customer,"
            " payment_intent=excluded.payment_intent, charge=excluded.charge, type=excluded.type,"
            " email=excluded.email, body=excluded.body",
            thing["id"],
            thing["object"],
            thing.get("created", 0),
            *links,
            json.dumps(thing),
        )

    def find(self, kind: str, id_: str) -> Json | None:
        found = self.rows("SELECT body FROM object WHERE id = ? AND kind = ?", id_, kind)
        return json.loads(found[0]["body"]) if found else None

    def find_any(self, id_: str) -> Json | None:
        """Find an object of whatever kind, to expand it."""
        found = self.rows("SELECT body FROM object WHERE id = ?", id_)
        return json.loads(found[0]["body"]) if found else None


def _link(value: Any) -> str | None:
    return value if isinstance(value, str) else None
