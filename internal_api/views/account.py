"""Signing in and out, and the account itself."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.operations.accounts import edit_profile
from accounts.operations.devices import sign_out
from accounts.operations.sign_in import sign_in_device
from charges.queries.wallets import money_profile
from internal_api.dialect import ANY_DEVICE
from internal_api.shapes.account import ME, SESSION, MeIn, SessionIn, me_out, session_out
from internal_api.views.answers import DONE, MobileView, done
from tasktracker.http.authentication import Scheme
from tasktracker.http.dialect import DialectRequest
from tasktracker.http.renderers import json_answer


class Session(MobileView):
    """Signing in is for everybody, signing out for every device, its account enrolled or not."""

    def schemes_for(self, method: str) -> tuple[Scheme, ...]:
        return ANY_DEVICE if method == "DELETE" else ()

    @extend_schema(request=SessionIn, responses={201: SESSION}, summary="Sign in")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Answer with the device's token, once. An account with a second factor needs its `code` too."""
        signed_in = sign_in_device(**SessionIn.read(request.data), address=request.address, at=request.at)
        return json_answer(session_out(signed_in, money_profile(signed_in.principal)), status=201)

    @extend_schema(request=None, responses=DONE, summary="Sign out")
    def delete(self, request: DialectRequest) -> HttpResponse:
        """End the token of this call."""
        sign_out(principal=request.principal, at=request.at)
        return done()


class Me(MobileView):
    @extend_schema(responses={200: ME}, summary="Get your account")
    def get(self, request: DialectRequest) -> HttpResponse:
        """Say who you are and what your monthly limits are."""
        return json_answer(me_out(money_profile(request.principal)))

    @extend_schema(request=MeIn, responses={200: ME}, summary="Change your account")
    def patch(self, request: DialectRequest) -> HttpResponse:
        """Change what is given."""
        edit_profile(principal=request.principal, **MeIn.read(request.data))
        return json_answer(me_out(money_profile(request.principal)))
