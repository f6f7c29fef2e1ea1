"""Putting money on tasks: making a staked task, putting a stake on one, changing its terms.

Lock order: month ledger, then task. What a stake binds stands in tasks/rules/binding.py.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.queries.accounts import lock_account, zone_of
from accounts.rules.principal import Principal
from charges.models import MonthLedger, RecurringStake
from charges.operations.data_points import post_created
from charges.operations.ledger import open_month, reserve_stake
from charges.operations.missed import stake_cents_of, uncle_locked
from charges.queries.stakes import Stake, locked_stake, stake_of
from charges.rules.limits import days_problems, months_problems, stake_problems
from charges.rules.months import month_of
from tasks.models import Task
from tasks.operations.editing import create_task
from tasks.operations.lifecycle import complete_task, uncomplete_task
from tasks.queries.tasks import locked, reachable
from tasks.rules.binding import OwnerOnly, StakeBinds, Terms, has_passed, require_terms_kept
from tasks.rules.limits import deadline_problems
from tasks.rules.vocabulary import Status
from tasktracker.core.errors import Conflict, Invalid, Problem, RuleBroken
from tasktracker.core.failpoints import failpoint
from tasktracker.core.unset import UNSET, Unset


class DeadlineInThePast(RuleBroken):
    """A stake is put on what can still be done."""

    code = "deadline_in_the_past"
    default_message = "The deadline must lie in the future."


class StakeSettled(StakeBinds):
    """The task has expired: neither can it be completed, nor reopened, nor do its terms change."""

    default_message = "This staked task has expired."


class CannotBeStaked(Conflict):
    """Only a pending task without a stake can be given one."""

    code = "cannot_be_staked"
    default_message = "Only a pending task can be given a stake, and only once."


class NoDeadline(Invalid):
    """A stake hangs on a deadline."""

    code = "no_deadline"

    def __init__(self) -> None:
        super().__init__(Problem("due_at", "required", "A stake needs a deadline."))


class NoTitle(Invalid):
    """Nobody can tell whether nothing was done."""

    def __init__(self) -> None:
        super().__init__(Problem("title", "blank", "This field may not be blank."))


def create_staked_task(
    *,
    principal: Principal,
    title: str,
    due_at: datetime,
    stake_cents: int,
    description: str = "",
    project_id: int | None = None,
    is_all_day: bool = False,
    recurrence_days: int | None = None,
    recurrence_months: int | None = None,
    at: datetime,
) -> Stake:
    """Make a task with a stake, in the caller's Inbox unless a project is named.

    stake_cents: 100 to 99,999,999.  recurrence_days, recurrence_months (at most one of them): when the
    deadline has passed the next task is made, so many days or calendar months later (recurrence.py).
    Raises Invalid (problems on title, due_at, stake_cents, recurrence_days, recurrence_months), NoTitle,
    NoSuchProject, DeadlineInThePast, MonthlyStakeLimitExceeded, Forbidden.
    """
    _require_valid(stake_cents, due_at, recurrence_days, recurrence_months)
    if not title.strip():
        raise NoTitle
    if has_passed(due_at, at):
        raise DeadlineInThePast
    with transaction.atomic():
        reserve_stake(user_id=principal.user_id, month=month_of(at), cents=stake_cents)
        task = create_task(
            principal=principal,
            title=title,
            description=description,
            due_at=due_at,
            is_all_day=is_all_day,
            project_id=project_id,
            at=at,
        )
        _set_stake(task, stake_cents, at)
        if recurrence_days is not None or recurrence_months is not None:
            _start_recurrence(task, due_at, recurrence_days, recurrence_months, at)
        post_created(task, at=at)
        failpoint("stake.before_commit")
    return Stake(task, None)


def stake_task(
    *, principal: Principal, task_id: UUID, stake_cents: int, due_at: datetime | Unset = UNSET, at: datetime
) -> Stake:
    """Put a stake on a pending task of the caller's own that has none.

    It counts in the task's creation month.  due_at: also sets the deadline, to the minute and not to a day.
    Raises NotFound, Forbidden, OwnerOnly, Invalid, CannotBeStaked, NoDeadline, NoTitle, DeadlineInThePast,
    MonthlyStakeLimitExceeded.
    """
    wanted = None if isinstance(due_at, Unset) else due_at
    _require_valid(stake_cents, wanted)
    month = month_of(reachable(principal, task_id).created_at)
    with transaction.atomic():
        reserve_stake(user_id=principal.user_id, month=month, cents=stake_cents)
        task = locked(principal, task_id)
        task.refresh_from_db()
        _require_stakeable(task, principal)
        if wanted is not None:
            task.due_at, task.is_all_day = wanted, False
        if task.due_at is None:
            raise NoDeadline
        if has_passed(task.due_at, at):
            raise DeadlineInThePast
        task.save(update_fields=["due_at", "is_all_day"])
        _set_stake(task, stake_cents, at)
        post_created(task, at=at)
    return Stake(task, None)


def put_stake(
    *, principal: Principal, task_id: UUID, stake_cents: int, due_at: datetime | Unset = UNSET, at: datetime
) -> None:
    """Put a stake on a task of the caller's own, or raise the one that it has.

    due_at: the deadline; absent, the one that the task has.  Raises as stake_task() and change_stake().
    """
    terms: dict[str, Any] = {"stake_cents": stake_cents, "due_at": due_at}
    if reachable(principal, task_id).stake_cents is None:
        try:
            stake_task(principal=principal, task_id=task_id, **terms, at=at)
        except CannotBeStaked:
            if reachable(principal, task_id).stake_cents is None:
                raise
        else:
            return
    # It has one, if only for a moment: the same call may have come twice.
    change_stake(principal=principal, task_id=task_id, **terms, at=at)


def change_stake(
    *,
    principal: Principal,
    task_id: UUID,
    stake_cents: int | Unset = UNSET,
    due_at: datetime | Unset = UNSET,
    is_complete: bool | Unset = UNSET,
    is_uncle: bool = False,
    at: datetime,
) -> Stake:
    """Change a staked task of the caller's own: all that is asked for, or nothing.

    stake_cents: the same or more; a raise counts in the task's creation month.  due_at: the same or earlier,
    not in the past.  is_complete: what it is already changes nothing.  is_uncle: gives up on it (cry_uncle).
    Raises NotFound, Forbidden, Invalid, StakeBinds (easier terms), StakeSettled (expired), DeadlinePassed,
    MonthlyStakeLimitExceeded, ChargeHasBegun and TaskIsComplete (uncle).
    Source: stakes document, "PUT /api2/me/tasks/:task_id".
    """
    _require_valid(
        None if isinstance(stake_cents, Unset) else stake_cents,
        None if isinstance(due_at, Unset) else due_at,
    )
    month = month_of(stake_of(principal, task_id).task.created_at)
    with transaction.atomic():
        if is_uncle:
            lock_account(principal.user_id)
        if not isinstance(stake_cents, Unset):
            _lock_month(principal.user_id, month)
        task = locked_stake(principal, task_id)
        _change_terms(task, stake_cents, due_at, month, at)
        if not isinstance(is_complete, Unset):
            _settle(task, principal, at, is_complete=is_complete)
        if is_uncle:
            uncle_locked(task, at=at)
        failpoint("stake.before_commit")
    return stake_of(principal, task_id)


def _require_valid(
    stake_cents: int | None, due_at: datetime | None, days: int | None = None, months: int | None = None
) -> None:
    problems = [
        *([] if stake_cents is None else stake_problems(stake_cents)),
        *deadline_problems(due_at),
        *days_problems(days),
        *months_problems(months),
    ]
    if problems:
        raise Invalid(*problems)


def _set_stake(task: Task, stake_cents: int, at: datetime) -> None:
    task.stake_cents, task.updated_at = stake_cents, at
    task.save(update_fields=["stake_cents", "updated_at"])


def _start_recurrence(
    task: Task, due_at: datetime, days: int | None, months: int | None, at: datetime
) -> None:
    RecurringStake.objects.create(
        user_id=task.owner_id,
        title=task.title,
        stake_cents=stake_cents_of(task),
        days=days,
        months=months,
        month_day=due_at.astimezone(zone_of(task.owner_id)).day if months else None,
        last_due_at=due_at,
        created_at=at,
    )


def _require_stakeable(task: Task, principal: Principal) -> None:
    if task.owner_id != principal.user_id:
        raise OwnerOnly("Only its owner can put a stake on a task.")
    if not task.title.strip():
        raise NoTitle
    if task.stake_cents is not None or task.archived_at is not None or task.status != Status.PENDING:
        raise CannotBeStaked


def _lock_month(user_id: int, month: date) -> None:
    """Take the ledger before the task, in the one order that everybody keeps to (reliability.md 4.10)."""
    open_month(user_id=user_id, month=month)
    list(MonthLedger.objects.select_for_update().filter(user_id=user_id, month=month))


def _change_terms(
    task: Task, stake_cents: int | Unset, due_at: datetime | Unset, month: date, at: datetime
) -> None:
    """Raise the stake and move the deadline, as far as asked for."""
    before = Terms(task.title, "", task.due_at, task.stake_cents)
    after = Terms(
        task.title,
        "",
        task.due_at if isinstance(due_at, Unset) else due_at,
        task.stake_cents if isinstance(stake_cents, Unset) else stake_cents,
    )
    if before == after:
        return
    if task.status == Status.EXPIRED:
        raise StakeSettled
    require_terms_kept(before, after, status=task.status, at=at)
    raised = stake_cents_of(task)
    task.due_at, task.stake_cents, task.updated_at = after.due_at, after.stake_cents, at
    reserve_stake(user_id=task.owner_id, month=month, cents=stake_cents_of(task) - raised)
    task.save(update_fields=["due_at", "stake_cents", "updated_at"])


def _settle(task: Task, principal: Principal, at: datetime, *, is_complete: bool) -> None:
    """Complete or reopen; the state that it is in already is no change and no second occurrence."""
    if task.status == Status.EXPIRED:
        raise StakeSettled
    if (task.status == Status.SUCCESS) == is_complete:
        return
    if is_complete:
        complete_task(principal=principal, task_id=task.pk, at=at)
    else:
        uncomplete_task(principal=principal, task_id=task.pk, at=at)
