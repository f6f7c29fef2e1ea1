"""The two spellings of a project key: the bare secret, and the base64 of `org/project/secret`.

Whether a key is good is decided by its row (operations/project_keys.py). Source: progress.md B1, ruling
"Credentials".
"""

import base64
import binascii
import re
from dataclasses import dataclass
from secrets import token_hex
from typing import Final

SECRET_PREFIX: Final = "tb1_"  # noqa: S105  # public: log scrubbers and leak scanners look for it
_SECRET_BYTES = 24
_SECRET = re.compile(rf"{SECRET_PREFIX}[0-9a-f]{{{2 * _SECRET_BYTES}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as it was sent. place: ("org", "project") where the spelling names them."""

    secret: str
    place: tuple[str, str] | None = None


def new_secret() -> str:
    """Make a secret: 192 random bits behind the prefix."""
    return SECRET_PREFIX + token_hex(_SECRET_BYTES)


def encoded(*, org: str, project: str, secret: str) -> str:
    """Spell a key with the place that it opens, as the official client reads it."""
    return base64.b64encode(f"{org}/{project}/{secret}".encode()).decode()


def read_key(text: str) -> KeyText | None:
    """Read a key in either spelling; None when it is none."""
    if _SECRET.fullmatch(text):
        return KeyText(text)
    try:
        parts = base64.b64decode(text, validate=True).decode("ascii").split("/")
    except (binascii.Error, ValueError):
        return None
    if len(parts) != 3 or not _SECRET.fullmatch(parts[2]):
        return None
    return KeyText(parts[2], (parts[0], parts[1]))
