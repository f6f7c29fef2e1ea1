"""The caps that an account sets itself: changed at once, told by mail, and written down."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from accounts.rules.principal import Principal, require_own_account
from charges.models import Wallet, WalletChange
from charges.operations import mails
from charges.rules.limits import limit_problems
from tasktracker.core.errors import Invalid
from tasktracker.core.money import dollars
from tasktracker.core.unset import UNSET, Unset

_WORDS: Final = {
    "monthly_stake_limit_cents": "monthly stake limit",
    "monthly_charge_limit_cents": "monthly charge limit",
}


def set_limits(
    *,
    principal: Principal,
    monthly_stake_limit_cents: int | Unset | None = UNSET,
    monthly_charge_limit_cents: int | Unset | None = UNSET,
    at: datetime,
) -> None:
    """Change the caller's monthly caps: 0 allows nothing, None everything, what is UNSET stays.

    It holds from the next reservation on; what was reserved before stays. A change is audited and mailed.
    Raises Invalid (problems on these names), NotForKeys.
    """
    require_own_account(principal)
    wanted = {
        "monthly_stake_limit_cents": monthly_stake_limit_cents,
        "monthly_charge_limit_cents": monthly_charge_limit_cents,
    }
    given = {name: cents for name, cents in wanted.items() if not isinstance(cents, Unset)}
    problems = [problem for name, cents in given.items() for problem in limit_problems(name, cents)]
    if problems:
        raise Invalid(*problems)
    if given:
        _change(principal, given, at)


def _change(principal: Principal, given: dict[str, int | None], at: datetime) -> None:
    Wallet.objects.bulk_create([Wallet(user_id=principal.user_id)], ignore_conflicts=True)
    with transaction.atomic():
        wallet = Wallet.objects.select_for_update().get(pk=principal.user_id)
        changed = {name: cents for name, cents in given.items() if getattr(wallet, name) != cents}
        rows = [_audit(wallet, name, cents, principal.kind, at) for name, cents in changed.items()]
        if not rows:
            return
        for name, cents in changed.items():
            setattr(wallet, name, cents)
        wallet.save(update_fields=list(changed))
        WalletChange.objects.bulk_create(rows)
        _tell(principal.user_id, rows, at)


def _audit(wallet: Wallet, name: str, cents: int | None, actor: str, at: datetime) -> WalletChange:
    before: int | None = getattr(wallet, name)
    return WalletChange(
        user_id=wallet.pk, at=at, actor=actor, limit=name, before_cents=before, after_cents=cents
    )


def _tell(user_id: int, rows: list[WalletChange], at: datetime) -> None:
    changes: list[dict[str, Any]] = [
        {"what": _WORDS[row.limit], "before": _said(row.before_cents), "after": _said(row.after_cents)}
        for row in rows
    ]
    user = User.objects.get(pk=user_id)
    mails.mail_owner(user, mails.LIMIT_CHANGED, key=f"{user_id}:{at.isoformat()}", changes=changes)


def _said(cents: int | None) -> str:
    return "no limit" if cents is None else dollars(cents)
