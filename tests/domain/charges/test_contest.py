"""Contesting a charge, and what staff decides: it stands still, then goes on, ends, or goes back."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import Charge, ChargeEvent
from charges.operations.chain import note_accepted_mails
from charges.operations.charge import charge_now
from charges.operations.closing import close_account
from charges.operations.contest import CannotBeContested, contest_by_link, contest_charge
from charges.operations.decisions import CannotBeDecided, Decision, decide
from charges.operations.mails import contest_link
from charges.operations.missed import expire_missed
from charges.queries.charges import charge_by_link
from charges.queries.stakes import Stake, stake_of
from tasktracker.core.errors import Forbidden, Invalid, NotFound
from tasktracker.outbox.operations.drain import drain
from tests.conftest import NOW
from tests.domain.charges.conftest import DAY, DUE, charge_of, everything, log_of, mails, sweep
from tests.plugins.fake_stripe import FakeStripe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("card")]
TAKEN = [("authorised", 500), ("captured", 500)]
COMMAND = UUID(int=7)


@pytest.fixture
def staff(make_user: Callable[..., User], principal_of: Callable[..., Principal]) -> Principal:
    user = make_user("staff")
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    return principal_of(user)


@pytest.fixture
def judge(staff: Principal) -> Callable[..., Charge]:
    def make(stake: Stake, decision: Decision, *, command_id: UUID = COMMAND, **values: object) -> Charge:
        said = {"charge_id": charge_of(stake).pk, "decision": decision, "command_id": command_id, **values}
        return decide(**{"principal": staff, "at": DUE + DAY, **said})  # type: ignore[arg-type]

    return make


def contest(stake: Stake, at: object = DUE, reason: str = "It was done") -> Charge:
    charge = charge_of(stake)
    key = contest_link(charge).partition("?key=")[2]
    return contest_by_link(charge_id=charge.pk, key=key, reason=reason, at=at)  # type: ignore[arg-type]


def test_before_the_hold_it_stands_still(stake: Stake, caller: Principal, processor: FakeStripe) -> None:
    sweep(DUE)
    contest(stake)
    sweep(DUE + DAY)
    sweep(DUE + 9 * DAY)

    shown = stake_of(caller, stake.task.pk)
    assert (shown.charge_status, shown.is_contested, processor.movements()) == ("notified", True, [])
    charge = charge_of(stake)
    assert (charge.contest_text, charge.contested_at, charge.due_at) == ("It was done", DUE, None)
    assert mails() == ["charge.missed", "charge.contested"]


def test_before_the_mail_is_out(stake: Stake, processor: FakeStripe) -> None:
    expire_missed(DUE)
    contest(stake)
    sweep(DUE)
    sweep(DUE + 9 * DAY)

    assert (charge_of(stake).mailed_at, charge_of(stake).status, processor.movements()) == (
        DUE,
        "notified",
        [],
    )


def test_forgiven_before_the_mail_is_out(
    stake: Stake, judge: Callable[..., Charge], processor: FakeStripe
) -> None:
    """The mail's acceptance must not put off what staff wished for; else nothing would ever end it."""
    expire_missed(DUE)
    contest(stake)
    judge(stake, Decision.FORGIVE, at=DUE)
    before = everything()
    with pytest.raises(CannotBeDecided):
        judge(stake, Decision.UPHOLD, at=DUE, command_id=UUID(int=8))
    assert everything() == before

    drain(as_of=DUE)
    note_accepted_mails(DUE)
    assert charge_of(stake).due_at == DUE
    sweep(DUE)

    charge = charge_of(stake)
    assert (charge.status, charge.due_at, processor.movements()) == ("cancelled", None, [])


def test_contested_after_the_account_was_closed(
    stake: Stake, caller: Principal, processor: FakeStripe
) -> None:
    """Who contests at the same moment must not keep the charge from its end."""
    sweep(DUE)
    close_account(principal=caller, at=DUE + DAY)
    contest_charge(principal=caller, charge_id=charge_of(stake).pk, at=DUE + DAY)

    sweep(DUE + DAY)

    assert (charge_of(stake).status, processor.movements()) == ("cancelled", [])


