"""Contesting a charge: with the link of its mails, signed in or not, and with one's own session.

A look changes nothing, whoever takes it (mail programs do); only the form's POST does.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from charges.operations.contest import contest_by_link, contest_charge
from charges.queries.charges import charge_by_link, charge_of
from charges.queries.history import ShownCharge, shown_charges
from tasktracker.core import clock
from tasktracker.core.zones import zone
from tasktracker.http.page_limits import limit_page
from tasktracker.web.forms.money import ContestForm
from tasktracker.web.views.page import FormPage


class _Contest(FormPage):
    """The charge with its steps, and the form where it is open to objection."""

    charge: ShownCharge

    def make_form(self, data: Any = None) -> ContestForm:
        return ContestForm(data)

    def extras(self) -> dict[str, Any]:
        return {"shown": self.charge}

    def show(self, **context: Any) -> HttpResponse:
        response = super().show(**context)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response


class ContestByLink(_Contest):
    """For whoever holds the link: it shows the stake, and nothing else of the account."""

    template_name = "web/stakes/contest_by_link.html"

    def dispatch(self, request: HttpRequest, *args: Any, **ids: Any) -> HttpResponseBase:
        """Take the link as the credential; who is signed in makes no difference."""
        self.at, self.is_htmx = clock.now(), False
        self.key = request.GET["key"]
        charge = charge_by_link(charge_id=ids["charge_id"], key=self.key)
        self.charge = shown_charges([charge], at=self.at)[0]
        with timezone.override(zone(charge.user.time_zone)):
            return self.answer(request, **ids)

    def act(self, form: ContestForm) -> HttpResponse:
        charge_id, reason = self.charge.charge.pk, form.cleaned_data["reason"]
        contest_by_link(charge_id=charge_id, key=self.key, reason=reason, at=self.at)
        return self.go(self.request.get_full_path())


class ContestOwn(_Contest):
    """For the owner, signed in."""

    template_name = "web/stakes/contest.html"

    def make_form(self, data: Any = None) -> ContestForm:
        charge = charge_of(self.principal, self.kwargs["charge_id"])
        self.charge = shown_charges([charge], at=self.at)[0]
        return super().make_form(data)

    def act(self, form: ContestForm) -> HttpResponse:
        charge_id, reason = self.charge.charge.pk, form.cleaned_data["reason"]
        contest_charge(principal=self.principal, charge_id=charge_id, reason=reason, at=self.at)
        return self.go("contest", charge_id)


_by_link, _own = ContestByLink.as_view(), ContestOwn.as_view()


@limit_page()
@require_http_methods(["GET", "HEAD", "POST"])
def contest(request: HttpRequest, charge_id: UUID) -> HttpResponseBase:
    """Answer the one address that mails and pages name: by its key where it has one."""
    view = _by_link if "key" in request.GET else _own
    return view(request, charge_id=charge_id)
