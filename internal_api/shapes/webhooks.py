"""Bodies of webhooks and of what was sent to them. Source: internal.md, Webhook and Delivery."""

from typing import Any, Final

from rest_framework import serializers

from internal_api.shapes.reading import Body, BodyIn
from internal_api.shapes.showing import (
    ID,
    MOMENT,
    NUMBER,
    TEXT,
    YES_OR_NO,
    moment,
    or_null,
    page_of,
    thing,
    words,
)
from tasks.rules.vocabulary import Event
from tasktracker.http.fields import Flag, Text
from tasktracker.outbox.rules.states import STATES
from tasktracker.outbox.rules.targets import URL_CHARACTERS_MAX

_EVENTS: Final = tuple(str(event) for event in Event)


class Events(serializers.ListField):
    """Names of events; which there are, the domain says."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=Text(max_length=64), max_length=len(_EVENTS), **options)


class WebhookChangesIn(BodyIn):
    url = Text(max_length=URL_CHARACTERS_MAX, required=False)
    events = Events(required=False)
    is_enabled = Flag(required=False)


class NewWebhookIn(WebhookChangesIn):
    url = Text(max_length=URL_CHARACTERS_MAX)
    events = Events()


def webhook_out(webhook: Any) -> Body:
    """Show a webhook, but not its secret."""
    return {
        "id": str(webhook.pk),
        "url": webhook.url,
        "events": webhook.events,
        "is_enabled": webhook.is_enabled,
        "disabled_reason": webhook.disabled_reason or None,
        "created_at": moment(webhook.created_at),
    }


def delivery_out(delivery: Any) -> Body:
    """Show what was, or is still to be, sent."""
    return {
        "id": str(delivery.pk),
        "event": delivery.event,
        "status": delivery.state,
        "attempts": delivery.attempt_count,
        "last_status_code": delivery.last_status,
        "created_at": moment(delivery.created_at),
        "delivered_at": moment(delivery.delivered_at),
    }


_KEYS: Final = {
    "id": ID,
    "url": TEXT,
    "events": {"type": "array", "items": words(*_EVENTS)},
    "is_enabled": YES_OR_NO,
    "disabled_reason": or_null(TEXT),
    "created_at": MOMENT,
}
WEBHOOK: Final = thing((), **_KEYS)
WEBHOOKS: Final = page_of(WEBHOOK)
SECRET: Final = thing(secret=TEXT)
MADE_WEBHOOK: Final = thing((), **_KEYS, secret=TEXT)
DELIVERIES: Final = page_of(
    thing(
        id=ID,
        event=TEXT,
        status=words(*STATES),
        attempts=NUMBER,
        last_status_code=or_null(NUMBER),
        created_at=MOMENT,
        delivered_at=or_null(MOMENT),
    )
)
