"""Tokens for the triggers dialect."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.operations.credentials import revoke_credential
from accounts.queries.credentials import credentials_of
from accounts.rules.scopes import TRIGGERS_TOKEN
from internal_api.shapes import tokens as shapes
from internal_api.shapes.reading import PAGING
from internal_api.views.answers import DONE, MobileView, done, listed
from tasks.operations.tokens import issue_token
from tasktracker.core.ids import parse_id
from tasktracker.http.dialect import DialectRequest
from tasktracker.http.renderers import json_answer


class Tokens(MobileView):
    @extend_schema(parameters=PAGING, responses={200: shapes.TOKENS}, summary="List your tokens")
    def get(self, request: DialectRequest) -> HttpResponse:
        """List them, newest first; revoked and expired ones, too."""
        return listed(request, credentials_of(request.principal, kind=TRIGGERS_TOKEN), shapes.token_out)

    @extend_schema(request=shapes.TokenIn, responses={201: shapes.MADE_TOKEN}, summary="Make a token")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Make a token with the scope `user` or `task:<id>`. Its text is in this answer, and nowhere else."""
        given = shapes.TokenIn.read(request.data)
        issued = issue_token(principal=request.principal, **given, at=request.at)
        return json_answer(shapes.made_token_out(issued), status=201)


class Token(MobileView):
    @extend_schema(request=None, responses=DONE, summary="Revoke a token")
    def delete(self, request: DialectRequest, token_id: str) -> HttpResponse:
        """End a token, from the next request on and for ever."""
        revoke_credential(
            principal=request.principal,
            credential_id=parse_id(token_id),
            kind=TRIGGERS_TOKEN,
            at=request.at,
        )
        return done()
