"""Deliveries and their attempts: what must leave the building, and each try to make it.

No foreign key points up: the account is a plain number, the endpoint is the handler's own key.
"""

from datetime import datetime

from django.db import models
from django.db.models import Q

from tasktracker.core.ids import new_id
from tasktracker.outbox.rules.states import STATES

# "Pending and without a lease", in two spellings, so that each statement of operations/claim_sql.py finds one
# index only. PostgreSQL thinks both empty, as they are whenever it counts, and would read through either.
_DUE = Q(finished_at__isnull=True, lease_until__isnull=True)
_WAITING = Q(state="pending", lease_until__isnull=True)
_LEASED = Q(state="pending", lease_until__isnull=False)


class Delivery(models.Model):
    """One event on its way to one endpoint.

    event_id: the same for every try and shown to the receiver.  payload: the exact text that is sent, sealed
    when `is_sealed`.  fence: raised by every claim; only the holder of the newest may settle.  tries: sends
    begun in this round; a replay starts a new one.  subject_id: the task that it is about, if any; no foreign
    key, as none points up.  lease_until: while it lies ahead a worker holds the row.
    Source: reliability.md 4.2.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16)
    event = models.CharField(max_length=64)
    event_id = models.UUIDField()
    endpoint = models.CharField(max_length=255)
    subject_id = models.UUIDField(null=True)
    account_id = models.BigIntegerField()
    payload = models.TextField()
    is_sealed = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="pending", choices=[(state, state) for state in STATES])
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    last_status = models.PositiveIntegerField(null=True)
    last_error = models.CharField(max_length=200, blank=True, default="")
    request_id = models.CharField(max_length=128, blank=True, default="")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event_id", "endpoint"], name="delivery_once_per_endpoint"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="delivery_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="pending", finished_at__isnull=True)
                | (~Q(state="pending") & Q(finished_at__isnull=False, lease_until__isnull=True)),
                name="delivery_finished_or_pending",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=_DUE, name="delivery_due"),
            models.Index(
                fields=["account_id", "endpoint", "due_at", "id"], condition=_WAITING, name="delivery_lanes"
            ),
            models.Index(fields=["account_id", "endpoint"], condition=_LEASED, name="delivery_leased"),
            models.Index(fields=["endpoint", "-id"], name="delivery_log"),
            models.Index(
                fields=["subject_id", "created_at"],
                condition=Q(subject_id__isnull=False),
                name="delivery_of_subject",
            ),
            models.Index(
                fields=["finished_at"], condition=Q(finished_at__isnull=False), name="delivery_finished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event} {self.event_id}: {self.state}"

    @property
    def delivered_at(self) -> datetime | None:
        """When the receiver accepted it; None until then."""
        return self.finished_at if self.state == "delivered" else None


class Attempt(models.Model):
    """One try that ended, well or not. A try whose worker was killed leaves a gap in the numbers.

    number: the fence that the delivery had.  error: a short stable word.  reply_excerpt: a stranger's text.
    """

    # The unique constraint's index serves the key.
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status_code = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True, default="")
    reply_excerpt = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_once_per_claim")]

    def __str__(self) -> str:
        return f"try {self.number} of {self.delivery_id}"


class Resending(models.Model):
    """A delivery that staff had sent again: who, when, which. Rows are only ever added, and outlive theirs.

    id: of the command, made with its page, so that it acts once.  delivery_id: no key, for retention removes
    deliveries.  staff_id: the account that asked.
    """

    id = models.UUIDField(primary_key=True)
    delivery_id = models.UUIDField(db_index=True)
    event = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=255)
    account_id = models.BigIntegerField()
    staff_id = models.BigIntegerField()
    why = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event} again by {self.staff_id}"
