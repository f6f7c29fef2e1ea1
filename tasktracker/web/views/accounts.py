"""The doors for strangers: allauth's pages, counted by address, and where they lead.

Forms and their rules stand in forms/accounts.py, mails in templates/account/email.
"""

from allauth.account import views as allauth_views
from allauth.mfa.webauthn import views as passkey_views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from tasktracker.http.page_limits import limit_page

sign_in = limit_page()(allauth_views.login)
sign_in_with_passkey = limit_page()(passkey_views.login_webauthn)
sign_up = limit_page()(allauth_views.signup)
sign_out = limit_page()(allauth_views.logout)
inactive = limit_page()(allauth_views.account_inactive)
reauthenticate = allauth_views.reauthenticate
confirmation_sent = limit_page()(allauth_views.email_verification_sent)
confirm = limit_page()(allauth_views.confirm_email)
reset = limit_page()(allauth_views.password_reset)
reset_sent = limit_page()(allauth_views.password_reset_done)
reset_from_key = limit_page()(allauth_views.password_reset_from_key)
reset_done = limit_page()(allauth_views.password_reset_from_key_done)


@limit_page()
def home(request: HttpRequest) -> HttpResponse:
    """Say what this is; who has signed in goes to today's work."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(reverse("today"))
    return render(request, "web/home.html")


@limit_page()
def terms(request: HttpRequest) -> HttpResponse:
    """Show the terms that enrolment asks for."""
    return render(request, "web/terms.html")
