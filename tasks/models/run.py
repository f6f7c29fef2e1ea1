"""Runs: an agent's attempts at a task, what they wrote to their log, and what was pushed about them.

Who may claim a run and what becomes of its task is decided in operations.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks.models.task import Task
from tasks.rules.runs import MAX_BRANCH, MAX_RUNNER, MAX_STAGE, TERMINAL, Environment, PushKind, RunStatus
from tasktracker.core.ids import new_id

_QUEUED = Q(status=str(RunStatus.QUEUED), environment=str(Environment.CLOUD), queued_at__isnull=False)
_TERMINAL = Q(status__in=[str(status) for status in sorted(TERMINAL)])


class Run(models.Model):
    """One attempt. Whoever changes this row holds its lock, or the lock of its task.

    project: the task's, kept the same by whoever moves the task: where runners look for it.
    creator: who asked for it; NULL once that account is gone.
    output, state: free JSON as text (docs/adr/0025). state is an object, output anything or NULL.
    queued_at: when it went into the queue; the oldest is claimed first. NULL = it is not there: nobody may
    claim what its maker has not started yet (docs/adr/0043).
    runner, runner_name: the credential that holds the lease, and what the runner calls itself.
    lease_until: by the database's clock; NULL = nobody holds it (local runs, clients that never claim).
    fence: grows with every claim; a write that names an older one is refused (P24).
    hand_backs: how often a lost lease returned it to the queue; after the third it fails.
    log_count, log_bytes: entries in its log, so the next chunk begins at this number, and how long they are.
    resume_from: the run of the same task that it carries on; its log is read before this one's.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="runs", db_index=False)
    project = models.ForeignKey(
        "accounts.Project", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    stage = models.CharField(max_length=MAX_STAGE, null=True, blank=True)
    branch = models.CharField(max_length=MAX_BRANCH, null=True, blank=True)
    status = models.CharField(max_length=16, default=str(RunStatus.NOT_STARTED))
    environment = models.CharField(max_length=8, default=str(Environment.CLOUD))
    error_message = models.TextField(null=True, blank=True)
    output = models.TextField(null=True, blank=True)
    state = models.TextField(default="{}")
    log_count = models.IntegerField(default=0)
    log_bytes = models.BigIntegerField(default=0)
    resume_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    runner = models.ForeignKey(
        "accounts.Credential", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    runner_name = models.CharField(max_length=MAX_RUNNER, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.IntegerField(default=0)
    hand_backs = models.SmallIntegerField(default=0)

    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="run_status_is_known",
                condition=Q(status__in=[str(status) for status in RunStatus]),
            ),
            models.CheckConstraint(
                name="run_environment_is_known",
                condition=Q(environment__in=[str(environment) for environment in Environment]),
            ),
            models.CheckConstraint(
                name="run_ended_has_a_moment", condition=~_TERMINAL | Q(completed_at__isnull=False)
            ),
            models.CheckConstraint(
                name="run_counts_are_not_negative",
                condition=Q(log_count__gte=0, log_bytes__gte=0, fence__gte=0, hand_backs__gte=0),
            ),
        ]
        indexes = [
            models.Index(fields=["task", "-created_at", "-id"], name="run_newest_of_task"),
            models.Index(fields=["project", "queued_at", "id"], name="run_queue", condition=_QUEUED),
            models.Index(fields=["lease_until"], name="run_lease", condition=Q(lease_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.id}"


class LogChunk(models.Model):
    """What one call appended to a run's log: `count` entries from number `first` on, one JSON text a line.

    Numbers begin at 0 and have no gaps (Run.log_count), so a number is a place to go on reading from.
    key: the caller's own name for the call; one that is repeated appends nothing.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    first = models.IntegerField()
    count = models.IntegerField()
    text = models.TextField()
    key = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("run", "first")
        constraints = [
            models.UniqueConstraint(fields=["run", "first"], name="log_chunk_once"),
            models.UniqueConstraint(fields=["run", "key"], name="log_chunk_key_once"),
            models.CheckConstraint(name="log_chunk_has_entries", condition=Q(first__gte=0, count__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.count} from {self.first}"


class PushCoolDown(models.Model):
    """When the creator's devices were last told one kind of news of a run (agents.md A.7)."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=16)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "kind"], name="push_cool_down_once"),
            models.CheckConstraint(
                name="push_cool_down_kind_is_known",
                condition=Q(kind__in=[str(kind) for kind in PushKind]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.told_at}"
