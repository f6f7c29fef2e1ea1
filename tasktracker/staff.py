"""The door of /admin/: staff alone, and only with a second factor that this very session has shown.

What staff sees behind it are the apps' admin.py; how second factors are kept is web/mfa.py.
"""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class StaffSite(AdminSite):
    """Django's admin, whose every view asks for the second factor (reliability.md 8, "admin")."""

    site_header = site_title = "Task Tracker staff"
    index_title = "All that is kept"
    site_url = "/tasks/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether somebody may see any page at all: asked by every view but login()."""
        return super().has_permission(request) and _has_shown_factor(request)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to what is missing: signing in, being staff, a second factor, showing it.

        There is no form here: the one sign-in of the site counts guesses and asks for the second factor.
        """
        wanted = _wanted(request)
        if not request.user.is_authenticated:
            return redirect_to_login(wanted, reverse("account_login"))
        if not super().has_permission(request):
            raise PermissionDenied
        if not is_mfa_enabled(request.user, _FACTORS):
            messages.warning(request, "Staff needs a second factor. Set one up, then come back.")
            return HttpResponseRedirect(reverse("mfa_index"))
        if not _has_shown_factor(request):
            return redirect_to_login(wanted, _asks_for_factor(request))
        return HttpResponseRedirect(wanted)

    def password_change(  # type: ignore[override]  # Django's is a page
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the site's own page, which ends other sessions and tells by mail."""
        return HttpResponseRedirect(reverse("account_change_password"))


def _has_shown_factor(request: HttpRequest) -> bool:
    """Whether this session was opened, or confirmed later, with a second factor that the account still has.

    A session from before it was set up has shown none; neither has one of another door.
    """
    records = get_authentication_records(request, request.user)
    has_shown = any(each.get("method") == "mfa" for each in records)
    return has_shown and is_mfa_enabled(request.user, _FACTORS)


def _asks_for_factor(request: HttpRequest) -> str:
    """Find the page that asks for the factor that the account has."""
    if is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
        return reverse("mfa_reauthenticate")
    return reverse("mfa_reauthenticate_webauthn")


def _wanted(request: HttpRequest) -> str:
    """Find where somebody was going, when that is a path of ours, else the first page."""
    wanted = request.GET.get("next", "")
    is_ours = wanted.startswith("/admin/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    is_door = wanted.startswith(reverse("admin:login"))
    return wanted if is_ours and not is_door else reverse("admin:index")
