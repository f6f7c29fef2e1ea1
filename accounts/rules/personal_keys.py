"""Personal keys: how one is spelled, and what its scopes allow. Source: agents.md A.9.

Whether a key is good is decided by its row (operations/personal_keys.py).
"""

import re
from secrets import token_hex
from typing import Final

from accounts.rules.principal import Principal
from accounts.rules.scopes import SESSION
from tasktracker.core.errors import Forbidden

READ: Final = "task:read"
WRITE: Final = "task:write"
USER_WRITE: Final = "user:write"
EVERYTHING: Final = "*"
PERSONAL_SCOPES: Final = (READ, WRITE, USER_WRITE, EVERYTHING)

SECRET_PREFIX: Final = "phx_"  # noqa: S105  # public: the clients' own, and leak scanners look for it
_SECRET_BYTES = 24
_SECRET = re.compile(rf"{SECRET_PREFIX}[0-9a-f]{{{2 * _SECRET_BYTES}}}", re.ASCII)
_IMPLIED_BY: Final = {READ: WRITE}


class MissingScope(Forbidden):
    """The key was made for less than this."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"API key missing required scope '{scope}'")


def new_secret() -> str:
    """Make a key: 192 random bits behind the prefix."""
    return SECRET_PREFIX + token_hex(_SECRET_BYTES)


def is_secret(text: str) -> bool:
    """Say whether a text is spelled as a personal key."""
    return _SECRET.fullmatch(text) is not None


def require_scope(principal: Principal, scope: str) -> None:
    """Refuse a key without a scope; writing implies reading, and a session may do everything.

    Raises MissingScope.
    """
    enough = {scope, EVERYTHING, _IMPLIED_BY.get(scope)}
    if principal.kind != SESSION and not enough & principal.scopes:
        raise MissingScope(scope)
