"""Charges with their steps, and the stake of a task with all that its owner can do: what pages show.

Who may do what is decided once more by the operations.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from accounts.rules.principal import Principal
from charges.models import Charge, ChargeEvent
from charges.queries.cards import card_on_file
from charges.queries.charges import charges_of
from charges.rules.contests import can_contest
from charges.rules.history import Outlook, Step, step_of, steps_ahead
from charges.rules.states import PersonReason
from tasks.models import Task
from tasks.queries.tasks import reachable
from tasks.rules.binding import has_passed, is_bound
from tasks.rules.vocabulary import Status

PAGE_SIZE: Final = 20


@dataclass(frozen=True, slots=True)
class ShownCharge:
    """A charge with what happened to it, oldest first, and what comes next."""

    charge: Charge
    steps: Sequence[Step]
    can_contest: bool

    @property
    def title(self) -> str:
        """What it is for, in its owner's own words; may be blank."""
        return self.charge.task.title if self.charge.task else self.charge.note


@dataclass(frozen=True, slots=True)
class ChargePage:
    """One page, newest first. next_before: pass it as `before` for the next one; None on the last."""

    charges: Sequence[ShownCharge]
    next_before: UUID | None


@dataclass(frozen=True, slots=True)
class StakePanel:
    """The stake of a task as one of its readers sees it.

    is_owner: others learn that there is a stake, and no more.  charge: None until one has begun.
    can_stake: a stake can be put on it; needs_deadline: together with a deadline.
    can_raise, can_uncle: of a stake that is open.
    """

    task: Task
    is_owner: bool
    charge: ShownCharge | None = None
    has_card: bool = False
    can_stake: bool = False
    needs_deadline: bool = False
    can_raise: bool = False
    can_uncle: bool = False

    @property
    def has_stake(self) -> bool:
        return self.task.stake_cents is not None

    @property
    def is_kept(self) -> bool:
        """Whether it was done in time."""
        return self.has_stake and self.task.status == Status.SUCCESS

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to say."""
        return self.has_stake or self.is_owner


def charge_page(
    principal: Principal, *, before: UUID | None = None, limit: int = PAGE_SIZE, at: datetime
) -> ChargePage:
    """List a page of the caller's own charges with their steps. Two statements, however many there are."""
    rows = charges_of(principal)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: limit + 1])
    listed = shown_charges(found[:limit], at=at)
    return ChargePage(listed, listed[-1].charge.pk if len(found) > limit else None)


def shown_charges(charges: Sequence[Charge], *, at: datetime) -> Sequence[ShownCharge]:
    """Give charges their steps, in one statement."""
    events: dict[UUID, list[ChargeEvent]] = defaultdict(list)
    for event in ChargeEvent.objects.filter(charge__in=charges).order_by("pk") if charges else ():
        events[event.charge_id].append(event)
    return [_shown(charge, events[charge.pk], at) for charge in charges]


def stake_panel(principal: Principal, task_id: UUID, *, at: datetime) -> StakePanel:
    """Read the stake of a task that the caller can reach, with what can be done about it.

    Four statements at most. Raises NotFound, Forbidden.
    """
    task = reachable(principal, task_id)
    if task.owner_id != principal.user_id:
        return StakePanel(task, is_owner=False)
    has_card = card_on_file(principal.user_id) is not None
    if task.stake_cents is None:
        is_pending = task.status == Status.PENDING and task.archived_at is None
        return StakePanel(
            task,
            is_owner=True,
            has_card=has_card,
            can_stake=is_pending and bool(task.title.strip()),
            needs_deadline=task.due_at is None or has_passed(task.due_at, at),
        )
    charges = list(Charge.objects.filter(task_id=task_id).select_related("task"))
    is_open = is_bound(status=task.status, stake_cents=task.stake_cents) and not charges
    return StakePanel(
        task,
        is_owner=True,
        charge=next(iter(shown_charges(charges, at=at)), None),
        has_card=has_card,
        can_raise=is_open and not has_passed(task.due_at, at),
        can_uncle=is_open,
    )


def _shown(charge: Charge, events: Sequence[ChargeEvent], at: datetime) -> ShownCharge:
    kinds = [
        (step_of(event.event, actor=event.actor, kind=charge.kind, after=event.after), event.at)
        for event in events
    ]
    happened = [Step(kind, moment) for kind, moment in kinds if kind is not None]
    is_open_to_objection = not charge.is_contested and can_contest(
        kind=charge.kind,
        status=charge.status,
        decided_at=charge.decided_at,
        ended_at=charge.ended_at,
        at=at,
    )
    return ShownCharge(charge, [*happened, *steps_ahead(_outlook(charge))], is_open_to_objection)


def _outlook(charge: Charge) -> Outlook:
    wait = timedelta(seconds=settings.TASKTRACKER_CAPTURE_AFTER_SECONDS)
    is_stuck = charge.needs_person not in {PersonReason.NONE, PersonReason.NO_ANSWER}
    return Outlook(
        status=charge.status,
        is_still=charge.is_contested or bool(charge.wish) or is_stuck,
        mailed_at=charge.mailed_at,
        due_at=charge.due_at,
        capture_at=charge.mailed_at + wait if charge.mailed_at else None,
    )