def test_twice_is_once(stake: Stake) -> None:
    sweep(DUE)
    contest(stake)
    before = everything()

    contest(stake, reason="again")

    assert everything() == before


def test_a_hold_stands_still_and_ends_before_it_lapses(stake: Stake, processor: FakeStripe) -> None:
    sweep(DUE)
    sweep(DUE + DAY)
    contest(stake)
    ends = charge_of(stake).capture_before
    assert ends is not None
    assert charge_of(stake).due_at == ends - DAY

    Charge.objects.update(due_at=DUE + 2 * DAY)  # as if the hold had begun when the test's clock says
    sweep(DUE + 2 * DAY)

    charge = charge_of(stake)
    assert (charge.status, charge.intent_id, charge.round, charge.due_at) == ("notified", None, 2, None)
    assert processor.movements() == [("authorised", 500), ("released", 500)]
    assert log_of(charge)[-2:] == ["contest", "release"]


def test_upheld_it_goes_on_where_it_stood(
    stake: Stake, judge: Callable[..., Charge], processor: FakeStripe
) -> None:
    sweep(DUE)
    contest(stake)
    sweep(DUE + DAY)

    judge(stake, Decision.UPHOLD, at=DUE + timedelta(hours=30))
    assert charge_of(stake).due_at == DUE + timedelta(hours=30)
    sweep(DUE + timedelta(hours=30))
    assert processor.movements() == [("authorised", 500)]
    sweep(DUE + 2 * DAY)

    assert processor.movements() == TAKEN
    assert "charge.decided" in mails()
    with pytest.raises(CannotBeContested):
        contest(stake)


def test_upheld_after_its_hold_was_let_go(
    stake: Stake, judge: Callable[..., Charge], processor: FakeStripe
) -> None:
    sweep(DUE)
    sweep(DUE + DAY)
    contest(stake)
    Charge.objects.update(due_at=DUE + 2 * DAY)
    sweep(DUE + 2 * DAY)

    judge(stake, Decision.UPHOLD, at=DUE + 3 * DAY)
    sweep(DUE + 3 * DAY)

    assert processor.movements() == [("authorised", 500), ("released", 500), *TAKEN]


@pytest.mark.parametrize(("days", "moved"), [(0, []), (1, [("authorised", 500), ("released", 500)])])
def test_forgiven_it_ends(
    stake: Stake,
    judge: Callable[..., Charge],
    processor: FakeStripe,
    caller: Principal,
    days: int,
    moved: list[tuple[str, int]],
) -> None:
    sweep(DUE)
    sweep(DUE + days * DAY)
    contest(stake)

    judge(stake, Decision.FORGIVE)
    sweep(DUE + 5 * DAY)

    assert (charge_of(stake).status, processor.movements()) == ("cancelled", moved)
    assert stake_of(caller, stake.task.pk).charge_status is None


def test_forgiven_after_capture_it_goes_back(
    stake: Stake, judge: Callable[..., Charge], processor: FakeStripe
) -> None:
    for days in (0, 1, 2):
        sweep(DUE + days * DAY)
    contest(stake, at=DUE + 3 * DAY)

    judge(stake, Decision.FORGIVE)
    sweep(DUE + 3 * DAY)

    assert (charge_of(stake).status, charge_of(stake).wish) == ("refunded", "")
    assert processor.movements() == [*TAKEN, ("refunded", 500)]


def test_a_direct_charge_can_be_refunded_once(
    caller: Principal, staff: Principal, processor: FakeStripe
) -> None:
    made = charge_now(principal=caller, cents=700, request_id="r", at=NOW)
    values = {"principal": staff, "charge_id": made.id, "decision": Decision.REFUND, "at": NOW}

    decide(**values, command_id=uuid4())  # type: ignore[arg-type]
    with pytest.raises(CannotBeDecided):
        decide(**values, command_id=uuid4())  # type: ignore[arg-type]
    sweep(NOW)

    assert processor.movements()[-1] == ("refunded", 700)
    assert charge_now(principal=caller, cents=700, request_id="r", at=NOW) == made  # its first answer
    with pytest.raises(CannotBeDecided):
        decide(**values, command_id=uuid4())  # type: ignore[arg-type]


