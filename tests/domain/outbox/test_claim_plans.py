"""The plans of a claim do not depend on statistics: those of a queue were taken when it was empty.

With the planner's free choice a claim of 16 among 1,000 rows took 4 s, and one among 100,000 never ended.
"""

from typing import Any

import pytest
from django.db import connection

from tasktracker.core.clock import DatabaseNow
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations import claim_sql, handlers
from tasktracker.outbox.operations.claim import Claimer
from tests.domain.outbox.fakes import FakeHandler, make_deliveries

pytestmark = pytest.mark.django_db
INDEXES = {index.name for index in Delivery._meta.indexes}
TURN = {"after": -1, "until": 2**62, "wanted": 16, "enough": 64}


@pytest.fixture(autouse=True, params=["counted when empty", "counted when idle"])
def _busy_after_a_count(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "_handlers", {"webhook": FakeHandler()})
    if request.param == "counted when idle":
        make_deliveries(300, "before")
        Delivery.objects.update(state="delivered", finished_at=DatabaseNow())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE outbox_delivery")
    for account_id in range(20):
        make_deliveries(100, f"e{account_id}", account_id=account_id)


def used(statement: str, **values: Any) -> set[str]:
    """Return the indexes of ours that the database would use for a statement of a claim."""
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    plan = Claimer()._run(f"{explain} {statement}", {**TURN, **values}, {"webhook": 2}).fetchall()
    lines = "\n".join(str(row) for row in plan)
    assert "Hash Join" not in lines
    return {name for name in INDEXES if name in lines}


def test_an_idle_look_uses_what_is_due_and_what_is_leased() -> None:
    assert used(claim_sql.DUE_AND_LOST) <= {"delivery_due", "delivery_leased"}


def test_a_walk_steps_along_the_lanes() -> None:
    statement = f"{claim_sql.BUSY}{claim_sql.WALKED}{claim_sql.CHOSEN}{claim_sql.WALK_ONLY}"

    assert used(statement) - {"delivery_leased"} == {"delivery_lanes"}


def test_few_rows_are_taken_by_when_they_are_due() -> None:
    listed = claim_sql.LISTED.replace("{listed}", claim_sql.FEW)

    assert "delivery_lanes" not in used(f"{claim_sql.BUSY}{listed}{claim_sql.CHOSEN}{claim_sql.TAKE}")


def test_rows_that_a_walk_found_are_taken_by_their_ids() -> None:
    listed = claim_sql.LISTED.replace("{listed}", claim_sql.IN_LIST[connection.vendor])
    ids = list(Delivery.objects.values_list("pk", flat=True)[:16])
    found: Any = ids if connection.vendor == "postgresql" else "[]"

    statement = f"{claim_sql.BUSY}{listed}{claim_sql.CHOSEN}{claim_sql.TAKE}"

    assert used(statement, found=found).isdisjoint({"delivery_lanes", "delivery_due"})
