"""The bodies of signing up, in and out.

What a password, an address and a code must be is decided in accounts.
"""

from typing import Any, Final

from rest_framework import serializers

from accounts.rules.emails import EMAIL_MAX_LENGTH
from tasktracker.http.fields import Text

# Far beyond what is allowed, so that the domain says what is wrong; yet not endless.
_LONGEST_PASSWORD: Final = 4096
_LONGEST_CODE: Final = 32


class EmailIn(serializers.Serializer[Any]):
    email = Text(max_length=EMAIL_MAX_LENGTH)


class VerifyIn(EmailIn):
    code = Text(max_length=_LONGEST_CODE)
    password = Text(max_length=_LONGEST_PASSWORD)


class SignInIn(EmailIn):
    """code: of the second factor, where the account has one."""

    password = Text(max_length=_LONGEST_PASSWORD)
    code = Text(max_length=_LONGEST_CODE, required=False, allow_blank=True, allow_null=True)


class AuthCheckOut(serializers.Serializer[Any]):
    isAuthenticated = serializers.BooleanField()  # noqa: N815  # the document's spelling
    email = serializers.CharField(required=False)


def auth_check_out(email: str | None) -> dict[str, Any]:
    """Say whether somebody is signed in, and who."""
    return {"isAuthenticated": True, "email": email} if email else {"isAuthenticated": False}
