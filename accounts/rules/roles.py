"""The roles in an organization and what each may do to the others.

Who holds which role is not here; that is a Membership row.
"""

from typing import Final

OWNER: Final = "owner"
ADMIN: Final = "admin"
MEMBER: Final = "member"
ROLES: Final = (OWNER, ADMIN, MEMBER)

_MANAGERS = frozenset({OWNER, ADMIN})


def may_manage(role: str) -> bool:
    """Say whether this role may make projects and change who belongs."""
    return role in _MANAGERS


def may_give(own_role: str, role: str) -> bool:
    """Say whether `own_role` may give `role` or take it away: only owners make and unmake owners."""
    return own_role == OWNER or (own_role == ADMIN and role != OWNER)
