"""The end of an account, on its own page: what happens, and the password to be sure."""

from typing import Any

from django.contrib.auth import logout
from django.http import HttpResponse

from accounts.operations.accounts import require_password
from charges.operations.closing import close_account
from tasktracker.web.forms.accounts import ClosingForm
from tasktracker.web.guesses import count_attempt
from tasktracker.web.views.page import FormPage


class CloseAccount(FormPage):
    """Close the account for good."""

    template_name = "web/settings/close.html"

    def make_form(self, data: Any = None) -> ClosingForm:
        return ClosingForm(data, has_password=self.user.has_usable_password())

    def act(self, form: ClosingForm) -> HttpResponse:
        count_attempt(self.request, "sign_in", self.user.email)
        password = form.cleaned_data.get("current_password", "")
        require_password(principal=self.principal, password=password)
        close_account(principal=self.principal, at=self.at)
        logout(self.request)
        return self.go("home", say="Your account is closed.")
