"""The account's own pages: profile and enrolment, address, password, sessions.

Second factors are allauth's pages.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View

from accounts.operations.accounts import change_email, change_password, confirm_email, edit_profile, enroll
from accounts.operations.address_links import change_link, read_change
from accounts.operations.sessions import end_sessions
from accounts.queries.accounts import account_of
from accounts.queries.sessions import sign_ins_of
from tasktracker.core import clock
from tasktracker.core.sealing import digest
from tasktracker.http.page_limits import limit_page
from tasktracker.web.forms.accounts import EmailForm, EnrollmentForm, PasswordForm, ProfileForm
from tasktracker.web.guesses import count_attempt
from tasktracker.web.mails import queue_page_mail
from tasktracker.web.views.page import FormPage, Page


class Profile(FormPage):
    """Name and time zone."""

    template_name = "web/settings/profile.html"

    def make_form(self, data: Any = None) -> ProfileForm:
        user = self.user
        return ProfileForm(data, initial={"name": user.name, "time_zone": user.time_zone})

    def act(self, form: ProfileForm) -> HttpResponse:
        edit_profile(principal=self.principal, **form.cleaned_data)
        return self.go("settings", say="Saved.")


class Enrollment(FormPage):
    """Name, time zone and terms: after this the mobile apps may be used."""

    template_name = "web/settings/enrollment.html"

    def make_form(self, data: Any = None) -> EnrollmentForm:
        user = self.user
        return EnrollmentForm(data, initial={"name": user.name, "time_zone": user.time_zone})

    def act(self, form: EnrollmentForm) -> HttpResponse:
        enroll(
            principal=self.principal,
            name=form.cleaned_data["name"],
            time_zone=form.cleaned_data["time_zone"],
            has_accepted_terms=form.cleaned_data["terms"],
            at=self.at,
        )
        return self.go("today", say="Welcome. Your account is ready.")

    def extras(self) -> dict[str, Any]:
        return {"hides_enrollment": True}


class Email(FormPage):
    """Another address, used once it is confirmed."""

    template_name = "web/settings/email.html"

    def make_form(self, data: Any = None) -> EmailForm:
        return EmailForm(data)

    def act(self, form: EmailForm) -> HttpResponse:
        email = form.cleaned_data["email"].lower()
        count_attempt(self.request, "change_email", email)
        user = change_email(principal=self.principal, email=email, at=self.at)
        if not user.pending_email:
            return self.go("account_email", say=f"Your address stays {user.email}.")
        link = change_link(user_id=user.pk, email=user.pending_email)
        queue_page_mail("account/email/change_email", to=user.pending_email, user=user, activate_url=link)
        return self.go("account_email", say=f"A link to confirm it is on its way to {user.pending_email}.")

    def extras(self) -> dict[str, Any]:
        return {"account": account_of(self.principal)}


@method_decorator(limit_page(), name="dispatch")
class ConfirmChange(View):
    """Where the link of a new address leads."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        _, email = read_change(key)
        return render(request, "web/settings/confirm_change.html", {"email": email})

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        user_id, email = read_change(key)
        confirm_email(user_id=user_id, email=email, at=clock.now())
        messages.success(request, f"{email} is confirmed. Sign in with it from now on.")
        return HttpResponseRedirect(reverse("account_email"))


class Password(FormPage):
    """Another password; every other session ends."""

    template_name = "web/settings/password.html"

    def make_form(self, data: Any = None) -> PasswordForm:
        return PasswordForm(data, has_password=self.user.has_usable_password())

    def act(self, form: PasswordForm) -> HttpResponse:
        count_attempt(self.request, "sign_in", self.user.email)
        user = change_password(
            principal=self.principal,
            current_password=form.cleaned_data.get("current_password", ""),
            new_password=form.cleaned_data["new_password"],
            keep_session_digest=digest(self.request.session.session_key or ""),
        )
        update_session_auth_hash(self.request, user)
        return self.go("account_change_password", say="Your password is changed. Other sessions have ended.")


class Sessions(Page):
    """Where the account is signed in."""

    template_name = "web/settings/sessions.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        here = digest(request.session.session_key or "")
        return self.show(sign_ins=[(each, each.digest == here) for each in sign_ins_of(self.principal)])

    def post(self, request: HttpRequest) -> HttpResponse:
        here = digest(request.session.session_key or "")
        ended = end_sessions(user_id=self.principal.user_id, except_digest=here)
        return self.go("sessions", say=f"{ended} other session{'' if ended == 1 else 's'} ended.")
