"""Identifiers: UUIDv7 for rows that every dialect shows, and their strict reading.

Slugs and secrets do not belong here.
"""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from tasktracker.core.errors import NotFound

_TEXT_LENGTH = 36
_LARGEST_NUMBER = 2**63 - 1


def new_id() -> UUID:
    """Make a UUIDv7: unique, and ordered by the moment it was made."""
    return uuid7()


def made_at(id_: UUID) -> datetime:
    """Return the real moment at which a UUIDv7 was made, by the clock of the process that made it."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)


def parse_id(text: str | UUID, *, absent: type[NotFound] = NotFound) -> UUID:
    """Read an id as it stands in a path.

    Only the canonical 36-character spelling is one; anything else cannot be an id of ours.
    absent: the refusal for a thing that is not there, where it has words of its own.
    Raises NotFound (ruling "Names and ids": an id that cannot be one is a 404).
    """
    if isinstance(text, UUID):
        return text
    if len(text) != _TEXT_LENGTH or not text.isascii():
        raise absent
    try:
        parsed = UUID(text)
    except ValueError:
        raise absent from None
    if str(parsed) != text.lower():
        raise absent
    return parsed


def parse_number(text: str) -> int:
    """Read the integer id of a user, an organization, a project or an action as it stands in a path.

    Raises NotFound, as parse_id().
    """
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_NUMBER))
    if not is_number or text.startswith("0") or int(text) > _LARGEST_NUMBER:
        raise NotFound
    return int(text)
