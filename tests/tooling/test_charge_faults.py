"""The experiment with money (`make faults`): it knows every failure point, and its verdict can say no."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.faults.charges.points import ONLY_IN, POINTS
from tests.faults.charges.verdict import judge

ROOT = Path(__file__).resolve().parent.parent.parent
_NAMED = re.compile(r'failpoint\("([^"]+)"\)')


def charge(**changes: Any) -> dict[str, Any]:
    """A charge that was taken, as tests.faults.charges.rows prints it."""
    row = {"id": "a", "kind": "direct", "status": "captured", "cents": 500, "request_id": "r"}
    return {**row, "is_contested": False, "needs_person": "", "tries": 0, "wish": "", **changes}


def told(*charges: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What the rows say, with sums that agree with these charges."""
    reserved = sum(row["cents"] for row in charges if row["status"] not in ("declined", "cancelled"))
    rows = {
        "charges": list(charges),
        "events_unlike_rows": [],
        "reserved": {"staked": None, "charged": reserved},
        "staked_in_tasks": None,
        "differences": [],
        "closings": 0,
        "tasks_expired": 0,
        "stakes_missed": 0,
    }
    return {**rows, **changes}


def book(*movements: tuple[str, str, int]) -> dict[str, Any]:
    """What the processor's book says: ("captured", charge, cents), ..."""
    totals = {"captured": 0, "refunded": 0}
    for kind, _, cents in movements:
        totals[kind] = totals.get(kind, 0) + cents
    listed = [
        {"kind": kind, "cents": cents, "metadata": {"charge_id": id_}} for kind, id_, cents in movements
    ]
    return {"movements": listed, "totals": totals}


TAKEN = [("authorised", "a", 500), ("captured", "a", 500)]


def test_every_failure_point_of_money_is_in_the_experiment() -> None:
    named = {
        name for path in (ROOT / "charges").rglob("*.py") for name in _NAMED.findall(path.read_text("utf-8"))
    }

    assert named == set(POINTS) == set(ONLY_IN)


def test_books_that_agree_are_no_fault() -> None:
    verdict = judge(told(charge()), book(*TAKEN), paid={"r": "a"}, declined=["other"])

    assert (verdict.faults(), verdict.book_cents, verdict.our_cents) == ([], 500, 500)


@pytest.mark.parametrize(
    ("rows", "movements", "kind"),
    [
        (told(charge()), [*TAKEN, *TAKEN], "doubled"),
        (told(charge()), [], "lost"),
        (told(charge(status="declined")), TAKEN, "lost"),
        (told(charge()), [*TAKEN, ("refunded", "a", 500)], "lost"),
        (told(charge(status="refunded")), TAKEN, "lost"),
        (told(), TAKEN, "lost"),
        (told(charge(status="capturing")), [], "stuck"),
        (told(charge(wish="refund")), TAKEN, "stuck"),
        (told(charge(), closings=1), TAKEN, "stuck"),
        (told(charge(status="cancelled")), [("authorised", "a", 500)], "others"),
        (told(charge(), reserved={"staked": None, "charged": 0}), TAKEN, "others"),
        (told(charge(), staked_in_tasks=100), TAKEN, "others"),
        (told(charge(), tasks_expired=1), TAKEN, "others"),
        (told(charge(), events_unlike_rows=["a"]), TAKEN, "others"),
        (told(charge(), differences=[["key", "detail"]]), TAKEN, "others"),
    ],
)
def test_each_disagreement_is_a_fault(
    rows: dict[str, Any], movements: list[tuple[str, str, int]], kind: str
) -> None:
    verdict = judge(rows, book(*movements))

    assert getattr(verdict, kind), verdict
    assert verdict.faults()


@pytest.mark.parametrize("said", [{"paid": {"r": "a"}}, {"paid": {"r": "gone"}}])
def test_a_client_that_was_told_of_a_payment_that_was_none(said: dict[str, Any]) -> None:
    assert judge(told(charge(status="declined")), book(), **said).lost


def test_a_client_that_was_told_of_a_decline_and_paid() -> None:
    assert judge(told(charge()), book(*TAKEN), declined=["r"]).lost
