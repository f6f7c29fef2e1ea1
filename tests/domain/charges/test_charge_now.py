"""Charging at once: POST /me/charges, as the domain does it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.rules.principal import NotForKeys, Principal
from charges.models import Charge
from charges.operations.chain import drive_all_due
from charges.operations.charge import (
    CardDeclined,
    ChargeUndecided,
    NoCard,
    charge_now,
)
from charges.operations.ledger import MonthlyChargeLimitExceeded
from charges.operations.limits import set_limits
from tasktracker.core.errors import Invalid
from tests.conftest import NOW
from tests.domain.charges.conftest import DECLINES, everything, give, ledger, log_of, mails
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db


def charge(caller: Principal, cents: int = 500, **values: Any) -> Any:
    return charge_now(**{"principal": caller, "cents": cents, "at": NOW, **values})


@pytest.mark.usefixtures("card")
def test_a_charge_is_taken_at_once(caller: Principal, owner: User, processor: FakeStripe) -> None:
    made = charge(caller, 500, note="Missed my workout", request_id="r1")

    row = Charge.objects.get()
    assert (made.id, made.cents, made.note, made.created_at) == (row.pk, 500, "Missed my workout", NOW)
    assert (row.status, row.due_at, row.ended_at, row.lease_until) == ("captured", None, NOW, None)
    assert processor.movements() == [("authorised", 500), ("captured", 500)]
    assert processor.book()["movements"][0]["metadata"] == {"charge_id": str(row.pk), "round": "1"}
    assert ledger(owner) == [("2026-03", 0, 500)]
    assert log_of(row) == ["open", "charge", "intent", "take"]
    assert mails() == ["charge.receipt"]


@pytest.mark.usefixtures("card")
def test_a_request_id_is_answered_once_for_ever(caller: Principal, processor: FakeStripe) -> None:
    first = charge(caller, 500, request_id="r1")

    again = charge(caller, 900, request_id="r1", note="other", at=datetime(2027, 1, 1, tzinfo=UTC))

    assert again == first
    assert processor.movements() == [("authorised", 500), ("captured", 500)]


@pytest.mark.usefixtures("card")
def test_request_ids_are_the_accounts_own(
    caller: Principal, outsider: User, principal_of: Callable[..., Principal], processor: FakeStripe
) -> None:
    give(outsider, "pm_card_visa")
    charge(caller, 500, request_id="r1")

    theirs = charge(principal_of(outsider), 700, request_id="r1")

    assert theirs.cents == 700
    assert [cents for kind, cents in processor.movements() if kind == "captured"] == [500, 700]


@pytest.mark.usefixtures("card")
def test_without_a_request_id_each_call_charges(caller: Principal, processor: FakeStripe) -> None:
    charge(caller)
    charge(caller)

    assert [kind for kind, _ in processor.movements()].count("captured") == 2


def test_a_decline_is_recorded_and_replayed(caller: Principal, owner: User, processor: FakeStripe) -> None:
    give(owner, DECLINES)

    with pytest.raises(CardDeclined, match="Your card was declined"):
        charge(caller, request_id="r1")
    with pytest.raises(CardDeclined, match="Your card was declined"):
        charge(caller, request_id="r1")

    row = Charge.objects.get()
    assert (row.status, row.decline_code) == ("declined", "generic_decline")
    assert ledger(owner) == [("2026-03", 0, 0)]
    assert (processor.movements(), mails()) == ([], [])


def test_another_request_id_tries_again(caller: Principal, owner: User, processor: FakeStripe) -> None:
    give(owner, DECLINES)
    with pytest.raises(CardDeclined):
        charge(caller, request_id="r1")
    give(owner, "pm_card_visa")

    assert charge(caller, request_id="r2").cents == 500


@pytest.mark.usefixtures("processor")
def test_without_a_card_nothing_is_reserved(caller: Principal, owner: User) -> None:
    before = everything()

    with pytest.raises(NoCard, match="No payment method on file"):
        charge(caller, request_id="r1")

    assert everything() == before


@pytest.mark.usefixtures("card")
def test_a_dry_run_checks_and_stores_nothing(caller: Principal, processor: FakeStripe) -> None:
    before = everything()

    made = charge(caller, 700, note="n", is_dry_run=True)

    assert (made.cents, made.note, made.is_dry_run) == (700, "n", True)
    assert {**everything(), "MonthLedger": []} == before
    assert processor.movements() == []


@pytest.mark.usefixtures("card")
def test_a_dry_run_of_a_known_request_id_returns_its_charge(caller: Principal) -> None:
    first = charge(caller, request_id="r1")

    assert charge(caller, request_id="r1", is_dry_run=True) == first


@pytest.mark.usefixtures("processor")
def test_a_dry_run_asks_for_a_card_and_for_room(caller: Principal, owner: User) -> None:
    with pytest.raises(NoCard):
        charge(caller, is_dry_run=True)
    give(owner, "pm_card_visa")
    with pytest.raises(MonthlyChargeLimitExceeded):
        charge(caller, 10_001, is_dry_run=True)


@pytest.mark.usefixtures("card")
def test_the_default_cap_is_a_hundred_dollars(caller: Principal, owner: User) -> None:
    charge(caller, 9_900)

    with pytest.raises(MonthlyChargeLimitExceeded, match="Monthly charge limit exceeded"):
        charge(caller, 200)
    charge(caller, 100)

    assert ledger(owner) == [("2026-03", 0, 10_000)]


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize(("limit", "is_allowed"), [(0, False), (499, False), (500, True), (None, True)])
def test_the_cap_is_the_accounts_choice(caller: Principal, limit: int | None, is_allowed: bool) -> None:
    set_limits(principal=caller, monthly_charge_limit_cents=limit, at=NOW)

    if is_allowed:
        assert charge(caller, 500).cents == 500
    else:
        with pytest.raises(MonthlyChargeLimitExceeded):
            charge(caller, 500)


@pytest.mark.usefixtures("card")
def test_a_month_is_a_utc_month(caller: Principal, owner: User) -> None:
    charge(caller, 10_000, at=datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC))
    with pytest.raises(MonthlyChargeLimitExceeded):
        charge(caller, 100, at=datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC))

    charge(caller, 10_000, at=datetime(2026, 4, 1, tzinfo=UTC))

    assert ledger(owner) == [("2026-03", 0, 10_000), ("2026-04", 0, 10_000)]


@pytest.mark.usefixtures("processor")
def test_declines_do_not_count(caller: Principal, owner: User) -> None:
    give(owner, DECLINES)
    for number in range(3):
        with pytest.raises(CardDeclined):
            charge(caller, 10_000, request_id=str(number))
    give(owner, "pm_card_visa")

    assert charge(caller, 10_000).cents == 10_000


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cents": 99}, "cents"),
        ({"cents": 100_000_000}, "cents"),
        ({"note": "x" * 501}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"request_id": "x" * 256}, "request_id"),
    ],
)
def test_what_is_wrong_is_refused(caller: Principal, wrong: dict[str, Any], field: str) -> None:
    before = everything()

    with pytest.raises(Invalid) as refusal:
        charge(caller, **wrong)

    assert [problem.field for problem in refusal.value.problems] == [field]
    assert everything() == before


def test_keys_of_other_dialects_charge_nothing(owner: User, principal_of: Callable[..., Principal]) -> None:
    with pytest.raises(NotForKeys):
        charge(principal_of(owner, kind="triggers_token"))
    with pytest.raises(NoCard):
        charge(principal_of(owner, kind="stakes_key"))


@pytest.mark.usefixtures("card")
def test_no_clear_answer_in_time_is_said_so_and_settled_later(
    caller: Principal, owner: User, processor: FakeStripe, settings: Settings
) -> None:
    settings.TASKTRACKER_CHARGE_SECONDS = settings.TASKTRACKER_TWIN_SECONDS = 0.3
    processor.fail({"kind": "500_before", "path": "/v1/payment_intents**", "probability": 1}, seed=1)

    with pytest.raises(ChargeUndecided, match="requestid r1") as undecided:
        charge(caller, request_id="r1")
    with pytest.raises(ChargeUndecided):
        charge(caller, request_id="r1")
    assert undecided.value.retry_after == 5
    assert ledger(owner) == [("2026-03", 0, 500)]

    processor.fail()
    row = Charge.objects.get()
    drive_all_due(row.due_at)
    assert charge(caller, request_id="r1").id == row.pk
    assert processor.movements() == [("authorised", 500), ("captured", 500)]


@pytest.mark.usefixtures("card")
def test_the_server_names_the_request_id_that_it_made(
    caller: Principal, processor: FakeStripe, settings: Settings
) -> None:
    settings.TASKTRACKER_CHARGE_SECONDS = 0.1
    processor.fail({"kind": "drop_before", "path": "/v1/payment_intents", "probability": 1}, seed=1)

    with pytest.raises(ChargeUndecided) as undecided:
        charge(caller)

    assert Charge.objects.get().request_id in str(undecided.value)
