"""The rows of money. Only operations, queries, jobs and the admin use them."""

from charges.models.cards import CardCustomer
from charges.models.charges import Charge, ChargeEvent
from charges.models.closing import Closing
from charges.models.ledger import MonthLedger, Wallet, WalletChange
from charges.models.processor import Cursor, Difference, ProcessorEvent
from charges.models.recurring import RecurringStake

__all__ = [
    "CardCustomer",
    "Charge",
    "ChargeEvent",
    "Closing",
    "Cursor",
    "Difference",
    "MonthLedger",
    "ProcessorEvent",
    "RecurringStake",
    "Wallet",
    "WalletChange",
]
