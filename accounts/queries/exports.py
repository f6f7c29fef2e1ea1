"""Exports of an account, as its owner sees them."""

from uuid import UUID

from accounts.models import Export
from accounts.rules.principal import Principal, require_own_account
from tasktracker.core.errors import NotFound

_SHOWN = 10


def exports_of(principal: Principal) -> list[Export]:
    """List the caller's newest exports, newest first. Raises NotForKeys."""
    require_own_account(principal)
    return list(Export.objects.filter(user_id=principal.user_id).order_by("-created_at", "-pk")[:_SHOWN])


def own_export(principal: Principal, export_id: UUID) -> Export:
    """Find an export of the caller. Raises NotFound, NotForKeys."""
    require_own_account(principal)
    export = Export.objects.filter(pk=export_id, user_id=principal.user_id).first()
    if export is None:
        raise NotFound
    return export
