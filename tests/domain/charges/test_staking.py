"""Putting money on tasks and changing what it hangs on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from charges.models import RecurringStake
from charges.operations.ledger import MonthlyStakeLimitExceeded
from charges.operations.limits import set_limits
from charges.operations.missed import ChargeHasBegun, TaskIsComplete
from charges.operations.staking import (
    CannotBeStaked,
    DeadlineInThePast,
    NoDeadline,
    NoTitle,
    StakeSettled,
    change_stake,
    create_staked_task,
    put_stake,
    stake_task,
)
from charges.queries.stakes import Stake, stake_of, stake_page
from tasks.models import Occurrence, Task
from tasks.operations.editing import create_task, edit_task
from tasks.operations.shelving import archive_task
from tasks.rules.binding import DeadlinePassed, OwnerOnly, StakeBinds
from tasktracker.core.errors import Invalid, NotFound
from tasktracker.core.unset import UNSET
from tests.conftest import NOW
from tests.domain.charges.conftest import DAY, DUE, charge_of, ledger, mails

pytestmark = pytest.mark.django_db


def row_of(task: Task) -> dict[str, Any]:
    return Task.objects.filter(pk=task.pk).values().get()


def test_a_stake_is_a_task_in_the_inbox(stake: Stake, owner: User) -> None:
    task = Task.objects.get()

    assert (task.title, task.due_at, task.stake_cents, task.status) == (
        "Water the plants",
        DUE,
        500,
        "pending",
    )
    assert (task.owner_id, task.project.is_default, task.created_at) == (owner.pk, True, NOW)
    assert (stake.charge_status, stake.is_contested) == (None, False)
    assert ledger(owner) == [("2026-03", 500, 0)]
    assert mails() == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"stake_cents": 99}, "stake_cents"),
        ({"stake_cents": 100_000_000}, "stake_cents"),
        ({"title": "x" * 501}, "title"),
        ({"title": " \n"}, "title"),
        ({"recurrence_days": 0}, "recurrence_days"),
        ({"recurrence_days": 3651}, "recurrence_days"),
    ],
)
def test_what_is_wrong_is_refused_whole(
    make_stake: Callable[..., Stake], owner: User, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        make_stake(**wrong)

    assert [problem.field for problem in refusal.value.problems] == [field]
    assert (Task.objects.count(), [row for row in ledger(owner) if row[1]]) == (0, [])


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=1)])
def test_a_deadline_in_the_past_is_refused(make_stake: Callable[..., Stake], late: timedelta) -> None:
    with pytest.raises(DeadlineInThePast, match="future"):
        make_stake(due_at=NOW - late)

    assert Task.objects.count() == 0


def test_the_months_limit_counts_the_new_one(
    make_stake: Callable[..., Stake], caller: Principal, owner: User
) -> None:
    set_limits(principal=caller, monthly_stake_limit_cents=500, at=NOW)
    make_stake(stake_cents=300)
    make_stake(stake_cents=200)

    with pytest.raises(MonthlyStakeLimitExceeded, match="Monthly stake limit exceeded"):
        make_stake(stake_cents=100)

    assert (Task.objects.count(), ledger(owner)) == (2, [("2026-03", 500, 0)])
    set_limits(principal=caller, monthly_stake_limit_cents=None, at=NOW)
    make_stake(stake_cents=100)
    assert ledger(owner) == [("2026-03", 600, 0)]


def test_the_limit_is_of_the_month_of_creation(
    make_stake: Callable[..., Stake], caller: Principal, owner: User
) -> None:
    set_limits(principal=caller, monthly_stake_limit_cents=500, at=NOW)
    make_stake(at=datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC))
    make_stake(at=datetime(2026, 4, 1, tzinfo=UTC))

    assert ledger(owner) == [("2026-03", 500, 0), ("2026-04", 500, 0)]


def test_a_raise_counts_in_the_month_of_creation(stake: Stake, caller: Principal, owner: User) -> None:
    set_limits(principal=caller, monthly_stake_limit_cents=700, at=NOW)
    april = datetime(2026, 4, 20, tzinfo=UTC)

    changed = change_stake(principal=caller, task_id=stake.task.pk, stake_cents=700, at=april)

    assert changed.task.stake_cents == 700
    assert ledger(owner) == [("2026-03", 700, 0)]
    with pytest.raises(MonthlyStakeLimitExceeded):
        change_stake(principal=caller, task_id=stake.task.pk, stake_cents=701, at=april)
    assert ledger(owner) == [("2026-03", 700, 0)]


def test_an_earlier_deadline_is_fine(stake: Stake, caller: Principal) -> None:
    changed = change_stake(principal=caller, task_id=stake.task.pk, due_at=DUE - DAY, at=NOW)

    assert (changed.task.due_at, changed.task.stake_cents) == (DUE - DAY, 500)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"stake_cents": 499}, StakeBinds),
        ({"due_at": DUE + timedelta(seconds=1)}, StakeBinds),
        ({"due_at": DUE + DAY, "stake_cents": 900}, StakeBinds),
        ({"due_at": DUE - DAY, "stake_cents": 400}, StakeBinds),
        ({"stake_cents": 50}, Invalid),
        ({"due_at": NOW}, DeadlinePassed),
        ({"is_complete": True, "stake_cents": 100}, StakeBinds),
    ],
)
def test_nothing_gets_easier_and_nothing_changes_by_half(
    stake: Stake, caller: Principal, owner: User, change: dict[str, Any], refusal: type[Exception]
) -> None:
    before = row_of(stake.task)

    with pytest.raises(refusal):
        change_stake(principal=caller, task_id=stake.task.pk, at=NOW, **change)

    assert (row_of(stake.task), ledger(owner)) == (before, [("2026-03", 500, 0)])


def test_completing_and_reopening(stake: Stake, caller: Principal) -> None:
    done = change_stake(principal=caller, task_id=stake.task.pk, is_complete=True, at=NOW)
    again = change_stake(principal=caller, task_id=stake.task.pk, is_complete=True, at=NOW)

    assert (done.task.status, again.task.status) == ("success", "success")
    assert Occurrence.objects.count() == 1  # saying it twice is no second completion
    reopened = change_stake(principal=caller, task_id=stake.task.pk, is_complete=False, at=NOW)
    assert reopened.task.status == "pending"
    assert change_stake(principal=caller, task_id=stake.task.pk, is_complete=False, at=NOW).charge is None


def test_nothing_is_completed_after_its_deadline(stake: Stake, caller: Principal) -> None:
    before = row_of(stake.task)

    with pytest.raises(DeadlinePassed):
        change_stake(principal=caller, task_id=stake.task.pk, is_complete=True, at=DUE)

    assert row_of(stake.task) == before


def test_uncle_by_change_is_the_same_uncle(stake: Stake, caller: Principal) -> None:
    changed = change_stake(principal=caller, task_id=stake.task.pk, is_uncle=True, at=NOW)

    assert (changed.task.status, changed.charge_status) == ("expired", "notified")
    with pytest.raises(ChargeHasBegun):
        change_stake(principal=caller, task_id=stake.task.pk, is_uncle=True, at=NOW)
    for wish in ({"is_complete": True}, {"is_complete": False}, {"stake_cents": 900}):
        with pytest.raises(StakeSettled):
            change_stake(principal=caller, task_id=stake.task.pk, at=NOW, **wish)
    assert charge_of(stake).status == "notified"


def test_uncle_on_what_is_done(stake: Stake, caller: Principal) -> None:
    change_stake(principal=caller, task_id=stake.task.pk, is_complete=True, at=NOW)

    with pytest.raises(TaskIsComplete):
        change_stake(principal=caller, task_id=stake.task.pk, is_uncle=True, at=NOW)


def test_only_the_owner_reaches_a_stake(
    teammate: User,
    outsider: User,
    project: Project,
    caller: Principal,
    principal_of: Callable[..., Principal],
) -> None:
    stake = create_staked_task(
        principal=caller, title="x", due_at=DUE, stake_cents=500, project_id=project.pk, at=NOW
    )
    before = row_of(stake.task)

    for person in (teammate, outsider):
        with pytest.raises(NotFound):
            change_stake(principal=principal_of(person), task_id=stake.task.pk, stake_cents=900, at=NOW)
        with pytest.raises(NotFound):
            stake_of(principal_of(person), stake.task.pk)
        assert stake_page(principal=principal_of(person)) == []
    assert row_of(stake.task) == before


def test_a_team_mate_does_not_bring_a_deadline_closer(
    teammate: User, project: Project, caller: Principal, principal_of: Callable[..., Principal]
) -> None:
    stake = create_staked_task(
        principal=caller, title="x", due_at=DUE, stake_cents=500, project_id=project.pk, at=NOW
    )

    with pytest.raises(OwnerOnly):
        edit_task(principal=principal_of(teammate), task_id=stake.task.pk, due_at=DUE - DAY, at=NOW)
    with pytest.raises(OwnerOnly):
        edit_task(
            principal=principal_of(teammate, kind="project_key"),
            task_id=stake.task.pk,
            due_at=DUE - DAY,
            at=NOW,
        )
    with pytest.raises(StakeBinds):
        edit_task(principal=caller, task_id=stake.task.pk, due_at=NOW - DAY, at=NOW)
    edit_task(principal=caller, task_id=stake.task.pk, due_at=DUE - DAY, at=NOW)


def test_a_stake_comes_on_a_task_that_is_there(caller: Principal, owner: User) -> None:
    task = create_task(principal=caller, title="x", at=datetime(2026, 2, 1, tzinfo=UTC))

    stake_task(principal=caller, task_id=task.pk, stake_cents=300, due_at=DUE, at=NOW)

    task.refresh_from_db()
    assert (task.stake_cents, task.due_at) == (300, DUE)
    assert ledger(owner) == [("2026-02", 300, 0)]
    with pytest.raises(CannotBeStaked):
        stake_task(principal=caller, task_id=task.pk, stake_cents=300, at=NOW)
    assert ledger(owner) == [("2026-02", 300, 0)]


def test_one_call_puts_a_stake_on_and_raises_it(caller: Principal, owner: User) -> None:
    task = create_task(principal=caller, title="x", at=NOW)

    for cents, due_at in [(300, DUE), (300, UNSET), (500, DUE - DAY)]:
        put_stake(principal=caller, task_id=task.pk, stake_cents=cents, due_at=due_at, at=NOW)

    task.refresh_from_db()
    assert (task.stake_cents, task.due_at, ledger(owner)) == (500, DUE - DAY, [("2026-03", 500, 0)])
    with pytest.raises(StakeBinds):
        put_stake(principal=caller, task_id=task.pk, stake_cents=499, at=NOW)
    assert ledger(owner) == [("2026-03", 500, 0)]


def test_not_every_task_can_be_staked(
    caller: Principal,
    teammate: User,
    project: Project,
    owner: User,
    principal_of: Callable[..., Principal],
) -> None:
    untitled = create_task(principal=caller, title="", due_at=DUE, at=NOW)
    undated = create_task(principal=caller, title="x", at=NOW)
    theirs = create_task(
        principal=principal_of(teammate), title="x", due_at=DUE, project_id=project.pk, at=NOW
    )
    archived = create_task(principal=caller, title="x", due_at=DUE, at=NOW)
    archive_task(principal=caller, task_id=archived.pk, at=NOW)
    refused = [
        (untitled, NoTitle),
        (undated, NoDeadline),
        (theirs, OwnerOnly),
        (archived, CannotBeStaked),
    ]

    for task, refusal in refused:
        with pytest.raises(refusal):
            stake_task(principal=caller, task_id=task.pk, stake_cents=300, at=NOW)
    with pytest.raises(NotFound):
        stake_task(principal=caller, task_id=uuid4(), stake_cents=300, at=NOW)
    with pytest.raises(DeadlineInThePast):
        stake_task(principal=caller, task_id=undated.pk, stake_cents=300, due_at=NOW, at=NOW)

    assert ledger(owner) == []
    assert Task.objects.filter(stake_cents__isnull=False).count() == 0


def test_a_recurrence_is_kept_beside_the_task(make_stake: Callable[..., Stake], owner: User) -> None:
    make_stake(recurrence_days=7)

    row = RecurringStake.objects.get()
    assert (row.user_id, row.title, row.stake_cents, row.days, row.last_due_at) == (
        owner.pk,
        "Water the plants",
        500,
        7,
        DUE,
    )


def test_pages_are_of_twenty_latest_deadline_first(
    make_stake: Callable[..., Stake], caller: Principal, django_assert_num_queries: Any
) -> None:
    made = [make_stake(due_at=DUE + DAY * number, stake_cents=100).task.pk for number in range(45)]
    create_task(principal=caller, title="without a stake", due_at=DUE, at=NOW)

    with django_assert_num_queries(2):
        first = stake_page(principal=caller)
    pages = [first, *(stake_page(principal=caller, page=page) for page in (1, 2, 3))]

    assert [len(page) for page in pages] == [20, 20, 5, 0]
    assert [stake.task.pk for page in pages for stake in page] == made[::-1]
    narrow = stake_page(principal=caller, due_after=DUE, due_before=DUE + DAY * 2)
    assert [stake.task.pk for stake in narrow] == [made[1]]
