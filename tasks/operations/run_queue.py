"""The queue of runs: runners claim the oldest under a lease, renew it, and lose it by falling silent.

Rows are the queue. On PostgreSQL a claim passes over what another claim holds; on SQLite, which knows no row
locks, the conditional UPDATE alone is right (reliability.md 4.2, P24). Leases keep to the database's clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.rules.principal import Principal
from tasks.models import Run, Task
from tasks.operations.run_moves import StaleFence, follow_run, move_run
from tasks.queries.tasks import visible_to
from tasks.rules.run_states import MOST_HAND_BACKS, RUN, after_lost_lease
from tasks.rules.runs import Environment, RunStatus
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.errors import NotFound
from tasktracker.core.failpoints import failpoint
from tasktracker.core.states import StateConflict, advance

_AT_ONCE: Final = 100
_LOST_NOW: Final = Q(status=str(RunStatus.IN_PROGRESS), lease_until__lt=DatabaseNow())
_LOST: Final = f"The runner fell silent {MOST_HAND_BACKS + 1} times."
_WAITING: Final = Q(status=str(RunStatus.QUEUED), environment=str(Environment.CLOUD), queued_at__isnull=False)


@dataclass(frozen=True, slots=True)
class Lease:
    """What a runner holds. fence: to be named in its writes. until: by the database's clock."""

    run_id: UUID
    task_id: UUID
    status: str
    fence: int
    until: datetime
    seconds: int


def claim_run(*, principal: Principal, runner_name: str = "", at: datetime) -> Lease | None:
    """Take the oldest run that waits in the caller's project; None when nothing waits.

    What lost its runner there is put back into the queue first, so that nobody waits for a sweep.
    """
    hand_back_lost(at, project_id=principal.project_id)
    while _waiting(principal).exists():  # most calls end here, without a transaction that others wait for
        try:
            return _claim_oldest(principal, runner_name, at)
        except StateConflict:
            continue  # another runner was faster: the next one
    return None


def renew_lease(*, principal: Principal, task_id: UUID, run_id: UUID, fence: int) -> Lease:
    """Prolong a lease from now on.

    Raises NotFound, StaleFence (the run has ended, or another runner has it, or it is back in the queue).
    """
    run = Run.objects.filter(pk=run_id, task=task_id)
    if not (visible_to(principal).filter(pk=task_id).exists() and run.exists()):
        raise NotFound
    held = run.filter(fence=fence, status=str(RunStatus.IN_PROGRESS), lease_until__isnull=False)
    if not held.update(lease_until=_until()):
        raise StaleFence
    return _lease(run.get())


def hand_back_lost(at: datetime, *, project_id: int | None = None) -> int:
    """Put runs whose lease has run out back into the queue; the fourth time one is lost it has failed.

    Safe to run twice and side by side. Returns how many leases were lost.
    Source: README.md of the contract, "Runs".
    """
    lost = Run.objects.filter(_LOST_NOW)
    if project_id is not None:
        lost = lost.filter(project=project_id)
    rows = list(lost.order_by("lease_until", "pk").values_list("pk", "task_id")[:_AT_ONCE])
    return sum(_hand_back(run_id, task_id, at) for run_id, task_id in rows)


def _claim_oldest(principal: Principal, runner_name: str, at: datetime) -> Lease | None:
    """Claim under the lock of the run's task, which whoever changes the run holds too.

    Raises StateConflict: the run was taken between being seen and being locked.
    """
    with transaction.atomic():
        oldest = _waiting(principal).select_related("task").order_by("queued_at", "pk")
        run = oldest.select_for_update(skip_locked=True, of=("task",)).first()
        if run is None:
            return None
        advance(
            run,
            RUN,
            "claim",
            at,
            guard=_WAITING & Q(fence=run.fence),
            fence=run.fence + 1,
            lease_until=_until(),
            runner_id=principal.credential_id,
            runner_name=runner_name,
            started_at=run.started_at or at,
        )
        failpoint("claim.before_commit")
        follow_run(run.task, run, principal=principal, at=at)
        return _lease(Run.objects.get(pk=run.pk))


def _waiting(principal: Principal) -> QuerySet[Run]:
    return Run.objects.filter(_WAITING, project=principal.project_id, task__deleted_at=None)


def _hand_back(run_id: UUID, task_id: UUID, at: datetime) -> bool:
    """Take one lost lease back, if it is still lost once the rows are locked."""
    with transaction.atomic():
        task = Task.objects.select_for_update().get(pk=task_id)
        lost = Run.objects.select_for_update().filter(_LOST_NOW, pk=run_id)
        run = lost.order_by().first()
        if run is None:
            return False
        event = after_lost_lease(run.hand_backs)
        error = _LOST if event == "give up" else run.error_message
        move_run(
            task,
            run,
            event,
            principal=_nobody(at),
            at=at,
            hand_backs=run.hand_backs + 1,
            error_message=error,
        )
    return True


def _nobody(at: datetime) -> Principal:
    """Say who acts where time does: nobody who could put a stake at risk again."""
    return Principal(
        user_id=0,
        kind="time",
        scopes=frozenset(),
        credential_id=None,
        organization_id=None,
        project_id=None,
        is_staff=False,
        at=at,
    )


def _until() -> DatabaseNow:
    return DatabaseNow(timedelta(seconds=settings.TASKTRACKER_RUN_LEASE_SECONDS))


def _lease(run: Run) -> Lease:
    if run.lease_until is None:
        raise StaleFence
    return Lease(
        run_id=run.pk,
        task_id=run.task_id,
        status=run.status,
        fence=run.fence,
        until=run.lease_until,
        seconds=settings.TASKTRACKER_RUN_LEASE_SECONDS,
    )
