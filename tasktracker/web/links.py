"""Links in mails that change an account's address: what they say is signed, and ends after three days.

The other mailed links are allauth's.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from tasktracker.core.errors import NotFound

_SALT = "tasktracker.web.change-email"
_MAX_AGE_SECONDS = 3 * 24 * 3600


def change_link(*, user_id: int, email: str) -> str:
    """Write the link that shows that a new address is theirs."""
    key = signing.dumps({"user": user_id, "email": email}, salt=_SALT)
    return f"{settings.TASKTRACKER_BASE_URL}{reverse('confirm_change', args=[key])}"


def read_change(key: str) -> tuple[int, str]:
    """Read the account and the address of a link. Raises NotFound."""
    try:
        said = signing.loads(key, salt=_SALT, max_age=_MAX_AGE_SECONDS)
    except signing.BadSignature:
        raise NotFound("This link is out of date. Ask for a new one in your settings.") from None
    return int(said["user"]), str(said["email"])
