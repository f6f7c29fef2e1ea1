"""Card, charges, limits, and the money of the last months.

A card is given on the processor's own page; nothing of its number comes here.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from charges.operations.cards import attach_checkout, remove_card, start_checkout
from charges.operations.limits import set_limits
from charges.operations.recurrence import stop_recurring
from charges.queries.charges import Month, months_of
from charges.queries.history import charge_page
from charges.queries.recurring import recurring_page
from charges.queries.wallets import money_profile
from charges.rules.months import month_of
from tasktracker.core.errors import DomainError, Unavailable
from tasktracker.core.money import dollars
from tasktracker.web.filters import cursor
from tasktracker.web.forms.money import LimitsForm
from tasktracker.web.plots import Plot, Series, bar_plot
from tasktracker.web.views.page import SHOWN_IN_PLACE, FormPage, Page, status_of

_MONTHS = 12


class Billing(FormPage):
    """All of it on one page; its form is that of the limits."""

    template_name = "web/settings/billing.html"
    shown_in_place = (*SHOWN_IN_PLACE, Unavailable)

    def make_form(self, data: Any = None) -> LimitsForm:
        profile = self.profile = money_profile(self.principal)
        initial = {name: getattr(profile, name) for name in LimitsForm.base_fields}
        return LimitsForm(data, initial=initial)

    def act(self, form: LimitsForm) -> HttpResponse:
        set_limits(principal=self.principal, **form.cleaned_data, at=self.at)
        return self.go("billing", say="Your limits are saved.")

    def extras(self) -> dict[str, Any]:
        months = months_of(self.principal, until=month_of(self.at), count=_MONTHS)
        before = cursor(self.request.GET.get("before", ""))
        return {
            "profile": self.profile,
            "this_month": months[-1],
            "plot": money_plot(months),
            "recurring": recurring_page(principal=self.principal),
            "page": charge_page(self.principal, before=before, at=self.at),
        }


class CardAction(Billing):
    """Something about the card; where it does not work, the billing page says why."""

    def refused(self, refusal: DomainError) -> HttpResponse:
        self.form = self.make_form()
        extras = {**self.extras(), "form": self.form, "refusal": refusal.message}
        return self.show(status=status_of(refusal), **extras)


class AddCard(CardAction):
    """Open the processor's page, which gives the card and leads back to CardGiven."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **ids: Any) -> HttpResponse:
        billing, given = reverse("billing"), reverse("card_given")
        base = settings.TASKTRACKER_BASE_URL
        started = start_checkout(
            principal=self.principal,
            success_url=f"{base}{given}?session_id={{CHECKOUT_SESSION_ID}}",
            cancel_url=f"{base}{billing}",
            allow_http=settings.TASKTRACKER_ENVIRONMENT == "embedded",
            at=self.at,
        )
        # Not a redirect: the policy of our pages lets no form lead away, not even by a detour.
        return self.show_once("web/settings/to_checkout.html", url=started.url)


class StopRecurring(Page):
    """Let a recurring stake make no more tasks; those that it made stay."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, recurring_id: UUID) -> HttpResponse:
        stop_recurring(principal=self.principal, recurring_id=recurring_id, at=self.at)
        return self.go("billing", say="It comes no more. Tasks that it made stay as they are.")


class CardGiven(CardAction):
    """Where the processor's page leads back to: take over the card that was given there."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, **ids: Any) -> HttpResponse:
        attach_checkout(principal=self.principal, session_id=request.GET.get("session_id", ""), at=self.at)
        return self.go("billing", say="Your card is on file.")


class RemoveCard(Page):
    """Forget the card."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        remove_card(principal=self.principal, at=self.at)
        return self.go("billing", say="Your card is forgotten.")


def money_plot(months: Any) -> Plot:
    """Draw what was staked and charged in each month (charges.queries.charges.months_of)."""
    listed: list[Month] = list(months)
    return bar_plot(
        key="money",
        title="Staked and charged per month",
        unit="Month",
        labels=[f"{each.month:%B %Y}" for each in listed],
        marks=[f"{each.month:%b}" for each in listed],
        series=[
            Series("Staked", [each.staked_cents for each in listed]),
            Series("Charged", [each.taken_cents for each in listed]),
        ],
        say=lambda cents: dollars(round(cents)),
    )
