"""Ids that look like Stripe's: a prefix that says what it is, then letters and digits."""

import secrets
import string

_LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """Make an id that begins with `prefix`."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))
