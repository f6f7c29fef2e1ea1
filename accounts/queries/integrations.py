"""Accounts that somebody has elsewhere, without their secrets."""

from dataclasses import dataclass

from accounts.models import Beeminder
from accounts.rules.principal import Principal, require_own_account


@dataclass(frozen=True, slots=True)
class BeeminderAccount:
    """Who an account is at Beeminder; "" where a part was not given. is_connected: data points are sent."""

    username: str = ""
    goal_new_tasks: str = ""
    is_connected: bool = False


def beeminder_of(principal: Principal) -> BeeminderAccount:
    """Read who the caller is at Beeminder. Raises NotForKeys."""
    require_own_account(principal)
    row = Beeminder.objects.filter(pk=principal.user_id).first()
    if row is None:
        return BeeminderAccount()
    return BeeminderAccount(row.username, row.goal_new_tasks, bool(row.username and row.token_sealed))
