"""E-mail addresses: the one spelling in which they are stored and compared.

Whether an address is taken or confirmed is not known here.
"""

from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tasktracker.core.errors import Invalid, Problem

EMAIL_MAX_LENGTH: Final = 254


class BadEmail(Invalid):
    """The text is not an e-mail address."""

    code = "bad_email"

    def __init__(self) -> None:
        super().__init__(Problem("email", "invalid_email", "Enter a valid e-mail address."))


def normal_email(text: str) -> str:
    """Spell an address as it is stored: lower-case, without surrounding blanks. Raises BadEmail."""
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise BadEmail from None
    if len(email) > EMAIL_MAX_LENGTH or not email.isascii():
        raise BadEmail  # ASCII only, so that both databases agree on what lower-case is
    return email
