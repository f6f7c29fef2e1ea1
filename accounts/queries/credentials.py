"""The credentials of an account, as its owner may see them: never their text, which is nowhere."""

from django.db.models import QuerySet

from accounts.models import Credential
from accounts.rules.principal import Principal
from accounts.rules.scopes import TRIGGERS_TOKEN


def credentials_of(principal: Principal, *, kind: str = TRIGGERS_TOKEN) -> QuerySet[Credential]:
    """List the caller's own credentials of one kind, revoked and expired ones too, newest first."""
    own = Credential.objects.filter(user_id=principal.user_id, kind=kind)
    return own.order_by("-created_at", "-id")
