"""A missed deadline from expiry to capture: time alone, with a real processor behind it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import Charge
from charges.operations.missed import ChargeHasBegun, TaskIsComplete, cry_uncle, expire_missed
from charges.operations.staking import change_stake
from charges.queries.stakes import Stake, stake_of
from tasks.models import Occurrence, Task
from tasks.operations.lifecycle import complete_task, trigger_task, uncomplete_task
from tasktracker.core import clock
from tasktracker.core.errors import NotFound
from tasktracker.outbox.models import Delivery
from tests.domain.charges.conftest import (
    DAY,
    DECLINES,
    DUE,
    charge_of,
    everything,
    give,
    log_of,
    mail_text,
    mails,
    sweep,
)
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db
HELD = [("authorised", 500)]
TAKEN = [("authorised", 500), ("captured", 500)]


@pytest.mark.usefixtures("card")
def test_from_deadline_to_capture(stake: Stake, caller: Principal, processor: FakeStripe) -> None:
    def now(at: datetime) -> tuple[str, str | None, list[tuple[str, int]]]:
        sweep(at)
        shown = stake_of(caller, stake.task.pk)
        return shown.task.status, shown.charge_status, processor.movements()

    assert now(DUE - timedelta(seconds=1)) == ("pending", None, [])
    assert now(DUE) == ("expired", "notified", [])
    assert now(DUE + DAY - timedelta(seconds=1)) == ("expired", "notified", [])
    assert now(DUE + DAY) == ("expired", "authorized", HELD)
    assert now(DUE + 2 * DAY - timedelta(seconds=1)) == ("expired", "authorized", HELD)
    assert now(DUE + 2 * DAY) == ("expired", "captured", TAKEN)
    assert now(DUE + 30 * DAY) == ("expired", "captured", TAKEN)

    charge = charge_of(stake)
    assert log_of(charge) == ["open", "mailed", "authorise", "intent", "hold", "capture", "take"]
    assert mails() == ["charge.missed", "charge.authorised", "charge.receipt"]
    assert (charge.mailed_at, charge.authorised_at, charge.ended_at) == (DUE, DUE + DAY, DUE + 2 * DAY)


def test_a_sweep_twice_tells_once(stake: Stake) -> None:
    first = sweep(DUE)
    before = everything()

    assert first == {"charges.expire": 1, "charges.mails": 1, "deliveries.delivered": 1}
    assert (sweep(DUE), sweep(DUE)) == ({}, {})

    after = everything()
    assert len(after["Charge"]) == len(before["Charge"]) == 1
    assert (mails(), Delivery.objects.count()) == (["charge.missed"], 1)
    assert charge_of(stake).due_at == DUE + DAY


def test_the_mail_says_what_happens_and_how_to_contest(stake: Stake) -> None:
    expire_missed(DUE)

    text = mail_text("charge.missed")

    charge = charge_of(stake)
    assert "The deadline of this task has passed" in text
    assert "Water the plants" in text
    assert "due 4 January 2100, 12:00 (UTC)" in text
    assert "authorised 24 hours after this mail and charged 48 hours after it" in text
    assert f"/charges/{charge.pk}/contest/?key=" in text


@pytest.mark.usefixtures("card")
def test_the_delays_are_settings(stake: Stake, processor: FakeStripe, settings: Settings) -> None:
    settings.TASKTRACKER_AUTHORISE_AFTER_SECONDS = 60
    settings.TASKTRACKER_CAPTURE_AFTER_SECONDS = 120

    sweep(DUE)
    sweep(DUE + timedelta(seconds=60))
    assert processor.movements() == HELD
    sweep(DUE + timedelta(seconds=120))

    assert processor.movements() == TAKEN


@pytest.mark.usefixtures("card")
def test_workers_that_were_down_for_days_do_each_step_once(stake: Stake, processor: FakeStripe) -> None:
    sweep(DUE + 3 * DAY)  # only now does anybody look: the mail goes out now
    assert processor.movements() == []
    sweep(DUE + 10 * DAY)

    assert processor.movements() == TAKEN


def test_the_delays_wait_for_the_mail_server(stake: Stake, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # refuses connections
    settings.TASKTRACKER_DELIVERY_DELAYS_SECONDS = (0.0, 3600.0)

    sweep(DUE)
    assert charge_of(stake).mailed_at is None
    sweep(DUE + DAY * 5)
    sweep(DUE + DAY * 5)

    charge = charge_of(stake)
    assert (charge.status, charge.needs_person, charge.mailed_at) == ("notified", "mail_failed", None)
    assert log_of(charge) == ["open", "needs_person"]
    sweep(DUE + DAY * 50)
    assert charge_of(stake).status == "notified"


def test_uncle_begins_the_same_chain_at_once(stake: Stake, caller: Principal) -> None:
    at = DUE - 5 * DAY

    cry_uncle(principal=caller, task_id=stake.task.pk, at=at)

    shown = stake_of(caller, stake.task.pk)
    assert (shown.task.status, shown.charge_status) == ("expired", "notified")
    assert mails() == ["charge.missed"]
    assert "You cried uncle on this task" in mail_text("charge.missed")
    with pytest.raises(ChargeHasBegun):
        cry_uncle(principal=caller, task_id=stake.task.pk, at=at)
    sweep(DUE)
    assert mails() == ["charge.missed"]


def test_uncle_after_expiry_and_after_completion(make_stake: Callable[..., Stake], caller: Principal) -> None:
    missed, done = make_stake(), make_stake(due_at=DUE + DAY)
    complete_task(principal=caller, task_id=done.task.pk, at=DUE)
    expire_missed(DUE)
    before = everything()

    with pytest.raises(ChargeHasBegun):
        cry_uncle(principal=caller, task_id=missed.task.pk, at=DUE)
    with pytest.raises(TaskIsComplete):
        cry_uncle(principal=caller, task_id=done.task.pk, at=DUE)

    assert everything() == before


def test_strangers_cry_no_uncle(stake: Stake, outsider: User, principal_of: Callable[..., Principal]) -> None:
    before = everything()

    with pytest.raises(NotFound):
        cry_uncle(principal=principal_of(outsider), task_id=stake.task.pk, at=DUE)

    assert everything() == before


def test_who_completed_in_time_is_never_told(stake: Stake, caller: Principal) -> None:
    complete_task(principal=caller, task_id=stake.task.pk, at=DUE - DAY)

    assert sweep(DUE + DAY) == {}
    assert Charge.objects.count() == 0


def test_who_reopens_and_forgets_is(stake: Stake, caller: Principal) -> None:
    complete_task(principal=caller, task_id=stake.task.pk, at=DUE - DAY)
    uncomplete_task(principal=caller, task_id=stake.task.pk, at=DUE - DAY)

    sweep(DUE)

    assert charge_of(stake).status == "notified"


def test_a_pending_occurrence_is_missed(stake: Stake, caller: Principal) -> None:
    trigger_task(principal=caller, task_id=stake.task.pk, at=DUE - DAY)

    expire_missed(DUE)

    assert list(Occurrence.objects.values_list("status", "closed_at")) == [("missed", DUE)]


def test_a_cancelled_task_is_no_way_out(stake: Stake) -> None:
    Task.objects.filter(pk=stake.task.pk).update(status="cancelled")

    assert expire_missed(DUE) == 1


def test_a_deadline_that_has_just_passed_waits_for_completions(stake: Stake) -> None:
    just = clock.now()
    Task.objects.filter(pk=stake.task.pk).update(due_at=just - timedelta(seconds=1))
    assert expire_missed(just) == 0

    Task.objects.filter(pk=stake.task.pk).update(due_at=just - timedelta(seconds=3))
    assert expire_missed(just) == 1


def test_closed_accounts_expire_nothing(stake: Stake, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert expire_missed(DUE) == 0


def test_a_refused_hold_is_tried_on_three_more_days(stake: Stake, owner: User, processor: FakeStripe) -> None:
    give(owner, DECLINES)
    sweep(DUE)
    days = []
    for day in range(1, 7):
        sweep(DUE + day * DAY)
        charge = charge_of(stake)
        days.append((charge.status, charge.declines))

    assert days == [("notified", 1), ("notified", 2), ("notified", 3), *[("declined", 4)] * 3]
    charge = charge_of(stake)
    assert (charge.ended_at, charge.decline_code) == (DUE + 4 * DAY, "generic_decline")
    assert mails() == ["charge.missed", *["charge.declined"] * 4]
    assert Charge.objects.exclude(intent_id=None).count() == 1  # one intent for all four days
    assert (processor.movements(), len(processor.client().payment_intents.list().data)) == ([], 1)


def test_a_better_card_is_taken_the_next_day(stake: Stake, owner: User, processor: FakeStripe) -> None:
    give(owner, DECLINES)
    sweep(DUE)
    sweep(DUE + DAY)
    give(owner, "pm_card_visa")

    sweep(DUE + 2 * DAY)

    assert processor.movements() == TAKEN  # 48 hours after the mail


@pytest.mark.usefixtures("processor")
def test_without_a_card_it_is_declined_the_same_way(stake: Stake) -> None:
    sweep(DUE)
    for day in range(1, 5):
        sweep(DUE + day * DAY)

    charge = charge_of(stake)
    assert (charge.status, charge.decline_code, charge.intent_id) == ("declined", "no_card", None)


@pytest.mark.usefixtures("card")
def test_a_hold_that_lapsed_is_made_once_more(stake: Stake, processor: FakeStripe) -> None:
    processor.move_clock(hold_seconds=3600)
    sweep(DUE)
    sweep(DUE + DAY)
    processor.move_clock(advance_seconds=7200, hold_seconds=7 * 86400)

    sweep(DUE + 2 * DAY)

    charge = charge_of(stake)
    assert (charge.status, charge.lapses, charge.round) == ("captured", 1, 2)
    assert processor.movements() == [
        ("authorised", 500),
        ("released", 500),
        ("authorised", 500),
        ("captured", 500),
    ]


@pytest.mark.usefixtures("card")
def test_a_hold_that_lapses_again_is_the_end(stake: Stake, processor: FakeStripe, settings: Settings) -> None:
    processor.move_clock(hold_seconds=0)
    sweep(DUE)
    sweep(DUE + DAY)
    sweep(DUE + 2 * DAY)
    sweep(DUE + 3 * DAY)

    charge = charge_of(stake)
    assert (charge.status, charge.lapses) == ("lapsed", 2)
    assert "captured" not in dict(processor.movements())


@pytest.mark.usefixtures("card")
def test_month_edges_and_dst_move_nothing(make_stake: Callable[..., Stake], processor: FakeStripe) -> None:
    edge = datetime(2100, 3, 31, 23, 59, 59, tzinfo=UTC)
    stake = make_stake(due_at=edge)

    sweep(edge)
    sweep(edge + DAY - timedelta(seconds=1))
    assert charge_of(stake).status == "notified"
    sweep(edge + DAY)

    assert charge_of(stake).status == "authorised"


def test_terms_that_changed_decide(stake: Stake, caller: Principal) -> None:
    change_stake(principal=caller, task_id=stake.task.pk, stake_cents=900, due_at=DUE - DAY, at=DUE - 2 * DAY)

    expire_missed(DUE - DAY)

    assert charge_of(stake).cents == 900
