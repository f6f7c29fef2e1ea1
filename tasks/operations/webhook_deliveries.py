"""The outbox's handler for webhooks: what sending needs, and what follows from how it went.

The call itself is gateways/webhooks.py; retries, leases and the log are the outbox's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from tasks.gateways.webhooks import Destination, call
from tasks.models import Webhook
from tasks.operations.webhooks import secret_purpose
from tasks.queries.webhooks import addresses_of_owner
from tasks.rules.subscriptions import FAILURES_UNTIL_OFF, is_given_up
from tasks.rules.vocabulary import DisabledReason
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.sealing import CannotOpen, unseal
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.mail import queue_mail
from tasktracker.outbox.rules.outcomes import Outcome

_COLUMNS = ("pk", "url", "failing_since", "secret_sealed", "previous_secret_sealed", "is_overlapping")
_MAIL = """\
Your webhook {url} was switched off.

{reason} Nothing more is sent to it until you switch it on again:
{base_url}/webhooks/

What was not delivered is kept there for 30 days and can be sent again.
"""
_REASONS = {
    DisabledReason.GONE: "Its receiver answered 410 Gone.",
    DisabledReason.FAILING: "Every call of the last 5 days has failed.",
}


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A webhook as it was when its deliveries were claimed."""

    webhook_id: UUID
    failing_since: datetime | None
    destination: Destination


class WebhookHandler:
    """Sends deliveries of kind "webhook"; their endpoint is the webhook's id."""

    concurrency_per_endpoint = 2  # P12

    def load(self, deliveries: Sequence[Delivery]) -> Mapping[UUID, object | None]:
        """Fetch the enabled webhooks of a batch, in one query; deliveries of others get nothing."""
        wanted = Webhook.objects.filter(is_enabled=True, pk__in={each.endpoint for each in deliveries})
        overlap = Q(previous_secret_until__gt=DatabaseNow())
        rows = wanted.order_by().annotate(is_overlapping=overlap).values(*_COLUMNS)
        loaded = {str(row["pk"]): _loaded(row) for row in rows}
        return {delivery.pk: loaded.get(delivery.endpoint) for delivery in deliveries}

    def send(self, delivery: Delivery, context: object) -> Outcome:
        """Make one attempt. The network only."""
        destination = cast("_Loaded", context).destination
        return call(destination, body=delivery.payload, event_id=delivery.event_id)

    def settled(self, delivery: Delivery, context: object, outcome: Outcome, at: datetime) -> None:
        """Note since when a webhook fails; switch it off when that is too long, or when it is gone."""
        webhook = cast("_Loaded", context)
        if outcome.result == "delivered" and webhook.failing_since is None:
            return  # nearly always; even a query that is not run takes longer than the rest
        row = Webhook.objects.filter(pk=webhook.webhook_id)
        if outcome.result == "delivered":
            row.update(failing_since=None)
        elif outcome.result == "gone":
            _switch_off(webhook.webhook_id, DisabledReason.GONE, at)
        elif is_given_up(webhook.failing_since, at):
            _switch_off(webhook.webhook_id, DisabledReason.FAILING, at)
        elif webhook.failing_since is None:
            row.filter(failing_since=None).update(failing_since=at)


def _loaded(row: Mapping[str, Any]) -> _Loaded:
    sealed = [row["secret_sealed"], row["previous_secret_sealed"]]
    secrets = _opened(row["pk"], sealed if row["is_overlapping"] else sealed[:1])
    return _Loaded(row["pk"], row["failing_since"], Destination(row["url"], secrets))


def _opened(webhook_id: UUID, sealed: Sequence[str]) -> Sequence[str]:
    """Open secrets. Without the key there are none: the attempt fails, and is tried again later."""
    try:
        return [unseal(text, purpose=secret_purpose(webhook_id)).decode() for text in sealed]
    except CannotOpen:
        return []


def _switch_off(webhook_id: UUID, reason: DisabledReason, at: datetime) -> None:
    """Switch a webhook off and tell its owner, once.

    That it still fails is asked of the row itself: a call may have succeeded since it was loaded.
    """
    still_on = Webhook.objects.filter(pk=webhook_id, is_enabled=True)
    if reason == DisabledReason.FAILING:
        still_on = still_on.filter(failing_since__lte=at - FAILURES_UNTIL_OFF)
    if not still_on.update(is_enabled=False, disabled_reason=reason, updated_at=at):
        return
    webhook = Webhook.objects.select_related("user").get(pk=webhook_id)
    text = _MAIL.format(url=webhook.url, reason=_REASONS[reason], base_url=settings.TASKTRACKER_BASE_URL)
    queue_mail(
        kind_event="webhook.switched_off",
        object_key=f"{webhook_id}:{at.isoformat()}",
        to=addresses_of_owner(webhook),
        subject="A webhook was switched off",
        text=text,
        account_id=webhook.user_id,
    )
