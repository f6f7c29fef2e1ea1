"""Webhooks: registering, changing, rotating and removing them, and trying them out.

Which events reach them is events.py; how they are sent is webhook_deliveries.py.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import Project, User
from accounts.queries.organizations import own_role
from accounts.queries.projects import project_visible_to
from accounts.rules.principal import Principal
from accounts.rules.roles import may_manage
from tasks.models import Webhook
from tasks.operations.events import KIND
from tasks.queries.webhooks import locked_webhook, require_account, webhook_visible_to
from tasks.rules.payloads import task_payload
from tasks.rules.signatures import new_secret
from tasks.rules.subscriptions import (
    MAX_PER_ACCOUNT,
    MAX_PER_PROJECT,
    SECRET_OVERLAP,
    event_problems,
    slug_problems,
    url_problems,
)
from tasks.rules.vocabulary import TEST_EVENT, DisabledReason
from tasktracker.core.errors import Conflict, Forbidden, Invalid, Problem, RuleBroken
from tasktracker.core.ids import new_id, parse_id
from tasktracker.core.sealing import seal
from tasktracker.core.unset import UNSET, Unset
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries
from tasktracker.outbox.operations.replay import replay_delivery

_NO_TASK = UUID(int=0)


class TooManyWebhooks(RuleBroken):
    """The account, or the project, has as many webhooks as it may."""

    default_message = "There are too many webhooks already."


class WebhookSlugTaken(Conflict):
    """The project has a webhook of this name."""

    code = "slug_taken"
    default_message = "This project has a webhook with this slug already."


class WebhookSwitchedOff(Conflict):
    """Nothing is sent to a webhook that is off."""

    default_message = "This webhook is switched off."


def register_webhook(
    *, principal: Principal, url: str, events: Sequence[str], is_enabled: bool = True, at: datetime
) -> tuple[Webhook, str]:
    """Send the events of the tasks that the caller owns to an address. is_enabled: from now on.

    Returns the webhook and its secret, which is not shown again.
    Raises Invalid (url, events), TooManyWebhooks, Forbidden (not a credential for the whole account).
    """
    require_account(principal)
    _require(*_url_problems(url), *event_problems(events))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=principal.user_id)  # so that two at once are counted
        if Webhook.objects.filter(user_id=principal.user_id).count() >= MAX_PER_ACCOUNT:
            raise TooManyWebhooks
        state = _switched(is_enabled)
        return _register(url, at, user_id=principal.user_id, events=list(events), **state)


def register_project_webhook(
    *, principal: Principal, project_id: int, slug: str, url: str, at: datetime
) -> tuple[Webhook, str]:
    """Name an address that the actions of a project can send to.

    Returns the webhook and its secret, which is not shown again.
    Raises NotFound, Invalid (url, slug), Forbidden (not a manager), TooManyWebhooks, WebhookSlugTaken.
    """
    require_account(principal)
    project = project_visible_to(principal, project_id=project_id)
    if not may_manage(own_role(principal, project.organization_id)):
        raise Forbidden
    _require(*_url_problems(url), *slug_problems(slug))
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project_id)
        if Webhook.objects.filter(project_id=project_id).count() >= MAX_PER_PROJECT:
            raise TooManyWebhooks
        try:
            with transaction.atomic():
                return _register(url, at, project_id=project_id, slug=slug)
        except IntegrityError:
            raise WebhookSlugTaken from None


def edit_webhook(
    *,
    principal: Principal,
    webhook_id: UUID,
    at: datetime,
    url: str | Unset = UNSET,
    events: Sequence[str] | Unset = UNSET,
    is_enabled: bool | Unset = UNSET,
) -> Webhook:
    """Change a webhook; what is UNSET stays. Switched on again, it starts without a history of failures.

    events: of an account's webhook only; a project's is told by actions.
    Raises NotFound, Forbidden, Invalid (url, events).
    """
    with transaction.atomic():
        webhook = locked_webhook(principal, webhook_id)
        changes: dict[str, Any] = {"updated_at": at}
        if not isinstance(url, Unset):
            _require(*_url_problems(url))
            changes["url"] = url
        if not isinstance(events, Unset):
            _require(*_events_problems(webhook, events))
            changes["events"] = list(events)
        if not isinstance(is_enabled, Unset) and is_enabled != webhook.is_enabled:
            changes |= _switched(is_enabled)
        return _save(webhook, changes)


def rotate_webhook_secret(*, principal: Principal, webhook_id: UUID, at: datetime) -> str:
    """Give a webhook a new secret. For 24 hours the one before signs too; an older one is gone at once.

    Returns the new secret, which is not shown again. Raises NotFound, Forbidden.
    """
    with transaction.atomic():
        webhook = locked_webhook(principal, webhook_id)
        secret = new_secret()
        changes = {
            "secret_sealed": _sealed(secret, webhook.pk),
            "previous_secret_sealed": webhook.secret_sealed,
            "previous_secret_until": at + SECRET_OVERLAP,
            "updated_at": at,
        }
        _save(webhook, changes)
    return secret


def delete_webhook(*, principal: Principal, webhook_id: UUID) -> None:
    """Remove a webhook; what is still on its way to it is cancelled. Raises NotFound, Forbidden."""
    with transaction.atomic():
        locked_webhook(principal, webhook_id).delete()


def send_test_event(*, principal: Principal, webhook_id: UUID, at: datetime) -> None:
    """Send an event `webhook.test` about no task, in the shape of the others.

    Raises NotFound, Forbidden, WebhookSwitchedOff.
    """
    with transaction.atomic():
        webhook = webhook_visible_to(principal, webhook_id)
        if not webhook.is_enabled:
            raise WebhookSwitchedOff
        payload = task_payload(
            event=TEST_EVENT,
            task_id=_NO_TASK,
            title="Test event",
            base_url=settings.TASKTRACKER_BASE_URL,
            at=at,
        )
        account_id = webhook.user_id or principal.user_id
        enqueue_deliveries([NewDelivery(KIND, TEST_EVENT, new_id(), str(webhook.pk), account_id, payload)])


def replay_webhook_delivery(*, principal: Principal, delivery_id: UUID) -> None:
    """Send a finished delivery again, under its old id and with its old text.

    Raises NotFound, Forbidden, WebhookSwitchedOff, StillOnItsWay.
    """
    with transaction.atomic():
        endpoint = Delivery.objects.filter(pk=delivery_id, kind=KIND).values_list("endpoint", flat=True)
        webhook = webhook_visible_to(principal, parse_id(endpoint.first() or ""))
        if not webhook.is_enabled:
            raise WebhookSwitchedOff
        replay_delivery(delivery_id=delivery_id, endpoint=str(webhook.pk))


def retire_old_secrets(at: datetime) -> int:
    """Forget the secrets whose overlap is over. Returns how many."""
    over = Webhook.objects.filter(previous_secret_until__lte=at)
    return over.update(previous_secret_sealed="", previous_secret_until=None)


def _register(url: str, at: datetime, **columns: Any) -> tuple[Webhook, str]:
    webhook_id, secret = new_id(), new_secret()
    webhook = Webhook.objects.create(
        id=webhook_id,
        url=url,
        secret_sealed=_sealed(secret, webhook_id),
        created_at=at,
        updated_at=at,
        **columns,
    )
    return webhook, secret


def _save(webhook: Webhook, changes: dict[str, Any]) -> Webhook:
    for name, value in changes.items():
        setattr(webhook, name, value)
    webhook.save(update_fields=list(changes))
    return webhook


def _switched(is_enabled: bool) -> dict[str, Any]:  # noqa: FBT001 - the value that is stored
    reason = "" if is_enabled else DisabledReason.OWNER
    return {"is_enabled": is_enabled, "disabled_reason": reason, "failing_since": None}


def _sealed(secret: str, webhook_id: UUID) -> str:
    return seal(secret.encode(), purpose=secret_purpose(webhook_id))


def secret_purpose(webhook_id: UUID) -> str:
    """Name what a webhook's secret is sealed for."""
    return f"webhook:{webhook_id}"


def _require(*problems: Problem) -> None:
    if problems:
        raise Invalid(*problems)


def _url_problems(url: str) -> Iterable[Problem]:
    return url_problems(url, allow_loopback=settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS)


def _events_problems(webhook: Webhook, events: Sequence[str]) -> Iterable[Problem]:
    if webhook.project_id is not None:
        return [Problem("events", "not_allowed", "A project's webhook is told by actions.")]
    return event_problems(events)
