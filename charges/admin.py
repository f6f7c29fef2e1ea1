"""What staff see of money, and the four commands that they have: nothing of a charge can be edited here.

A command carries an id of its own from the page that offers it, so that submitting twice acts once.
"""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.models import User
from accounts.operations.credentials import principal_of_user
from charges.models import (
    CardCustomer,
    Charge,
    ChargeEvent,
    Closing,
    Difference,
    MonthLedger,
    ProcessorEvent,
    RecurringStake,
    Wallet,
    WalletChange,
)
from charges.operations.decisions import Decision, decide
from tasktracker.core import clock
from tasktracker.core.errors import DomainError


class _ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic outside of the stubs
    """Rows that staff only look at."""

    show_full_result_count = False  # no COUNT(*) over everybody's rows

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class DecisionForm(forms.Form):
    """One command. command_id: made with the page; why: kept with what was decided."""

    decision = forms.ChoiceField(choices=[(each.value, each.value.replace("_", " ")) for each in Decision])
    why = forms.CharField(max_length=300, required=False)
    command_id = forms.UUIDField(widget=forms.HiddenInput)


class _EventInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ChargeEvent
    fields = ("at", "actor", "event", "before", "after", "after_wish", "intent_id", "detail")
    readonly_fields = fields
    ordering = ("id",)
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Charge)
class ChargeAdmin(_ReadOnly):
    change_form_template = "admin/charges/charge/change_form.html"
    list_display = ("created_at", "user", "kind", "cents", "status", "is_contested", "needs_person", "due_at")
    list_filter = ("needs_person", "is_contested", "status", "kind")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "=intent_id", "=request_id")
    ordering = ("-id",)
    inlines = (_EventInline,)
    fields = (
        *("id", "user", "kind", "task", "request_id", "cents", "currency", "note", "month"),
        *("status", "wish", "is_contested", "contest_text", "contested_at", "decided_at", "needs_person"),
        *("intent_id", "round", "lapses", "declines", "decline_code", "decline_message", "capture_before"),
        *("due_at", "lease_until", "fence", "tries", "last_error"),
        *("created_at", "mailed_at", "authorised_at", "ended_at", "updated_at"),
    )

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<uuid:charge_id>/decide/", self.admin_site.admin_view(self.decide), name="charges_charge_decide"
        )
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a charge with the commands, where the reader may give them."""
        form = DecisionForm(initial={"command_id": uuid4()}) if _may_decide(request) else None
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "decision": form})

    def decide(self, request: HttpRequest, charge_id: UUID) -> HttpResponse:
        """Carry out one command. Only by POST; the admin's own guard has asked who it is."""
        if not _may_decide(request):
            raise PermissionDenied
        form = DecisionForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return TemplateResponse(
                request, "admin/charges/charge/refused.html", {"errors": form.errors}, status=400
            )
        self._decide(request, charge_id, form.cleaned_data)
        return HttpResponseRedirect(reverse("admin:charges_charge_change", args=[charge_id]))

    def _decide(self, request: HttpRequest, charge_id: UUID, said: dict[str, Any]) -> None:
        at = clock.now()
        try:
            decide(
                principal=principal_of_user(_staff(request), at),
                charge_id=charge_id,
                decision=Decision(said["decision"]),
                command_id=said["command_id"],
                reason=said["why"],
                at=at,
            )
        except DomainError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, f"Decided: {said['decision'].replace('_', ' ')}.")


def _may_decide(request: HttpRequest) -> bool:
    return _staff(request).has_perm("charges.change_charge")


def _staff(request: HttpRequest) -> User:
    if isinstance(request.user, AnonymousUser) or not request.user.is_staff:
        raise PermissionDenied
    return request.user


@admin.register(MonthLedger)
class MonthLedgerAdmin(_ReadOnly):
    list_display = ("month", "user", "staked_cents", "charged_cents")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("-month", "user_id")


@admin.register(Wallet)
class WalletAdmin(_ReadOnly):
    list_display = ("user", "monthly_stake_limit_cents", "monthly_charge_limit_cents", "digest_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("user_id",)


@admin.register(WalletChange)
class WalletChangeAdmin(_ReadOnly):
    list_display = ("at", "user", "actor", "limit", "before_cents", "after_cents")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("-id",)


@admin.register(CardCustomer)
class CardCustomerAdmin(_ReadOnly):
    list_display = ("user", "customer_id", "brand", "last4", "exp_month", "exp_year", "updated_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "=customer_id")
    ordering = ("user_id",)


@admin.register(RecurringStake)
class RecurringStakeAdmin(_ReadOnly):
    list_display = ("title", "user", "stake_cents", "days", "months", "last_due_at", "stopped_at")
    list_select_related = ("user",)
    search_fields = ("title", "user__email")
    ordering = ("-id",)


@admin.register(ProcessorEvent)
class ProcessorEventAdmin(_ReadOnly):
    list_display = ("id", "type", "object_id", "received_at", "due_at", "tries")
    search_fields = ("=id", "=object_id")
    ordering = ("-received_at", "id")


@admin.register(Difference)
class DifferenceAdmin(_ReadOnly):
    list_display = ("found_at", "key", "charge", "intent_id", "detail", "settled_at")
    list_select_related = ("charge",)
    search_fields = ("key", "=intent_id")
    ordering = ("-id",)


@admin.register(Closing)
class ClosingAdmin(_ReadOnly):
    list_display = ("user", "asked_at", "erased_at")
    list_select_related = ("user",)
    ordering = ("-asked_at", "user_id")
