"""How the token of a mobile app is spelled. Whether it is good, its row decides (operations/devices.py)."""

import re
from secrets import token_hex
from typing import Final

TOKEN_PREFIX: Final = "ttd_"  # noqa: S105  # public: log scrubbers and leak scanners look for it
_SECRET_BYTES = 24
_TOKEN = re.compile(rf"{TOKEN_PREFIX}[0-9a-f]{{{2 * _SECRET_BYTES}}}", re.ASCII)


def new_device_token() -> str:
    """Make a token: 192 random bits behind the prefix."""
    return TOKEN_PREFIX + token_hex(_SECRET_BYTES)


def is_device_token(text: str) -> bool:
    """Say whether a text is spelled like a device token."""
    return _TOKEN.fullmatch(text) is not None
