"""What a password must be: 8 to 1000 characters with a digit, a lower-case and an upper-case letter.

Hashing and checking are Django's (argon2). Source: todo document, "Password rule"; reliability.md 4.5.
"""

from typing import Final

from django.core.exceptions import ValidationError

SHORTEST: Final = 8
LONGEST: Final = 1000
HELP: Final = "Use 8 to 1000 characters with a digit, a lower-case and an upper-case letter."

_WANTED = (
    ("password_without_digit", "The password needs a digit.", str.isdecimal),
    ("password_without_lower_case", "The password needs a lower-case letter.", str.islower),
    ("password_without_upper_case", "The password needs an upper-case letter.", str.isupper),
)


def is_too_long(password: str) -> bool:
    """Say whether a password is beyond the cap that is applied before hashing."""
    return len(password) > LONGEST


def password_faults(password: str) -> list[tuple[str, str]]:
    """List what is wrong with a password as (code, sentence); an empty list means it will do."""
    if len(password) < SHORTEST:
        return [("password_too_short", f"The password needs at least {SHORTEST} characters.")]
    if is_too_long(password):
        return [("password_too_long", f"The password can have at most {LONGEST} characters.")]
    return [(code, text) for code, text, is_wanted in _WANTED if not any(map(is_wanted, password))]


class PasswordRule:
    """The same rule for Django's and allauth's forms (AUTH_PASSWORD_VALIDATORS)."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError naming every fault."""
        faults = password_faults(password)
        if faults:
            raise ValidationError([ValidationError(text, code=code) for code, text in faults])

    def get_help_text(self) -> str:
        return HELP
