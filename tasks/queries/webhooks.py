"""Which webhooks a caller can see, and what was sent to them.

The deliveries are the outbox's rows; a caller reaches them through a webhook only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Membership, Project
from accounts.rules.principal import Principal
from accounts.rules.roles import ROLES, may_manage
from tasks.models import Webhook
from tasks.queries.tasks import PAGE_SIZE, require_all_tasks
from tasks.rules.vocabulary import DisabledReason
from tasktracker.core.errors import Forbidden, NotFound
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.queries.deliveries import deliveries_of, delivery_log


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One page, newest first. next_before: pass it as `before` for the next one; None on the last."""

    deliveries: Sequence[Delivery]
    next_before: UUID | None


def webhooks_of(principal: Principal) -> QuerySet[Webhook]:
    """List the webhooks of the caller's account, newest first. Raises Forbidden, as webhook_visible_to()."""
    require_account(principal)
    return Webhook.objects.filter(user_id=principal.user_id).order_by("-pk")


def project_webhooks(principal: Principal, project_id: int) -> QuerySet[Webhook]:
    """List the webhooks of a project that the caller manages, by slug. Raises Forbidden."""
    return _visible_to(principal).filter(project_id=project_id).order_by("slug")


def troubled_webhooks(principal: Principal, *, limit: int) -> list[Webhook]:
    """List webhooks that do nothing but fail, or were switched off for it; those of webhook_visible_to().

    Raises Forbidden.
    """
    is_off = Q(is_enabled=False, disabled_reason__in=[DisabledReason.FAILING, DisabledReason.GONE])
    rows = _visible_to(principal).filter(is_off | Q(is_enabled=True, failing_since__isnull=False))
    return list(rows.order_by("-pk")[:limit])


def webhooks_in_reach(principal: Principal) -> QuerySet[Webhook]:
    """List all webhooks that webhook_visible_to() finds, for looking them up. Raises Forbidden."""
    return _visible_to(principal).order_by()


def webhook_visible_to(principal: Principal, webhook_id: UUID) -> Webhook:
    """Find one webhook: the account's own, or one of a project that the caller manages.

    Raises NotFound, Forbidden (a credential for single tasks, or bound to a project).
    """
    return _only(_visible_to(principal), webhook_id)


def locked_webhook(principal: Principal, webhook_id: UUID) -> Webhook:
    """Find and lock one webhook for a change. Raises NotFound, Forbidden."""
    return _only(_visible_to(principal).select_for_update(of=("self",)), webhook_id)


def delivery_page(
    *, principal: Principal, webhook_id: UUID, before: UUID | None = None, limit: int = PAGE_SIZE
) -> DeliveryPage:
    """List a page of what was sent to a webhook, with every attempt. Raises NotFound, Forbidden."""
    webhook = webhook_visible_to(principal, webhook_id)
    found = deliveries_of(str(webhook.pk), before=before, limit=limit + 1)
    return DeliveryPage(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def deliveries_to(principal: Principal, webhook_id: UUID) -> QuerySet[Delivery]:
    """List what was sent to a webhook, newest first, each with attempt_count. Raises NotFound, Forbidden."""
    return delivery_log(str(webhook_visible_to(principal, webhook_id).pk))


def require_account(principal: Principal) -> None:
    """Refuse credentials that do not reach the whole account. Raises Forbidden."""
    require_all_tasks(principal)
    if principal.project_id is not None or principal.organization_id is not None:
        raise Forbidden


def addresses_of_owner(webhook: Webhook) -> list[str]:
    """List the e-mail addresses of its account, or of those who manage its project."""
    if webhook.user is not None:
        return [webhook.user.email]
    managers = Membership.objects.filter(
        organization__projects=webhook.project_id, role__in=_MANAGERS, user__is_active=True
    )
    return list(managers.order_by("pk").values_list("user__email", flat=True))


def _visible_to(principal: Principal) -> QuerySet[Webhook]:
    require_account(principal)
    if principal.owns_only:
        return Webhook.objects.filter(user_id=principal.user_id)
    managed = Project.objects.filter(
        organization__memberships__in=Membership.objects.filter(
            user_id=principal.user_id, role__in=_MANAGERS
        ),
        deleted_at=None,
    )
    return Webhook.objects.filter(Q(user_id=principal.user_id) | Q(project__in=managed))


def _only(webhooks: QuerySet[Webhook], webhook_id: UUID) -> Webhook:
    webhook = webhooks.filter(pk=webhook_id).first()
    if webhook is None:
        raise NotFound
    return webhook


_MANAGERS: Iterable[str] = [role for role in ROLES if may_manage(role)]
