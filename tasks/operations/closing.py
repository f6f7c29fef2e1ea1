"""The end of an account, as far as its tasks go. When it comes is decided in charges.operations.closing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from tasks.models import Artifact, Brief, LogChunk, Run, Schedule, Task, Webhook


def erase_tasks(*, user_id: int, heirs: Mapping[int, int], at: datetime) -> None:
    """Blank and delete an account's tasks, and delete its webhooks. Inside a transaction; safe to repeat.

    heirs: organization id -> who answers from now on for its tasks without a stake; their texts stay, as
    others work on them. A stake is nobody else's: such a task ends with its owner.
    """
    for organization_id, heir_id in heirs.items():
        shared = Task.objects.filter(
            owner_id=user_id, project__organization_id=organization_id, stake_cents=None
        )
        shared.update(owner_id=heir_id, updated_at=at)
    own = Task.objects.filter(owner_id=user_id)
    Schedule.objects.filter(task__in=own).update(next_at=None)
    own.filter(deleted_at=None).update(deleted_at=at)
    own.filter(~Q(title="") | ~Q(description="")).update(title="", description="", search_text="")
    _erase_work_of_agents(user_id, at)
    Webhook.objects.filter(user_id=user_id).delete()


def _erase_work_of_agents(user_id: int, at: datetime) -> None:
    """Blank what agents were told and what they said; the sweep deletes files with their bytes."""
    own = Task.objects.filter(owner_id=user_id).values("pk")
    blank: dict[str, Any] = {"repository": None, "json_schema": None, "ci_prompt": None}
    Brief.objects.filter(task__in=own).update(**blank)
    nothing: dict[str, Any] = {"stage": None, "branch": None, "error_message": None, "output": None}
    Run.objects.filter(task__in=own).update(**nothing, state="{}", runner_name="")
    LogChunk.objects.filter(run__task__in=own).delete()
    Artifact.objects.filter(task__in=own).update(name="erased", source="", expires_at=at)
