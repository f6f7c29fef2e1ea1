"""Links that confirm a changed address: what they say is signed, and ends after three days.

The other mailed links are allauth's. The page behind them is the interface's; a test compares its path.
"""

from typing import Final

from django.conf import settings
from django.core import signing

from accounts.models import User
from tasktracker.core.errors import NotFound
from tasktracker.outbox.operations.mail import queue_mail

PATH: Final = "/accounts/confirm-email/change/{key}/"
_SALT: Final = "tasktracker.web.change-email"
_MAX_AGE_SECONDS: Final = 3 * 24 * 3600
_TEXT: Final = """\
You asked to use this address for your Task Tracker account.

To confirm it, follow this link within three days:

{link}

If it was not you, do nothing.
"""


def change_link(*, user_id: int, email: str) -> str:
    """Write the link that shows that a new address is theirs."""
    key = signing.dumps({"user": user_id, "email": email}, salt=_SALT)
    return f"{settings.TASKTRACKER_BASE_URL}{PATH.format(key=key)}"


def read_change(key: str) -> tuple[int, str]:
    """Read the account and the address of a link. Raises NotFound."""
    try:
        said = signing.loads(key, salt=_SALT, max_age=_MAX_AGE_SECONDS)
    except signing.BadSignature:
        raise NotFound("This link is out of date. Ask for a new one in your settings.") from None
    return int(said["user"]), str(said["email"])


def queue_change_link(user: User) -> None:
    """Mail the link to the address that an account asked to change to."""
    link = change_link(user_id=user.pk, email=user.pending_email)
    queue_mail(
        kind_event="account.confirm_change",
        object_key=link,
        to=[user.pending_email],
        subject="Confirm your new address",
        text=_TEXT.format(link=link),
        account_id=user.pk,
    )
