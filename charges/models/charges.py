"""Charges and everything that ever happened to them. How they move stands in rules/states.py."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from charges.rules.limits import CURRENCY, MAX_CHARGE_CENTS, MAX_NOTE, MAX_REQUEST_ID, MIN_CHARGE_CENTS
from charges.rules.states import ENDED, OPEN, ChargeKind, ChargeStatus, PersonReason, Wish
from tasktracker.core.ids import new_id


class Charge(models.Model):
    """Money that an account owes: one row, one saved intent at a time, at most one capture.

    task: of kind "stake".  request_id, note, month: of kind "direct"; month is the ledger's that holds it.
    wish: what was decided and not yet carried out.  round: raised for each fresh intent, which carries it.
    mailed_at: when the mail server took the notification: the delays count from it.
    due_at: when there is something to do next; null while nothing is (ended, contested, mail not accepted).
    declines: authorisations that the bank refused.  seen_failure: the processor's id of the last of them.
    fence, lease_until, tries: as in the outbox; every write of a worker names its fence.
    Source: reliability.md 4.1, docs/adr/0031-charge-protocol.md.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in ChargeKind])
    task = models.OneToOneField("tasks.Task", on_delete=models.PROTECT, null=True, related_name="+")
    request_id = models.CharField(max_length=MAX_REQUEST_ID, null=True)
    cents = models.IntegerField()
    currency = models.CharField(max_length=3, default=CURRENCY)
    note = models.CharField(max_length=MAX_NOTE, blank=True, default="")
    month = models.DateField(null=True)

    status = models.CharField(max_length=12, choices=[(status, status) for status in ChargeStatus])
    wish = models.CharField(max_length=8, blank=True, default="", choices=[(wish, wish) for wish in Wish])
    is_contested = models.BooleanField(default=False)
    contest_text = models.CharField(max_length=MAX_NOTE, blank=True, default="")
    contested_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    needs_person = models.CharField(
        max_length=12, blank=True, default="", choices=[(reason, reason) for reason in PersonReason]
    )

    intent_id = models.CharField(max_length=255, null=True, unique=True)
    round = models.PositiveIntegerField(default=1)
    lapses = models.PositiveIntegerField(default=0)
    declines = models.PositiveIntegerField(default=0)
    seen_failure = models.CharField(max_length=255, blank=True, default="")
    decline_code = models.CharField(max_length=64, blank=True, default="")
    decline_message = models.CharField(max_length=300, blank=True, default="")
    refund_id = models.CharField(max_length=255, blank=True, default="")
    capture_before = models.DateTimeField(null=True)

    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True, default="")

    created_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    authorised_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # captured counts as ended; a refund later does not move it
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["user", "request_id"], name="charge_once_per_request"),
            models.CheckConstraint(
                condition=Q(status__in=[str(status) for status in ChargeStatus]),
                name="charge_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(wish__in=[str(wish) for wish in Wish]), name="charge_wish_is_known"
            ),
            models.CheckConstraint(
                condition=Q(needs_person__in=[str(reason) for reason in PersonReason]),
                name="charge_reason_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind="stake", task__isnull=False, request_id=None, month=None)
                | Q(kind="direct", task=None, request_id__isnull=False, month__isnull=False),
                name="charge_fits_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(cents__gte=MIN_CHARGE_CENTS, cents__lte=MAX_CHARGE_CENTS),
                name="charge_cents_in_range",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, status__in=sorted(OPEN))
                | Q(ended_at__isnull=False, status__in=sorted(ENDED)),
                name="charge_ended_at_iff_ended",
            ),
            models.CheckConstraint(
                condition=Q(intent_id__isnull=False) | ~Q(status__in=["authorised", "captured", "refunded"]),
                name="charge_money_has_an_intent",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="charge_due", condition=Q(due_at__isnull=False)),
            models.Index(
                fields=["id"], name="charge_unmailed", condition=Q(status="notified", mailed_at=None)
            ),
            models.Index(fields=["user", "-id"], name="charge_page"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cents} {self.currency}: {self.status}"


class ChargeEvent(models.Model):
    """One thing that happened to a charge; rows are only ever added, and replayed they give the charge (P33).

    actor: "system", "owner", "processor" or "staff:<id>".  before: "" for the first.  after_...: what was
    true when it had happened.  command_id: of a person's command, so that it acts once.
    """

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="events", db_index=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=32)
    event = models.CharField(max_length=24)
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12)
    after_wish = models.CharField(max_length=8, blank=True)
    after_is_contested = models.BooleanField()
    after_needs_person = models.CharField(max_length=12, blank=True)
    intent_id = models.CharField(max_length=255, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    command_id = models.UUIDField(null=True, unique=True)

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["charge", "id"], name="charge_event_log")]

    def __str__(self) -> str:
        return f"{self.event} of {self.charge_id}"
