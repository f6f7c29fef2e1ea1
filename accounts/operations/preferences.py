"""Changing what an account wants to be told.

Sending reminders does not belong here.
"""

from collections.abc import Mapping
from datetime import time

from django.db import transaction

from accounts.models import Preferences
from accounts.queries.accounts import account_of
from accounts.rules.preferences import require_near_reminder
from accounts.rules.principal import Principal, require_whole_account
from tasktracker.core.errors import Invalid
from tasktracker.core.unset import UNSET, Unset


class NothingToChange(Invalid):
    """Not one preference was named."""

    code = "nothing_to_change"
    default_message = "Send at least one preference."

    def __init__(self) -> None:
        super().__init__(message=self.default_message)


def change_preferences(
    *,
    principal: Principal,
    wants_email: bool | Unset = UNSET,
    reminder_before_minutes: int | Unset = UNSET,
    wants_task_reminders: bool | Unset = UNSET,
    wants_automatic_reminders: bool | Unset = UNSET,
    wants_daily_digest: bool | Unset = UNSET,
    digest_time: time | Unset | None = UNSET,
) -> None:
    """Change some preferences of the caller's account.

    digest_time: of day, in the account's time zone; None = no wish.
    Raises NotForKeys, NothingToChange, BadReminder, NotFound.
    """
    require_whole_account(principal)
    wishes = {
        "wants_email": wants_email,
        "reminder_before_minutes": reminder_before_minutes,
        "wants_task_reminders": wants_task_reminders,
        "wants_automatic_reminders": wants_automatic_reminders,
        "wants_daily_digest": wants_daily_digest,
        "digest_time": digest_time,
    }
    changes = {name: wish for name, wish in wishes.items() if not isinstance(wish, Unset)}
    if not changes:
        raise NothingToChange
    if not isinstance(reminder_before_minutes, Unset):
        require_near_reminder(reminder_before_minutes)
    _write(principal, changes)


def _write(principal: Principal, changes: Mapping[str, object]) -> None:
    with transaction.atomic():
        user = account_of(principal)
        Preferences.objects.update_or_create(user=user, defaults=changes)
