"""Making what a line says: task, stake and rhythm at once, or nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from charges.models import MonthLedger, RecurringStake
from charges.operations.ledger import MonthlyStakeLimitExceeded
from charges.operations.limits import set_limits
from charges.operations.quick_add import add_quickly
from charges.operations.staking import DeadlineInThePast
from tasks.models import Agenda, Task
from tasks.operations.editing import NoSuchProject
from tasks.operations.lifecycle import complete_task
from tasks.rules.quick_add import read_line
from tasktracker.core.errors import Invalid
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

LATER = datetime(2100, 1, 4, 8, tzinfo=UTC)  # a Monday, after any clock that runs these tests


def add(caller: Principal, line: str, at: datetime = LATER, **more: Any) -> Task:
    return add_quickly(principal=caller, wanted=read_line(line, at=at, zone=ZoneInfo("UTC")), at=at, **more)


def counts() -> list[int]:
    return [model.objects.count() for model in (Task, Agenda, MonthLedger, RecurringStake)]


def test_a_plain_line_goes_to_the_inbox(caller: Principal) -> None:
    task = add(caller, "Water the plants")

    assert (task.title, task.due_at, task.is_all_day, task.project.slug) == (
        "Water the plants",
        None,
        False,
        "inbox",
    )
    assert counts() == [1, 0, 0, 0]


def test_the_example(caller: Principal) -> None:
    task = add(caller, "pay rent friday 9am $20 every month")

    assert (task.title, task.due_at, task.stake_cents) == (
        "pay rent",
        datetime(2100, 1, 8, 9, tzinfo=UTC),
        2000,
    )
    (rhythm,) = RecurringStake.objects.values(
        "title", "stake_cents", "days", "months", "month_day", "last_due_at"
    )
    assert rhythm == {
        "title": "pay rent",
        "stake_cents": 2000,
        "days": None,
        "months": 1,
        "month_day": 8,
        "last_due_at": task.due_at,
    }


@pytest.mark.parametrize(("rhythm", "days", "months"), [("2 weeks", 14, None), ("2 years", None, 24)])
def test_a_staked_rhythm(rhythm: str, days: int | None, months: int | None, caller: Principal) -> None:
    add(caller, f"run tomorrow $5 every {rhythm}")

    assert list(RecurringStake.objects.values_list("days", "months")) == [(days, months)]


def test_a_rhythm_without_money_makes_the_next_when_it_is_done(caller: Principal) -> None:
    task = add(caller, "water the plants every friday 9am")

    complete_task(principal=caller, task_id=task.pk, at=LATER + timedelta(hours=1))

    following = Task.objects.exclude(pk=task.pk).get()
    assert (following.due_at, following.stake_cents) == (datetime(2100, 1, 15, 9, tzinfo=UTC), None)
    assert RecurringStake.objects.count() == 0


def test_an_all_day_stake_is_due_when_the_day_ends(caller: Principal) -> None:
    task = add(caller, "run tomorrow $5")
    task.refresh_from_db()

    assert (task.due_at, task.is_all_day) == (datetime(2100, 1, 5, 23, 59, 59, tzinfo=UTC), True)


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("run tomorrow $0.50", Invalid),
        ("run 2020-01-01 $5", DeadlineInThePast),
        ("run tomorrow $100 every day", MonthlyStakeLimitExceeded),
        ("run tomorrow $5 every 99 years", Invalid),
    ],
)
def test_refusals_make_nothing(line: str, refusal: type[Exception], caller: Principal) -> None:
    set_limits(principal=caller, monthly_stake_limit_cents=1000, at=NOW)
    before = counts()

    with pytest.raises(refusal):
        add(caller, line)

    assert counts() == before


def test_a_foreign_project_takes_nothing(
    project: Project, teammate: User, outsider: User, principal_of: Callable[..., Principal]
) -> None:
    for line in ("run", "run tomorrow $5 every day", "run tomorrow every day"):
        with pytest.raises(NoSuchProject):
            add(principal_of(outsider), line, project_id=project.pk)
    assert counts() == [0, 0, 0, 0]

    assert add(principal_of(teammate), "run tomorrow every day", project_id=project.pk).project == project