def test_a_command_acts_once(stake: Stake, judge: Callable[..., Charge]) -> None:
    sweep(DUE)
    contest(stake)
    judge(stake, Decision.UPHOLD, reason="The photo is of last year")
    before = everything()

    judge(stake, Decision.UPHOLD)

    assert everything() == before
    event = ChargeEvent.objects.get(command_id=COMMAND)
    assert (event.event, event.detail, event.actor[:6]) == ("uphold", "The photo is of last year", "staff:")


def test_only_staff_decides(stake: Stake, caller: Principal, judge: Callable[..., Charge]) -> None:
    sweep(DUE)
    before = everything()

    with pytest.raises(Forbidden):
        judge(stake, Decision.FORGIVE, principal=caller)
    with pytest.raises(CannotBeDecided):
        judge(stake, Decision.UPHOLD)
    with pytest.raises(CannotBeDecided):
        judge(stake, Decision.REFUND)
    with pytest.raises(CannotBeDecided):
        judge(stake, Decision.TRY_AGAIN)
    with pytest.raises(NotFound):
        judge(stake, Decision.FORGIVE, charge_id=uuid4())

    assert everything() == before


def test_links_are_of_one_charge(make_stake: Callable[..., Stake], outsider: User) -> None:
    first, second = make_stake(), make_stake()
    expire_missed(DUE)
    key = contest_link(charge_of(first)).partition("?key=")[2]
    before = everything()

    for charge_id, tried in [(charge_of(second).pk, key), (charge_of(first).pk, key[:-1]), (uuid4(), key)]:
        with pytest.raises(NotFound):
            contest_by_link(charge_id=charge_id, key=tried, at=DUE)
    with pytest.raises(Invalid):
        contest_by_link(charge_id=charge_of(first).pk, key=key, reason="x" * 501, at=DUE)

    assert everything() == before
    assert charge_by_link(charge_id=charge_of(first).pk, key=key) == charge_of(first)


def test_signed_in_one_contests_ones_own(
    stake: Stake, caller: Principal, outsider: User, principal_of: Callable[..., Principal]
) -> None:
    expire_missed(DUE)
    charge = charge_of(stake)

    with pytest.raises(NotFound):
        contest_charge(principal=principal_of(outsider), charge_id=charge.pk, at=DUE)
    contest_charge(principal=caller, charge_id=charge.pk, reason="no", at=DUE)

    assert charge_of(stake).is_contested


def test_direct_charges_and_ended_ones_are_not_contested(
    stake: Stake, caller: Principal, judge: Callable[..., Charge]
) -> None:
    made = charge_now(principal=caller, cents=700, request_id="r", at=NOW)
    sweep(DUE)
    judge(stake, Decision.FORGIVE)
    sweep(DUE + DAY)

    with pytest.raises(CannotBeContested):
        contest_charge(principal=caller, charge_id=made.id, at=DUE)
    with pytest.raises(CannotBeContested):
        contest(stake)


def test_replayed_events_give_the_charge(stake: Stake, judge: Callable[..., Charge]) -> None:
    sweep(DUE)
    sweep(DUE + DAY)
    contest(stake)
    judge(stake, Decision.FORGIVE)
    sweep(DUE + 2 * DAY)

    charge = charge_of(stake)
    events = list(ChargeEvent.objects.filter(charge=charge).order_by("pk"))
    for before, after in pairwise(events):
        assert after.before == before.after
    last = events[-1]
    assert (last.after, last.after_wish, last.after_is_contested, last.after_needs_person) == (
        charge.status,
        charge.wish,
        charge.is_contested,
        charge.needs_person,
    )
