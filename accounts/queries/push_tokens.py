"""The devices that an account is told on, as their owner may see them: never their tokens."""

from django.db.models import QuerySet

from accounts.models import PushToken
from accounts.rules.principal import Principal


def push_tokens_of(principal: Principal) -> QuerySet[PushToken]:
    """List the caller's own devices, newest first, without their tokens."""
    own = PushToken.objects.filter(user_id=principal.user_id)
    return own.defer("token_sealed", "digest").order_by("-created_at", "-pk")
