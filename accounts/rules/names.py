"""Names that people give to things: trimmed, not empty, not endless.

Slugs are not here; see slugs.py.
"""

from typing import Final

from tasktracker.core.errors import Invalid, Problem

NAME_MAX_LENGTH: Final = 200
CREDENTIAL_NAME_MAX_LENGTH: Final = 100


class BadName(Invalid):
    """The name is empty or too long."""

    code = "bad_name"


def given_name(text: str, *, max_length: int = NAME_MAX_LENGTH, field: str = "name") -> str:
    """Trim a name that has to be given. Raises BadName."""
    if not text.strip():
        raise BadName(Problem(field, "blank", "This field may not be blank."))
    return optional_name(text, max_length=max_length, field=field)


def optional_name(text: str, *, max_length: int = NAME_MAX_LENGTH, field: str = "name") -> str:
    """Trim a name that may be empty. Raises BadName."""
    name = text.strip()
    if len(name) > max_length:
        raise BadName(
            Problem(field, "max_length", f"Ensure this field has no more than {max_length} characters.")
        )
    if "\0" in name:
        raise BadName(Problem(field, "null_characters", "Null characters are not allowed."))
    return name
