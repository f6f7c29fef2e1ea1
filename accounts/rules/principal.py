"""Who is calling: the one value that every authentication ends in.

How a caller proves it is not here; see operations/credentials.py.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.rules.scopes import DEVICE_TOKEN, SESSION, STAKES_KEY
from tasktracker.core.errors import Forbidden


class NotForKeys(Forbidden):
    """A program with a key asked for what only the person may do."""

    code = "not_for_keys"
    default_message = "Only the account itself can do this, not a key of it."


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose credential was checked.

    user_id: the account. kind: "session", "stakes_key" or a credential kind; credential_id: of the last only.
    scopes: what is written on the credential; empty for a session, which may do everything, and a stakes key.
    organization_id, project_id: the only ones that the credential reaches; None = all of the account's.
    project_ids: the projects to which a personal key is tied; None = it is not.
    is_staff: only ever True for a session.
    at: the database's clock, read by the very statement that checked the credential.
    """

    user_id: int
    kind: str
    scopes: frozenset[str]
    credential_id: UUID | None
    organization_id: int | None
    project_id: int | None
    is_staff: bool
    at: datetime
    project_ids: frozenset[int] | None = None

    @property
    def owns_only(self) -> bool:
        """Whether the caller reaches what the account itself owns, and nothing that others share with it."""
        return self.kind == DEVICE_TOKEN


def require_whole_account(principal: Principal) -> None:
    """Refuse programs with a key: they cannot make keys, nor change who belongs where. Raises NotForKeys."""
    require_kind(principal, SESSION)


def require_person(principal: Principal) -> None:
    """Refuse all keys: only a browser or an app that the person signed in with may. Raises NotForKeys."""
    require_kind(principal, SESSION, DEVICE_TOKEN)


def require_own_account(principal: Principal) -> None:
    """Refuse keys but the stakes key, which stands for the person in all that its dialect offers.

    Raises NotForKeys.
    """
    require_kind(principal, SESSION, STAKES_KEY)


def require_kind(principal: Principal, *kinds: str) -> None:
    """Refuse callers of other kinds than these. Raises NotForKeys."""
    if principal.kind not in kinds:
        raise NotForKeys
