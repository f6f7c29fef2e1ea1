"""Mail: queued with the change that causes it, sealed at rest, sent by the outbox's own handler.

What a mail says belongs to the app that writes it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr
from uuid import UUID, uuid5

from django.conf import settings

from tasktracker.core.sealing import CannotOpen
from tasktracker.outbox.gateways.smtp import Mail, send_mail
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import NewDelivery, clear_payload, enqueue_deliveries
from tasktracker.outbox.rules.outcomes import Outcome

KIND = "mail"
_ENDPOINT = "mail"
_NO_ACCOUNT = 0
_NAMESPACE = UUID("6f757462-6f78-5d61-a96c-6f6e63652121")


def queue_mail(
    *,
    kind_event: str,
    object_key: str,
    to: Sequence[str],
    subject: str,
    text: str,
    html: str | None = None,
    account_id: int | None = None,
    headers: Mapping[str, str] | None = None,
    task_id: UUID | None = None,
) -> None:
    """Queue a mail in the caller's transaction.

    kind_event, object_key: what it is about ("charge.missed", the charge's id): the same two never make a
    second mail, however often it is asked for.  account_id: whose share of the sending it takes.
    task_id: in whose history it is shown.
    The message is sealed until it is sent, and blanked then, as it may carry codes and links.
    """
    message = {
        "to": list(to),
        "subject": " ".join(subject.split()),  # a title may hold line ends, a header must not
        "text": text,
        "html": html,
        "headers": dict(headers or {}),
    }
    row = NewDelivery(
        kind=KIND,
        event=kind_event,
        event_id=mail_event_id(kind_event, object_key),
        endpoint=_ENDPOINT,
        account_id=account_id or _NO_ACCOUNT,
        payload=json.dumps(message),
        seal=True,
        subject_id=task_id,
    )
    enqueue_deliveries([row], once=True)


def mail_event_id(kind_event: str, object_key: str) -> UUID:
    """Return the event id that a mail about this object has: how its delivery is found again."""
    return uuid5(_NAMESPACE, f"{kind_event}:{object_key}")


class MailHandler:
    """Sends deliveries of kind "mail". All mail of an account goes to one endpoint, the mail server."""

    concurrency_per_endpoint = 4

    def load(self, deliveries: Sequence[Delivery]) -> Mapping[UUID, object | None]:
        """Return who we send as: everything else is in the deliveries themselves."""
        return dict.fromkeys((delivery.pk for delivery in deliveries), settings.TASKTRACKER_MAIL_FROM)

    def send(self, delivery: Delivery, context: object) -> Outcome:
        """Hand the mail to the mail server."""
        sender = str(context)
        try:
            message = json.loads(clear_payload(delivery))
        except CannotOpen:
            return Outcome("retry", error="sealed mail cannot be opened")
        return send_mail(Mail(message_id=_message_id(delivery.event_id, sender), sender=sender, **message))

    def settled(self, delivery: Delivery, context: object, outcome: Outcome, at: datetime) -> None:
        """Nothing follows: a mail server is never switched off."""


def _message_id(event_id: UUID, sender: str) -> str:
    _, _, domain = parseaddr(sender)[1].rpartition("@")
    return f"<{event_id.hex}@{domain or 'localhost'}>"
