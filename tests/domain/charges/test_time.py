"""What comes round by itself: recurring stakes, and the daily digest."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import RecurringStake, Wallet
from charges.operations.digest import queue_digests, unsubscribe_by_link, unsubscribe_link
from charges.operations.limits import set_limits
from charges.operations.recurrence import NoSuchRecurring, make_recurring, stop_recurring
from charges.queries.recurring import recurring_page
from charges.queries.stakes import Stake
from charges.rules.digests import next_morning
from charges.rules.recurrence import next_due, next_month_due
from tasks.models import Task
from tasks.operations.lifecycle import complete_task
from tasktracker.core.errors import NotFound
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.mail import clear_payload
from tests.conftest import NOW
from tests.domain.charges.conftest import DAY, DUE, ledger, mail_text, mails, sweep

pytestmark = pytest.mark.django_db


def deadlines() -> list[datetime]:
    return [due for due in Task.objects.order_by("due_at").values_list("due_at", flat=True) if due]


@pytest.mark.parametrize(
    ("days_after", "slot"),
    [(-1, 7), (0, 7), (6, 7), (7, 14), (7.5, 14), (30, 35), (365, 371)],
)
def test_the_next_slot(days_after: float, slot: int) -> None:
    assert next_due(last_due_at=DUE, days=7, at=DUE + DAY * days_after) == DUE + DAY * slot


def test_the_next_task_comes_when_the_deadline_has_passed(
    make_stake: Callable[..., Stake], owner: User
) -> None:
    make_stake(recurrence_days=7)

    assert make_recurring(DUE - timedelta(seconds=1)) == 0
    assert make_recurring(DUE) == 1
    assert make_recurring(DUE) == 0

    assert deadlines() == [DUE, DUE + 7 * DAY]
    newest = Task.objects.order_by("due_at").last()
    assert newest is not None
    assert (newest.title, newest.stake_cents, newest.created_at) == ("Water the plants", 500, DUE)
    assert RecurringStake.objects.get().last_due_at == DUE + 7 * DAY
    assert ledger(owner) == [("2026-03", 500, 0), ("2100-01", 500, 0)]


def test_a_pause_makes_no_backlog(make_stake: Callable[..., Stake]) -> None:
    make_stake(recurrence_days=7)

    assert make_recurring(DUE + 30 * DAY) == 1

    assert deadlines() == [DUE, DUE + 35 * DAY]


def test_a_slot_that_the_limit_forbids_is_passed_over(
    make_stake: Callable[..., Stake], caller: Principal, owner: User
) -> None:
    make_stake(recurrence_days=7)
    set_limits(principal=caller, monthly_stake_limit_cents=499, at=NOW)

    assert make_recurring(DUE) == 0
    assert make_recurring(DUE) == 0

    assert deadlines() == [DUE]
    assert ledger(owner) == [("2026-03", 500, 0)]
    assert "was not made for 11 January 2100, 12:00 (UTC)" in mail_text("stake.skipped")
    set_limits(principal=caller, monthly_stake_limit_cents=None, at=NOW)
    assert make_recurring(DUE + 7 * DAY) == 1
    assert deadlines() == [DUE, DUE + 14 * DAY]


def test_stopping_ends_it_for_its_owner_only(
    make_stake: Callable[..., Stake],
    caller: Principal,
    outsider: User,
    principal_of: Callable[..., Principal],
) -> None:
    make_stake(recurrence_days=7)
    (recurring,) = recurring_page(principal=caller)

    for principal, recurring_id in [(principal_of(outsider), recurring.pk), (caller, uuid4())]:
        with pytest.raises(NoSuchRecurring, match="Recurring task not found"):
            stop_recurring(principal=principal, recurring_id=recurring_id, at=NOW)
    assert recurring_page(principal=principal_of(outsider)) == []
    stop_recurring(principal=caller, recurring_id=recurring.pk, at=NOW)
    with pytest.raises(NoSuchRecurring):
        stop_recurring(principal=caller, recurring_id=recurring.pk, at=NOW)

    assert (make_recurring(DUE), recurring_page(principal=caller), Task.objects.count()) == (0, [], 1)


def test_recurring_stakes_come_in_pages(make_stake: Callable[..., Stake], caller: Principal) -> None:
    for _ in range(21):
        make_stake(recurrence_days=7, stake_cents=100)

    assert [len(recurring_page(principal=caller, page=page)) for page in (0, 1, 2)] == [20, 1, 0]


# --- the digest ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("after", "zone", "morning"),
    [
        ("2026-03-02T07:59:59+00:00", "UTC", "2026-03-02T08:00:00+00:00"),
        ("2026-03-02T08:00:00+00:00", "UTC", "2026-03-03T08:00:00+00:00"),
        ("2026-03-02T12:00:00+00:00", "Asia/Tokyo", "2026-03-02T23:00:00+00:00"),
        ("2026-03-28T12:00:00+00:00", "Europe/Berlin", "2026-03-29T06:00:00+00:00"),
    ],
)
def test_the_next_morning(after: str, zone: str, morning: str) -> None:
    assert next_morning(datetime.fromisoformat(after), zone) == datetime.fromisoformat(morning)


def test_one_digest_each_morning(make_stake: Callable[..., Stake]) -> None:
    make_stake(title="Water & feed", stake_cents=123_456)
    make_stake(title="Earlier", due_at=DUE - DAY)
    morning = datetime(2026, 3, 3, 8, tzinfo=UTC)

    counts = [queue_digests(at) for at in (NOW, morning - timedelta(seconds=1), morning, morning)]

    assert counts == [0, 0, 1, 0]
    text = mail_text("digest")
    assert text.index("3 January 2100, 12:00  $5.00  Earlier") < text.index("$1,234.56  Water & feed")
    assert queue_digests(morning + DAY) == 1
    assert mails() == ["digest", "digest"]


def test_the_first_morning_is_not_lost(make_stake: Callable[..., Stake]) -> None:
    make_stake()

    assert queue_digests(datetime(2026, 3, 3, 9, tzinfo=UTC)) == 1


def test_it_can_be_ended_with_one_click(make_stake: Callable[..., Stake], owner: User) -> None:
    import json

    make_stake()
    queue_digests(datetime(2026, 3, 3, 9, tzinfo=UTC))
    said = json.loads(clear_payload(Delivery.objects.get(event="digest")))

    link = unsubscribe_link(owner.pk)
    assert said["headers"] == {
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert link in said["text"]
    assert link.replace("&", "&amp;") in said["html"]


def test_nothing_open_nothing_said(make_stake: Callable[..., Stake], caller: Principal) -> None:
    stake = make_stake()
    complete_task(principal=caller, task_id=stake.task.pk, at=NOW)

    assert queue_digests(datetime(2026, 3, 3, 9, tzinfo=UTC)) == 0
    assert Wallet.objects.get().digest_at == datetime(2026, 3, 4, 8, tzinfo=UTC)


def test_who_unsubscribed_is_still_told_of_money(make_stake: Callable[..., Stake], owner: User) -> None:
    make_stake()
    key = unsubscribe_link(owner.pk).partition("?key=")[2]

    for user_id, tried in [(owner.pk, key[:-1] + "x"), (owner.pk + 1, key)]:
        with pytest.raises(NotFound):
            unsubscribe_by_link(user_id=user_id, key=tried)
    unsubscribe_by_link(user_id=owner.pk, key=key)
    unsubscribe_by_link(user_id=owner.pk, key=key)

    assert User.objects.get(pk=owner.pk).is_unsubscribed
    sweep(DUE)
    assert mails() == ["charge.missed"]


@pytest.mark.parametrize(
    ("last", "months", "at", "due"),
    [
        ("2026-01-31T09:00", 1, "2026-01-31T09:00", "2026-02-28T09:00"),
        ("2026-02-28T09:00", 1, "2026-02-28T09:00", "2026-03-31T09:00"),  # back on the day that is meant
        ("2026-02-28T09:00", 1, "2026-06-01T00:00", "2026-06-30T09:00"),
        ("2026-01-31T09:00", 12, "2026-01-31T09:00", "2027-01-31T09:00"),
    ],
)
def test_the_next_month(last: str, months: int, at: str, due: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    last_due_at, moment, expected = (
        datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC) for text in (last, at, due)
    )

    found = next_month_due(last_due_at=last_due_at, months=months, month_day=31, zone=zone, at=moment)

    assert found == expected


def test_a_stake_comes_back_every_month(make_stake: Callable[..., Stake], caller: Principal) -> None:
    make_stake(due_at=datetime(2100, 1, 31, 12, tzinfo=UTC), recurrence_months=1)

    assert make_recurring(datetime(2100, 2, 1, tzinfo=UTC)) == 1
    assert make_recurring(datetime(2100, 3, 1, tzinfo=UTC)) == 1

    assert [due.strftime("%m-%d") for due in deadlines()] == ["01-31", "02-28", "03-31"]
    assert recurring_page(principal=caller, only_days=True) == []
    assert [each.months for each in recurring_page(principal=caller)] == [1]
