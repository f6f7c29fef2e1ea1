"""The pure rules of charges, by tables and by search."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from charges.rules.answers import Decline, Intent
from charges.rules.books import difference, difference_of_other
from charges.rules.contests import can_contest
from charges.rules.history import Outlook, step_of, steps_ahead
from charges.rules.months import month_of, months_back
from charges.rules.states import CHARGE, ENDED, OPEN, ChargeStatus, Wish
from charges.rules.steps import (
    Facts,
    Move,
    contested_hold_ends,
    may_lapse_again,
    next_authorisation,
    next_move,
    retry_delay,
)

AT = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
INTENT_STATUSES = [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "succeeded",
    "canceled",
]
ASKS = {Move.CREATE, Move.CONFIRM, Move.CAPTURE, Move.CANCEL, Move.RELEASE, Move.REFUND}


def intent(status: str, **changes: object) -> Intent:
    values: dict[str, object] = {
        "id": "pi_1",
        "status": status,
        "cents": 500,
        "received_cents": 0,
        "refunded_cents": 0,
        "customer_id": "cus_1",
        "charge_id": "c",
        "round": 1,
        "created_at": AT,
    }
    return Intent(**{**values, **changes})  # type: ignore[arg-type]


def facts(status: str, **changes: object) -> Facts:
    values: dict[str, object] = {
        "kind": "stake",
        "status": status,
        "wish": "",
        "is_contested": False,
        "cents": 500,
        "seen_failure": "",
    }
    return Facts(**{**values, **changes})  # type: ignore[arg-type]


NO = {"failure": Decline("generic_decline", "No."), "failure_id": "ch_1"}


@pytest.mark.parametrize(
    ("row", "found", "move"),
    [
        (facts("reserved", kind="direct"), None, Move.BEGIN),
        (facts("notified"), None, Move.BEGIN),
        (facts("notified", is_contested=True), None, Move.REST),
        (facts("authorising"), None, Move.CREATE),
        (facts("authorising", is_contested=True), None, Move.RELEASED),
        (facts("authorised"), None, Move.DIFFERS),
        (facts("authorising"), intent("requires_confirmation"), Move.CONFIRM),
        (facts("authorising"), intent("requires_payment_method"), Move.CONFIRM),
        (facts("authorising"), intent("requires_payment_method", **NO), Move.DECLINED),
        (facts("authorising", seen_failure="ch_1"), intent("requires_payment_method", **NO), Move.CONFIRM),
        (facts("authorising"), intent("requires_action"), Move.DECLINED),
        (facts("authorising"), intent("processing"), Move.WAIT),
        (facts("authorising"), intent("requires_capture"), Move.HELD),
        (facts("authorising", is_contested=True), intent("requires_capture"), Move.HELD),
        (facts("authorising", is_contested=True), intent("requires_confirmation"), Move.RELEASE),
        (facts("authorising"), intent("canceled"), Move.LAPSED),
        (facts("authorised"), intent("requires_capture"), Move.BEGIN),
        (facts("authorised", is_contested=True), intent("requires_capture"), Move.RELEASE),
        (facts("authorised", is_contested=True), intent("canceled"), Move.RELEASED),
        (facts("authorised"), intent("canceled"), Move.LAPSED),
        (facts("authorised"), intent("requires_confirmation"), Move.DIFFERS),
        (facts("capturing"), intent("requires_capture"), Move.CAPTURE),
        (facts("capturing", is_contested=True), intent("requires_capture"), Move.RELEASE),
        (facts("capturing", is_contested=True), intent("succeeded"), Move.TAKEN),
        (facts("capturing", kind="direct"), None, Move.CREATE),
        (facts("capturing", kind="direct"), intent("requires_confirmation"), Move.CONFIRM),
        (facts("capturing", kind="direct"), intent("canceled"), Move.CANCELLED),
        (facts("notified", wish="cancel"), None, Move.CANCELLED),
        (facts("authorised", wish="cancel"), intent("requires_capture"), Move.CANCEL),
        (facts("capturing", wish="cancel"), intent("succeeded"), Move.TAKEN),
        (facts("captured"), intent("succeeded"), Move.REST),
        (facts("captured", wish="forgive"), intent("succeeded"), Move.REFUND),
        (facts("captured", wish="refund"), intent("succeeded", refunded_cents=500), Move.REFUNDED),
        (facts("captured", wish="refund"), intent("requires_capture"), Move.DIFFERS),
        (facts("declined"), intent("requires_payment_method", **NO), Move.REST),
        (facts("capturing"), intent("requires_capture", cents=400), Move.DIFFERS),
    ],
)
def test_what_follows(row: Facts, found: Intent | None, move: Move) -> None:
    assert next_move(row, found) is move


EVERY_ROW = [
    facts(status, kind=kind, wish=wish, is_contested=is_contested)
    for status, kind, wish, is_contested in product(ChargeStatus, ("stake", "direct"), Wish, (False, True))
]


def test_money_moves_only_where_the_row_says_so() -> None:
    for row, status in product(EVERY_ROW, [None, *INTENT_STATUSES]):
        move = next_move(row, intent(status) if status else None)
        if move in {Move.CONFIRM, Move.CAPTURE, Move.CREATE}:
            assert row.status in {"authorising", "capturing"}
            assert not row.is_contested
            assert row.wish in {"", "refund"}
        if move == Move.CAPTURE:
            assert row.status == "capturing"
        if move == Move.REFUND:
            assert (row.status, row.wish in {"refund", "forgive"}) == ("captured", True)
        if row.status in ENDED and row.status != "captured":
            assert move is Move.REST


@given(some.sampled_from(EVERY_ROW), some.lists(some.sampled_from(INTENT_STATUSES), max_size=6))
def test_what_was_seen_never_leads_to_two_calls_for_one_status(row: Facts, statuses: list[str]) -> None:
    for status in statuses:
        assert next_move(row, intent(status)) is next_move(row, intent(status))


def test_tables_end_where_they_say() -> None:
    assert set(ChargeStatus) == OPEN | ENDED
    assert set() == OPEN & ENDED
    from_ended = {name for name, (sources, _) in CHARGE.items() if sources & ENDED}
    assert from_ended == {"refund"}
    assert {target for _, target in CHARGE.values()} == set(ChargeStatus) - {"reserved"}


def test_tries_come_later_and_later() -> None:
    delays = [retry_delay(tries).total_seconds() for tries in range(12)]

    assert delays == [1, 1, 3, 10, 30, 60, 120, 240, 300, 300, 300, 300]


def test_three_more_days_and_one_more_hold() -> None:
    assert [next_authorisation(declines, AT) for declines in (1, 3, 4)] == [
        AT + timedelta(days=1),
        AT + timedelta(days=1),
        None,
    ]
    assert [may_lapse_again(lapses) for lapses in (1, 2)] == [True, False]
    assert contested_hold_ends(None) is None
    assert contested_hold_ends(AT) == AT - timedelta(hours=24)


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ("2026-03-31T23:59:59.999999+00:00", date(2026, 3, 1)),
        ("2026-04-01T00:00:00+00:00", date(2026, 4, 1)),
        ("2026-04-01T01:00:00+02:00", date(2026, 3, 1)),
        ("2026-11-01T00:30:00-04:00", date(2026, 11, 1)),
    ],
)
def test_months_are_utc_months(moment: str, month: date) -> None:
    assert month_of(datetime.fromisoformat(moment)) == month


def test_months_back() -> None:
    assert months_back(date(2026, 2, 1), 3) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]


@pytest.mark.parametrize(
    ("status", "found", "said"),
    [
        ("captured", intent("succeeded"), None),
        ("captured", intent("succeeded", refunded_cents=500), None),
        ("captured", intent("succeeded", refunded_cents=5), "5 cents refunded there"),
        ("captured", intent("canceled"), "captured here, canceled there"),
        ("refunded", intent("succeeded", refunded_cents=500), None),
        ("refunded", intent("succeeded"), "not refunded there"),
        ("cancelled", intent("canceled"), None),
        ("cancelled", intent("succeeded"), "cancelled here, succeeded there"),
        ("declined", intent("requires_capture"), "declined here, requires_capture there"),
        ("authorised", intent("succeeded"), None),
        ("captured", intent("succeeded", cents=400), "400 cents there"),
    ],
)
def test_where_two_books_differ(status: str, found: Intent, said: str | None) -> None:
    assert difference(status=status, cents=500, intent=found) == said


def test_an_intent_that_is_not_the_charges_own() -> None:
    assert difference_of_other(round_=1, intent=intent("requires_confirmation")) is None
    assert difference_of_other(round_=2, intent=intent("requires_capture")) is None
    assert difference_of_other(round_=1, intent=intent("requires_capture")) is not None


# --- what owners are shown ---
def test_contests_end_with_the_decision_or_sixty_days_after_the_money() -> None:
    open_one: dict[str, Any] = {
        "kind": "stake",
        "status": "captured",
        "decided_at": None,
        "ended_at": AT,
        "at": AT,
    }

    assert can_contest(**open_one)
    assert can_contest(**{**open_one, "at": AT + timedelta(days=60, microseconds=-1)})
    assert not can_contest(**{**open_one, "at": AT + timedelta(days=60)})
    assert not can_contest(**{**open_one, "decided_at": AT})
    assert not can_contest(**{**open_one, "kind": "direct"})
    allowed = {status for status in ChargeStatus if can_contest(**{**open_one, "status": status})}
    assert allowed == {"notified", "authorising", "authorised", "capturing", "captured"}


@pytest.mark.parametrize(
    ("event", "actor", "kind", "after", "shown"),
    [
        ("open", "system", "stake", "notified", "missed"),
        ("open", "owner", "stake", "notified", "uncled"),
        ("open", "owner", "direct", "reserved", "asked"),
        ("refund", "staff:1", "stake", "captured", "refund_decided"),
        ("refund", "processor", "stake", "refunded", "refunded"),
        ("lapse", "processor", "stake", "lapsed", "lapsed"),
        ("authorise", "system", "stake", "authorising", None),
        ("intent", "system", "stake", "authorising", None),
    ],
)
def test_steps_of_the_log(event: str, actor: str, kind: str, after: str, shown: str | None) -> None:
    assert step_of(event, actor=actor, kind=kind, after=after) == shown


def ahead(status: str, **changes: object) -> list[tuple[str, object]]:
    values: dict[str, Any] = {
        "is_still": False,
        "mailed_at": AT,
        "due_at": AT + DAY,
        "capture_at": AT + 2 * DAY,
    }
    return [(step.kind, step.at) for step in steps_ahead(Outlook(status=status, **{**values, **changes}))]


def test_what_comes_next() -> None:
    assert ahead("notified") == [("will_hold", AT + DAY), ("will_take", AT + 2 * DAY)]
    assert ahead("notified", mailed_at=None) == [("will_hold", None), ("will_take", None)]
    assert ahead("notified", due_at=AT + 3 * DAY)[1] == ("will_take", AT + 3 * DAY)
    assert ahead("authorising") == [("will_hold", None), ("will_take", AT + 2 * DAY)]
    assert ahead("authorised", due_at=AT + 2 * DAY) == [("will_take", AT + 2 * DAY)]
    assert ahead("capturing") == [("will_take", None)]
    assert [ahead(status) for status in ("captured", "declined", "refunded", "reserved")] == [[], [], [], []]
    assert ahead("notified", is_still=True) == []
