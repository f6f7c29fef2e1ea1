"""What an export holds of money: charges with their steps, recurring stakes, limits, the months."""

from typing import Final

from accounts.operations.export_sections import Section, same_names
from charges.models import Charge, ChargeEvent, MonthLedger, RecurringStake, Wallet, WalletChange

SECTIONS: Final = (
    Section(
        "charges",
        lambda user_id: Charge.objects.filter(user_id=user_id),
        same_names(
            *("id", "kind", "task_id", "request_id", "cents", "currency", "note", "status", "is_contested"),
            *("contest_text", "contested_at", "decided_at", "decline_code", "decline_message"),
            *("created_at", "mailed_at", "authorised_at", "ended_at"),
        ),
    ),
    Section(
        "charge_events",
        lambda user_id: ChargeEvent.objects.filter(charge__user_id=user_id),
        same_names("id", "charge_id", "at", "actor", "event", "before", "after", "detail"),
    ),
    Section(
        "recurring_stakes",
        lambda user_id: RecurringStake.objects.filter(user_id=user_id),
        same_names("id", "title", "stake_cents", "days", "last_due_at", "created_at", "stopped_at"),
    ),
    Section(
        "limits",
        lambda user_id: Wallet.objects.filter(user_id=user_id),
        same_names("monthly_stake_limit_cents", "monthly_charge_limit_cents"),
    ),
    Section(
        "limit_changes",
        lambda user_id: WalletChange.objects.filter(user_id=user_id),
        same_names("at", "actor", "limit", "before_cents", "after_cents"),
    ),
    Section(
        "months",
        lambda user_id: MonthLedger.objects.filter(user_id=user_id),
        same_names("month", "staked_cents", "charged_cents"),
    ),
)
