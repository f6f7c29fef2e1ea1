"""What staff sees of money, and the four commands that it has: nothing of a charge can be edited here.

A command carries an id of its own from the page that offers it, so that submitting twice acts once.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.html import format_html_join

from accounts.models import User
from accounts.operations.credentials import principal_of_user
from charges.models import (
    CardCustomer,
    Charge,
    ChargeEvent,
    Closing,
    Cursor,
    Difference,
    MonthLedger,
    ProcessorEvent,
    RecurringStake,
    Wallet,
    WalletChange,
)
from charges.operations.decisions import Decision, decide
from charges.operations.mails import charge_mail_ids
from tasktracker.core import clock
from tasktracker.core.admin import CommandForm, CommandPage, LookOnly, LookOnlyInline, row_link, rows_link
from tasktracker.outbox.models import Delivery


class DecisionForm(CommandForm):
    """Which command."""

    decision = forms.ChoiceField(choices=[(each.value, each.value.replace("_", " ")) for each in Decision])
    field_order = ("decision", "why")


class _EventInline(LookOnlyInline):
    model = ChargeEvent
    fields = ("at", "actor", "event", "before", "after", "after_wish", "intent_id", "detail", "command_id")
    ordering = ("id",)


@admin.register(Charge)
class ChargeAdmin(CommandPage):
    list_display = ("created_at", "user", "kind", "cents", "status", "is_contested", "needs_person", "due_at")
    list_filter = ("needs_person", "is_contested", "status", "kind", "created_at")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "=intent_id", "=request_id", "=task__id", "task__title")
    ordering = ("-id",)
    inlines = (_EventInline,)
    fields = (
        *("id", "user", "kind", "task", "request_id", "cents", "currency", "note", "month"),
        *("status", "wish", "is_contested", "contest_text", "contested_at", "decided_at", "needs_person"),
        *("intent_id", "round", "lapses", "declines", "decline_code", "decline_message", "capture_before"),
        *("due_at", "lease_until", "fence", "tries", "last_error"),
        *("created_at", "mailed_at", "authorised_at", "ended_at", "updated_at"),
    )
    links = ("deliveries", "differences", "stakes_of_user")
    command_form = DecisionForm
    command_title = "Decide"
    command_help = (
        "uphold: a contested charge goes on. forgive: it ends, and what was taken goes back. "
        "refund: what was taken goes back. try again: a charge that needed a person is tried again."
    )

    def deliveries(self, charge: Charge) -> str:
        sent = Delivery.objects.filter(event_id__in=charge_mail_ids(charge)).order_by("pk")
        links = [(row_link("outbox_delivery", mail.pk, f"{mail.event}: {mail.state}"),) for mail in sent]
        return format_html_join(", ", "{}", links) or "-"

    def differences(self, charge: Charge) -> str:
        return rows_link("charges_difference", "Differences of the books", charge__id=charge.pk)

    def stakes_of_user(self, charge: Charge) -> str:
        return rows_link("charges_charge", "All charges of this account", user__id=charge.user_id)

    def carry_out(self, request: HttpRequest, pk: str, said: dict[str, Any]) -> str:
        """Decide about the charge."""
        at = clock.now()
        decide(
            principal=principal_of_user(_staff(request), at),
            charge_id=UUID(pk),
            decision=Decision(said["decision"]),
            command_id=said["command_id"],
            reason=said["why"],
            at=at,
        )
        return f"Decided: {said['decision'].replace('_', ' ')}."


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@admin.register(ChargeEvent)
class ChargeEventAdmin(LookOnly):
    """The log of all charges: who, what, when. Staff's own decisions are found by "staff:"."""

    list_display = ("at", "actor", "event", "charge", "before", "after", "after_wish", "detail")
    list_filter = ("event", "at")
    list_select_related = ("charge",)
    search_fields = ("^actor", "=charge__id", "=command_id", "=intent_id")
    ordering = ("-id",)


@admin.register(MonthLedger)
class MonthLedgerAdmin(LookOnly):
    list_display = ("month", "user", "staked_cents", "charged_cents")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    list_filter = ("month",)
    ordering = ("-month", "user_id")


@admin.register(Wallet)
class WalletAdmin(LookOnly):
    list_display = ("user", "monthly_stake_limit_cents", "monthly_charge_limit_cents", "digest_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("user_id",)


@admin.register(WalletChange)
class WalletChangeAdmin(LookOnly):
    list_display = ("at", "user", "actor", "limit", "before_cents", "after_cents")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    list_filter = ("limit", "at")
    ordering = ("-id",)


@admin.register(CardCustomer)
class CardCustomerAdmin(LookOnly):
    list_display = ("user", "customer_id", "brand", "last4", "exp_month", "exp_year", "updated_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "=customer_id")
    ordering = ("user_id",)


@admin.register(RecurringStake)
class RecurringStakeAdmin(LookOnly):
    list_display = ("title", "user", "stake_cents", "days", "months", "last_due_at", "stopped_at")
    list_select_related = ("user",)
    list_filter = (("stopped_at", admin.EmptyFieldListFilter),)
    search_fields = ("=id", "title", "user__email")
    ordering = ("-id",)


@admin.register(ProcessorEvent)
class ProcessorEventAdmin(LookOnly):
    list_display = ("id", "type", "object_id", "received_at", "due_at", "tries")
    list_filter = ("type", ("due_at", admin.EmptyFieldListFilter))
    search_fields = ("=id", "=object_id")
    ordering = ("-received_at", "id")


@admin.register(Difference)
class DifferenceAdmin(LookOnly):
    list_display = ("found_at", "key", "charge", "intent_id", "detail", "settled_at")
    list_select_related = ("charge",)
    list_filter = (("settled_at", admin.EmptyFieldListFilter),)
    search_fields = ("key", "=intent_id", "=charge__id")
    ordering = ("-id",)


@admin.register(Closing)
class ClosingAdmin(LookOnly):
    list_display = ("user", "asked_at", "erased_at")
    list_select_related = ("user",)
    list_filter = (("erased_at", admin.EmptyFieldListFilter),)
    search_fields = ("=user__id",)
    ordering = ("-asked_at", "user_id")


@admin.register(Cursor)
class CursorAdmin(LookOnly):
    list_display = ("name", "ran_at", "reached_at")
    search_fields = ("name",)
    ordering = ("name",)
