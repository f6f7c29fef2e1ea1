"""Signing up, in and out, below /api/v1/: doors for everybody, counted by address."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.operations.sessions import end_session, signed_in_as, start_session
from accounts.operations.sign_in import sign_in
from accounts.operations.sign_up import send_sign_up_code, sign_up
from tasktracker.dialects.todo.dialect import STRANGERS, TODOS
from tasktracker.dialects.todo.shapes.answers import SaidOut, read, said
from tasktracker.dialects.todo.shapes.users import AuthCheckOut, EmailIn, SignInIn, VerifyIn, auth_check_out
from tasktracker.http.dialect import DialectRequest, DialectView
from tasktracker.http.renderers import json_answer
from tasktracker.http.session_cookie import give_session_cookie, session_cookie, take_session_cookie


class _Door(DialectView):
    """For everybody."""

    dialect = TODOS
    schemes = ()
    limits = STRANGERS


class SendOtp(_Door):
    @extend_schema(request=EmailIn, responses=SaidOut, summary="Ask for a code to sign up with")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Mail a 6-digit code, good for 5 minutes; the one before is worthless then.

        The answer is the same whether or not the address has an account. 5 codes in 24 hours.
        """
        send_sign_up_code(**read(EmailIn, request.data), address=request.address, at=request.at)
        return json_answer(said("OTP sent successfully"))


class Verify(_Door):
    @extend_schema(request=VerifyIn, responses=SaidOut, summary="Sign up with the code")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Open the account, with its Inbox, and sign in. 5 wrong codes in 24 hours."""
        user = sign_up(**read(VerifyIn, request.data), address=request.address, at=request.at)
        return _signed_in(request, user, "Signed up successfully")


class SignIn(_Door):
    @extend_schema(request=SignInIn, responses=SaidOut, summary="Sign in")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Answer with the session cookie. An account with a second factor needs its `code` too."""
        user = sign_in(**read(SignInIn, request.data), address=request.address, at=request.at)
        return _signed_in(request, user, "Logged in successfully")


class AuthCheck(_Door):
    @extend_schema(responses=AuthCheckOut, summary="Ask whether the session is good")
    def get(self, request: DialectRequest) -> HttpResponse:
        """Always 200; `email` only where somebody is signed in."""
        account = signed_in_as(session_cookie(request._request))
        return json_answer(auth_check_out(account.email if account else None))


class LogOut(DialectView):
    dialect = TODOS

    @extend_schema(request=None, responses=SaidOut, summary="Sign out")
    def post(self, request: DialectRequest) -> HttpResponse:
        """End the session and clear the cookie."""
        end_session(session_cookie(request._request) or "")
        response = json_answer(said("Logged out successfully"))
        take_session_cookie(response)
        return response


def _signed_in(request: DialectRequest, user: Any, text: str) -> HttpResponse:
    """Start a session, in place of one whose cookie came along."""
    cookie = start_session(user=user, at=request.at, replaces=session_cookie(request._request))
    response = json_answer(said(text))
    give_session_cookie(response, cookie)
    return response
