"""The account of who is signed in, below /api/v1/user/: profile with picture, name, password, preferences."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema

from accounts.operations.accounts import edit_profile
from accounts.operations.pictures import change_profile
from accounts.operations.preferences import change_preferences
from accounts.operations.sessions import start_session
from accounts.operations.sign_in import change_own_password
from accounts.queries.accounts import account_of
from accounts.queries.pictures import picture_by_name, picture_name_of
from accounts.queries.preferences import preferences_of
from accounts.rules.pictures import MEDIA_TYPES, MOST_BYTES
from tasktracker.dialects.todo.dialect import STRANGERS, TODOS
from tasktracker.dialects.todo.shapes.answers import SaidOut, read, said
from tasktracker.dialects.todo.shapes.profile import (
    PROFILE_FORM,
    NameIn,
    PasswordIn,
    PreferencesIn,
    PreferencesOut,
    ProfileOut,
    profile_out,
)
from tasktracker.http.dialect import DialectRequest, DialectView
from tasktracker.http.renderers import json_answer
from tasktracker.http.session_cookie import give_session_cookie

_FORM_AROUND_BYTES = 64 * 1024  # the other parts of a form, and what separates them


class Profile(DialectView):
    dialect = TODOS
    takes_form = True
    max_body_bytes = MOST_BYTES + _FORM_AROUND_BYTES

    @extend_schema(responses=ProfileOut, summary="Read the profile")
    def get(self, request: DialectRequest) -> HttpResponse:
        """`image` is an address that cannot be guessed and needs no cookie; a new picture has a new one."""
        account = account_of(request.principal)
        return json_answer(profile_out(account, picture_name_of(request.principal)))

    @extend_schema(
        request={"multipart/form-data": PROFILE_FORM, "application/json": NameIn},
        responses={201: SaidOut},
        summary="Change name and picture",
    )
    def post(self, request: DialectRequest) -> HttpResponse:
        """A picture is drawn anew, 512 pixels wide and high at most, without metadata."""
        change_profile(
            principal=request.principal,
            **read(NameIn, request.data),
            upload=request.files.get("image"),
            at=request.at,
        )
        return json_answer(said("User profile updated successfully"), status=201)


class Picture(DialectView):
    dialect = TODOS
    schemes = ()
    limits = STRANGERS

    @extend_schema(
        responses={(200, kind): OpenApiResponse(OpenApiTypes.BINARY) for kind in MEDIA_TYPES.values()},
        summary="Read a profile picture",
    )
    def get(self, _request: DialectRequest, name: str) -> HttpResponse:
        """Who knows the address may see the picture, until it is replaced."""
        picture = picture_by_name(name)
        safe = {
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": "inline",
        }
        return HttpResponse(picture.content, content_type=picture.media_type, headers=safe)


class Name(DialectView):
    dialect = TODOS

    @extend_schema(request=NameIn, responses=SaidOut, summary="Change the name")
    def put(self, request: DialectRequest) -> HttpResponse:
        account = edit_profile(principal=request.principal, **read(NameIn, request.data))
        return json_answer(said(f"Name updated successfully to {account.name}"))


class Password(DialectView):
    dialect = TODOS

    @extend_schema(request=PasswordIn, responses=SaidOut, summary="Change the password")
    def put(self, request: DialectRequest) -> HttpResponse:
        """Every session of the account ends; the answer carries a new one."""
        given = read(PasswordIn, request.data)
        account = change_own_password(
            principal=request.principal, **given, address=request.address, at=request.at
        )
        response = json_answer(said("Password updated successfully"))
        give_session_cookie(response, start_session(user=account, at=request.at))
        return response


class UserPreferences(DialectView):
    dialect = TODOS

    @extend_schema(responses=PreferencesOut, summary="Read the preferences")
    def get(self, request: DialectRequest) -> HttpResponse:
        return json_answer(PreferencesOut(preferences_of(request.principal)).data)

    @extend_schema(request=PreferencesIn(partial=True), responses=SaidOut, summary="Change preferences")
    def put(self, request: DialectRequest) -> HttpResponse:
        """Any of them, at least one."""
        wishes = read(PreferencesIn, request.data, partial=True)
        change_preferences(principal=request.principal, **wishes)
        return json_answer(said("Preferences updated successfully"))
