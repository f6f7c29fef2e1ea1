"""Claiming: a worker takes deliveries that are due, under a lease, in one conditional UPDATE.

How they are sent and settled does not belong here. The SQL is written by hand (claim_sql.py) because one
statement must count what is under way, choose fairly and take the rows, on both databases, at a cost that
does not grow with the backlog (docs/adr/0013).
"""

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from tasktracker.core import clock
from tasktracker.core.clock import DatabaseNow
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations import claim_sql
from tasktracker.outbox.operations.handlers import places_per_endpoint
from tasktracker.outbox.rules.turns import next_turn

PLACES_PER_ACCOUNT: Final = 8
# While fewer rows than this are due they are all looked at; beyond it, endpoints are walked by index.
_FEW_ROWS: Final = 256
# A walk looks for this many times what is wanted, to find accounts that have little under way.
_CHOICE: Final = 4
_FIRST_TURN: Final = -(2**62)
_LAST_TURN: Final = 2**62
_LOCK: Final = 0x6F7574626F78  # "outbox"


class Claimer:
    """Takes turns over the accounts: each claim begins behind the account that was served last.

    as_of: also take what falls due by then; leases keep to the database's own clock all the same.
    """

    def __init__(self, *, as_of: datetime | None = None) -> None:
        self._as_of = as_of
        self._after = _FIRST_TURN

    def claim(self, wanted: int) -> list[Delivery]:
        """Lease up to `wanted` deliveries to the caller: fence and tries are raised, lease_until is set.

        Never more than a handler's places per endpoint and 8 per account are leased at once, in all workers
        together (P12), and the accounts with the fewest under way come first (P34). A lease that ran out is
        no lease: its row can be claimed again. Returns [] when nothing can be taken now.
        """
        places = places_per_endpoint()
        due, are_leases_lost = self._run(claim_sql.DUE_AND_LOST, {}, {}).fetchone()
        if are_leases_lost:
            self._run(claim_sql.LOSE_LEASES, {}, {})
        if not places or not (due or are_leases_lost):
            return []
        if due < _FEW_ROWS and not are_leases_lost:
            return self._take(claim_sql.FEW, wanted, places)
        return self._take_in_turn(wanted, places)

    def _take_in_turn(self, wanted: int, places: dict[str, int]) -> list[Delivery]:
        """Go round the accounts once, from whose turn it is, for as far as it takes to find enough.

        The walk reads only, so it holds no lock however far it has to go; what it found is checked again
        when it is taken.
        """
        for after, until in ((self._after, _LAST_TURN), (_FIRST_TURN, self._after)):
            values = {"after": after, "until": until, "wanted": wanted, "enough": wanted * _CHOICE}
            statement = f"{claim_sql.BUSY}{claim_sql.WALKED}{claim_sql.CHOSEN}{claim_sql.WALK_ONLY}"
            found = [row[0] for row in self._run(statement, values, places).fetchall()]
            taken = self._take(claim_sql.IN_LIST[connection.vendor], wanted, places, found) if found else []
            if taken:
                return taken
        return []

    def _take(
        self, which: str, wanted: int, places: dict[str, int], found: list[Any] | None = None
    ) -> list[Delivery]:
        listed = claim_sql.LISTED.replace("{listed}", which)
        statement = f"{claim_sql.BUSY}{listed}{claim_sql.CHOSEN}{claim_sql.TAKE}"
        values = {"after": self._after, "wanted": wanted, "found": _adapt_list(found or [])}
        with transaction.atomic():
            _serialise()
            taken = list(Delivery.objects.raw(self._written(statement, places), self._values(values, places)))
        self._after = next_turn([delivery.account_id for delivery in taken], after=self._after)
        return taken

    def _run(self, statement: str, values: dict[str, Any], places: dict[str, int]) -> Any:
        cursor = connection.cursor()
        cursor.execute(self._written(statement, places), self._values(values, places))
        return cursor

    def _written(self, statement: str, places: dict[str, int]) -> str:
        return _written(
            statement,
            tuple(places[kind] for kind in sorted(places)),
            limit="%(as_of)s" if self._as_of else clock.now_sql(),
            lease_seconds=settings.TASKTRACKER_LEASE_SECONDS,
            few=_FEW_ROWS,
            vendor=connection.vendor,
        )

    def _values(self, values: dict[str, Any], places: dict[str, int]) -> dict[str, Any]:
        as_of = connection.ops.adapt_datetimefield_value(self._as_of) if self._as_of else None
        return {**values, "as_of": as_of, **{f"kind{i}": kind for i, kind in enumerate(sorted(places))}}


def is_work_left(*, as_of: datetime | None = None) -> bool:
    """Say whether anything is due, also what another worker has under lease or what waits for a place."""
    limit = Q(due_at__lte=as_of or DatabaseNow())
    known = Q(state="pending", kind__in=sorted(places_per_endpoint()))
    return Delivery.objects.filter(known & limit).exists()


@cache
def _written(
    statement: str, places: tuple[int, ...], *, limit: str, lease_seconds: int, few: int, vendor: str
) -> str:
    """Fill in what differs between databases and processes. places: in the order of their kinds' names."""
    statement = statement.replace("{step}", claim_sql.STEP[vendor]).replace(
        "{taken}", claim_sql.TAKEN[vendor]
    )
    for name, part in claim_sql.PARTS.items():
        statement = statement.replace(f"{{{name}}}", part)
    return statement.format(
        now=clock.now_sql(),
        limit=limit,
        lease_until=clock.now_sql(timedelta(seconds=lease_seconds)),
        few=few,
        account_places=PLACES_PER_ACCOUNT,
        places=", ".join(f"(%(kind{i})s, {most})" for i, most in enumerate(places)),
        by_id=claim_sql.BY_ID,
    )


def _serialise() -> None:
    """Let one claim run at a time, or two of them could both see the same free place.

    SQLite's BEGIN IMMEDIATE does so by itself. The lock comes in a statement of its own, so that the claim's
    snapshot is taken when it is held. A claim takes a millisecond; whoever waits over lock_timeout gives up.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _adapt_list(ids: list[Any]) -> Any:
    return ids if connection.vendor == "postgresql" else json.dumps(ids)
