"""Changing a profile as the stakes dialect does: any of its parts, all of them or none."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.operations.accounts import change_email, edit_profile, set_unsubscribed
from accounts.operations.address_links import queue_change_link
from accounts.operations.integrations import connect_beeminder
from accounts.rules.principal import Principal, require_own_account
from charges.operations.cards import find_checkout, take_over_checkout
from charges.operations.limits import set_limits
from charges.queries.wallets import MoneyProfile, money_profile
from tasktracker.core.unset import UNSET, Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanges:
    """What shall become of a profile; what is UNSET stays.

    name: None clears it.  time_zone: None is UTC.  beeminder_...: None or "" clears it.
    checkout_session_id: a Checkout whose card is to be charged from now on; None forgets an unfinished one.
    """

    name: str | Unset | None = UNSET
    email: str | Unset = UNSET
    time_zone: str | Unset | None = UNSET
    is_unsubscribed: bool | Unset = UNSET
    beeminder_user: str | Unset | None = UNSET
    beeminder_token: str | Unset | None = UNSET
    beeminder_goal_new_tasks: str | Unset | None = UNSET
    monthly_stake_limit_cents: int | Unset | None = UNSET
    monthly_charge_limit_cents: int | Unset | None = UNSET
    checkout_session_id: str | Unset | None = UNSET


def change_profile(*, principal: Principal, changes: ProfileChanges, at: datetime) -> MoneyProfile:
    """Change the caller's profile. A new address is shown at once, and used once it is confirmed by mail.

    Raises BadName, BadEmail, UnknownZone, BadBeeminder, Invalid (limits), NoSuchCheckout, ProcessorAway,
    NotForKeys, NotFound; nothing is changed then.
    Source: stakes document, "PUT /api2/me".
    """
    require_own_account(principal)
    checkout = find_checkout(principal, changes.checkout_session_id)
    with transaction.atomic():
        _change_account(principal, changes, at)
        connect_beeminder(
            principal=principal,
            username=changes.beeminder_user,
            token=changes.beeminder_token,
            goal_new_tasks=changes.beeminder_goal_new_tasks,
        )
        set_limits(
            principal=principal,
            monthly_stake_limit_cents=changes.monthly_stake_limit_cents,
            monthly_charge_limit_cents=changes.monthly_charge_limit_cents,
            at=at,
        )
        take_over_checkout(principal, checkout, at=at)
    return money_profile(principal)


def _change_account(principal: Principal, changes: ProfileChanges, at: datetime) -> None:
    edit_profile(
        principal=principal,
        name="" if changes.name is None else changes.name,
        time_zone="UTC" if changes.time_zone is None else changes.time_zone,
        is_name_needed=False,
    )
    if not isinstance(changes.email, Unset):
        user = change_email(principal=principal, email=changes.email, at=at)
        if user.pending_email:
            queue_change_link(user)
    if not isinstance(changes.is_unsubscribed, Unset):
        set_unsubscribed(user_id=principal.user_id, is_unsubscribed=changes.is_unsubscribed)
