"""How allauth does what is ours to do: accounts by operations, mails by the outbox, guesses in the database.

Forms and pages stand in forms/ and views/, second factors in mfa.py.
"""

from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.operations.accounts import confirm_email, reset_password
from tasktracker.core import clock
from tasktracker.http.addresses import client_address
from tasktracker.web.guesses import count_attempt, forgive_attempts
from tasktracker.web.mails import queue_page_mail


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in, confirmation and reset."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail; nothing is sent while somebody waits (P30)."""
        queue_page_mail(template_prefix, to=email, user=context.get("user"), **_plain(context))

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_safe_url(self, url: str) -> bool:
        """Accept paths of our own only as the place to go next (reliability.md 6)."""
        return bool(url) and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        path = reverse("account_confirm_email", args=[emailconfirmation.key])
        return f"{settings.TASKTRACKER_BASE_URL}{path}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.TASKTRACKER_BASE_URL}{path.replace('UID-KEY', quote(key))}"

    # --- what is tried ------------------------------------------------------------------------------------
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count before looking: the right password is refused, too, once there were too many tries."""
        count_attempt(request, "sign_in", credentials.get("email", ""))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            forgive_attempts(request, "sign_in", credentials.get("email", ""))
        return user

    # --- what changes -------------------------------------------------------------------------------------
    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Confirm an address by our operation. Raises AddressNotAsked, EmailTaken."""
        confirm_email(user_id=email_address.user_id, email=email_address.email, at=clock.now())
        messages.success(request, f"{email_address.email} is confirmed.")
        return True

    def set_password(self, user: Any, password: str) -> None:
        """Set a forgotten password: every session of the account ends, the one at hand first."""
        if self.request.user.is_authenticated:
            logout(self.request)
        reset_password(user_id=user.pk, password=password)


def _plain(context: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in context.items() if name not in {"user", "request"}}
