"""Bodies of tokens for the triggers dialect. Source: internal.md, Token."""

from typing import Any, Final

from accounts.operations.credentials import IssuedToken
from accounts.rules.names import CREDENTIAL_NAME_MAX_LENGTH
from internal_api.shapes.reading import Body, BodyIn, Instant, Name
from internal_api.shapes.showing import ID, MOMENT, TEXT, moment, or_null, page_of, thing
from tasktracker.http.fields import Text
from tasktracker.http.tokens import sign


class TokenIn(BodyIn):
    name = Name(max_length=CREDENTIAL_NAME_MAX_LENGTH)
    scope = Text(max_length=255)
    expires_at = Instant(required=False, allow_null=True)


def token_out(credential: Any) -> Body:
    """Show a token, but not its text."""
    return {
        "id": str(credential.pk),
        "name": credential.name,
        "scope": credential.scope,
        "created_at": moment(credential.created_at),
        "last_used_at": moment(credential.last_used_at),
        "expires_at": moment(credential.expires_at),
        "revoked_at": moment(credential.revoked_at),
    }


def made_token_out(issued: IssuedToken) -> Body:
    """Show a token that was just made, with its text, once."""
    return {**token_out(issued.credential), "token": sign(issued.claims)}


_KEYS: Final = {
    "id": ID,
    "name": TEXT,
    "scope": TEXT,
    "created_at": MOMENT,
    "last_used_at": or_null(MOMENT),
    "expires_at": or_null(MOMENT),
    "revoked_at": or_null(MOMENT),
}
TOKENS: Final = page_of(thing((), **_KEYS))
MADE_TOKEN: Final = thing((), **_KEYS, token=TEXT)
