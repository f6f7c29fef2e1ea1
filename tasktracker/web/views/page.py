"""What every page of a signed-in person is: who asks, when, in which time zone, and how refusals are shown.

Refusals that a page cannot show beside its own content leave it as exceptions (tasktracker/handlers.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django_htmx.http import HttpResponseClientRedirect

from accounts.operations.credentials import principal_of_user
from accounts.rules.principal import Principal
from tasktracker.core import clock
from tasktracker.core.errors import Conflict, DomainError, Forbidden, Invalid
from tasktracker.core.zones import zone
from tasktracker.http.dialect import STATUSES
from tasktracker.http.failures import failure_of
from tasktracker.http.ratelimit import consume, windows
from tasktracker.web.forms.page_form import PageForm

SHOWN_IN_PLACE = (Invalid, Conflict, Forbidden)


class Page(View):
    """A page for a person who has signed in.

    template_name: what show() renders. limit: a limit of the settings that a POST counts in, beside the
    account's own (http/page_limits.py). shown_in_place: the refusals that refused() is asked to show.
    """

    http_method_names = ["get", "head", "post"]
    template_name: ClassVar[str]
    limit: str = ""
    shown_in_place: tuple[type[DomainError], ...] = SHOWN_IN_PLACE
    user: Any  # the account; interfaces import no models
    principal: Principal
    at: datetime
    is_htmx: bool

    def dispatch(self, request: HttpRequest, *args: Any, **ids: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        self.at, self.user = clock.now(), request.user
        self.is_htmx = bool(getattr(request, "htmx", False))
        self.principal = principal_of_user(request.user, self.at)
        with timezone.override(zone(request.user.time_zone)):
            return self.answer(request, **ids)

    def answer(self, request: HttpRequest, **ids: Any) -> HttpResponseBase:
        """Act for whoever was found to ask, and show what is refused."""
        try:
            return self._limited(request, **ids)
        except self.shown_in_place as refusal:
            return self.refused(refusal)

    def _limited(self, request: HttpRequest, **ids: Any) -> HttpResponseBase:
        if self.limit and request.method == "POST":
            consume(windows(self.limit, self.principal.user_id))
        return View.dispatch(self, request, **ids)

    def refused(self, refusal: DomainError) -> HttpResponse:
        """Show a refusal on this page; one that cannot lets it go on."""
        raise refusal

    def show(self, *, status: int = 200, template: str = "", **context: Any) -> HttpResponse:
        """Render the page."""
        return render(self.request, template or self.template_name, {"at": self.at, **context}, status=status)

    def show_once(self, template: str, **context: Any) -> HttpResponse:
        """Render a page with a secret, in the answer to the form that made it: nothing keeps a copy."""
        response = self.show(template=template, **context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def go(self, to: Any, *args: Any, say: str = "", **ids: Any) -> HttpResponse:
        """Answer a change with the page to look at next. say: what was done; never a secret."""
        if say:
            messages.success(self.request, say)
        return HttpResponseRedirect(resolve_url(to, *args, **ids))

    def next_url(self, default: str, *args: Any) -> str:
        """Find where the form wants to lead, when that is a path of ours."""
        wanted = self.request.POST.get("next", "")
        is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        return wanted if is_ours else resolve_url(default, *args)


class FormPage(Page, ABC):
    """A page with one form. Subclasses say what the form is and what happens with it."""

    form: PageForm

    @abstractmethod
    def make_form(self, data: Any = None) -> PageForm:
        """Make the form, bound to what was posted or showing what is."""

    @abstractmethod
    def act(self, form: Any) -> HttpResponse:
        """Call the operation. The form is valid."""

    def get(self, request: HttpRequest, **ids: Any) -> HttpResponse:
        self.form = self.make_form()
        return self.show_form()

    def post(self, request: HttpRequest, **ids: Any) -> HttpResponse:
        self.form = self.make_form(request.POST)
        return self.act(self.form) if self.form.is_valid() else self.show_form(status=422)

    def refused(self, refusal: DomainError) -> HttpResponse:
        if not hasattr(self, "form") or not self.form.is_bound:
            raise refusal
        self.form.refused(refusal)
        return self.show_form(status=status_of(refusal))

    def show_form(self, *, status: int = 200) -> HttpResponse:
        """Render the page with its form."""
        return self.show(status=status, form=self.form, **self.extras())

    def extras(self) -> dict[str, Any]:
        """List what the template needs beside the form."""
        return {}


Operation = Callable[..., Any]


def status_of(refusal: DomainError) -> int:
    """Give a refusal the status that it has everywhere."""
    return STATUSES[failure_of(refusal).kind]


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Ask a stranger to sign in; a page, not an action, is what comes after."""
    htmx = getattr(request, "htmx", None)
    if htmx:  # a part was asked for: the page around it comes after
        wanted = htmx.current_url_abs_path or "/tasks/"
        return HttpResponseClientRedirect(redirect_to_login(wanted).url)
    return redirect_to_login(request.get_full_path() if request.method in {"GET", "HEAD"} else "/tasks/")
