"""What allauth's pages ask for, made to fit our accounts; and the forms of the settings.

Who may sign in, and how an account is opened, is decided in accounts.operations.
"""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.mfa.base import forms as mfa_forms
from django import forms
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse

from accounts.operations.accounts import EmailTaken, confirm_email, open_account
from accounts.queries.accounts import account_by_email
from accounts.rules.emails import EMAIL_MAX_LENGTH, BadEmail, normal_email
from accounts.rules.names import NAME_MAX_LENGTH
from accounts.rules.passwords import HELP
from tasktracker.core import clock
from tasktracker.web.forms.page_form import PageForm, dress
from tasktracker.web.forms.tasks import zone_choices
from tasktracker.web.guesses import count_attempt, count_code, forgive_codes


def _plain(form: forms.Form) -> None:
    """Give a form of allauth's our looks: labels, not placeholders."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        dress(field)


def _email_of(text: str) -> str:
    try:
        return normal_email(text)
    except BadEmail as refusal:
        raise forms.ValidationError(refusal.message, code=refusal.code) from None


class LoginForm(allauth_forms.LoginForm):
    """Address and password."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password"].help_text = ""
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        _plain(self)


class SignupForm(allauth_forms.SignupForm):
    """Opens an account. A known address gets the same answer at the same cost; its mail says so (P30)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password1"].help_text = HELP
        _plain(self)

    def clean_email(self) -> str:
        return _email_of(self.cleaned_data["email"])

    def try_save(self, request: HttpRequest) -> tuple[Any, HttpResponse | None]:
        """Open the account, or pretend to. Raises TooManyGuesses."""
        email, password = self.cleaned_data["email"], self.cleaned_data["password1"]
        count_attempt(request, "sign_up", email)
        try:
            return open_account(email=email, password=password, at=clock.now()), None
        except EmailTaken:
            return None, prevent_enumeration(request, email=email)


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    """Asks for a link by mail. What happens does not depend on whether the address is known (P30)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _plain(self)

    def clean_email(self) -> str:
        return _email_of(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **options: Any) -> str:
        """Queue one mail. Raises TooManyGuesses."""
        email = str(self.cleaned_data["email"])
        count_attempt(request, "reset", email)
        allauth_forms.flows.password_reset.request_password_reset(
            request, email, _known(email), default_token_generator
        )
        return email


def _known(email: str) -> list[Any]:
    user = account_by_email(email)
    return [user] if user is not None and user.is_active else []


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):
    """A new password, by a mailed link: which also shows that the address is theirs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["password2"]
        self.fields["password1"].help_text = HELP
        _plain(self)

    def save(self) -> None:
        super().save()
        confirm_email(user_id=self.user.pk, email=self.user.email, at=clock.now())


class UserTokenForm(allauth_forms.UserTokenForm):
    """Reads a mailed link."""

    token_generator = default_token_generator


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    """The password once more."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password"].help_text = ""
        _plain(self)


class _CountedCode:
    """Counts tries at a second factor in the database."""

    user: Any

    def clean_code(self) -> str:
        count_code(self.user.pk)
        code = str(super().clean_code())  # type: ignore[misc]  # of allauth's form
        forgive_codes(self.user.pk)
        return code


class CodeForm(_CountedCode, mfa_forms.AuthenticateForm):
    """The second factor at sign-in."""


class CodeAgainForm(_CountedCode, mfa_forms.ReauthenticateForm):
    """The second factor once more."""


# --- settings ---------------------------------------------------------------------------------------------
class ProfileForm(PageForm):
    """How a person is called, and where their days begin."""

    name = forms.CharField(
        label="Name",
        max_length=NAME_MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices)


class EnrollmentForm(ProfileForm):
    """What is missing before the mobile apps may be used."""

    terms = forms.BooleanField(label="I accept the terms")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["time_zone"].widget.attrs["data-guess-zone"] = ""


class PasswordForm(PageForm):
    """Another password."""

    current_password = forms.CharField(
        label="Current password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label="New password",
        strip=False,
        help_text=HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, has_password: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not has_password:
            del self.fields["current_password"]


class EmailForm(PageForm):
    """Another address."""

    email = forms.EmailField(
        label="New e-mail address",
        max_length=EMAIL_MAX_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class ClosingForm(PageForm):
    """The end of an account."""

    is_sure = forms.BooleanField(label="I want my account to be closed. This cannot be taken back.")
    current_password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, has_password: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not has_password:
            del self.fields["current_password"]
