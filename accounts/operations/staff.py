"""Who is staff: said by operators on the machine itself, and by superusers in the admin.

What staff may do there are the groups and permissions of Django; how it comes in is tasktracker/staff.py.
"""

from enum import StrEnum

from accounts.models import User
from accounts.queries.accounts import account_by_email
from tasktracker.core.errors import NotFound


class StaffLevel(StrEnum):
    """What an account is: nobody of staff, staff with the permissions that it is given, or all of them."""

    NONE = "none"
    STAFF = "staff"
    SUPERUSER = "superuser"


def set_staff(*, email: str, level: StaffLevel) -> User:
    """Make an account staff, or end that, from its next request on. Raises NotFound."""
    user = account_by_email(email)
    if user is None:
        raise NotFound(f"There is no account {email}.")
    user.is_staff = level != StaffLevel.NONE
    user.is_superuser = level == StaffLevel.SUPERUSER
    user.save(update_fields=["is_staff", "is_superuser"])
    return user
