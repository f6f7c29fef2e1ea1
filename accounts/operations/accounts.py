"""Opening an account and changing it: address, password, enrolment.

Sign-in itself is the interfaces' work (allauth's backend); ending sessions is sessions.py.
"""

import secrets
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.models import Membership, Organization, Project, User
from accounts.rules.emails import normal_email
from accounts.rules.names import optional_name
from accounts.rules.passwords import password_faults
from accounts.rules.roles import OWNER
from accounts.rules.slugs import slug_stem
from tasktracker.core.errors import Conflict, Invalid, Problem
from tasktracker.core.zones import zone

INBOX_NAME = "Inbox"
INBOX_SLUG = "inbox"
_SUFFIX_BYTES = (
    4  # of the personal organization's slug: makes it unguessable, so that it tells of no namesake
)


class EmailTaken(Conflict):
    """Another account signs in with this address. Public doors must not tell their caller so (P30)."""

    code = "email_taken"
    default_message = "An account with this e-mail address exists."


class WeakPassword(Invalid):
    """The password breaks the rule; one Problem for each fault."""

    code = "weak_password"


def open_account(
    *,
    email: str,
    password: str | None,
    name: str = "",
    time_zone: str = "UTC",
    at: datetime,
    confirmed: bool = False,
    allow_weak_password: bool = False,
) -> User:
    """Open an account with its personal organization and, in it, the Inbox.

    password: None for an account that signs in by other means. confirmed: the address is known to be theirs.
    allow_weak_password: for operators' commands only.
    Hashes before it looks, so that a known address costs the same (P30).
    Raises BadEmail, BadName, UnknownZone, WeakPassword, EmailTaken.
    """
    user = User(
        email=normal_email(email),
        name=optional_name(name),
        time_zone=zone(time_zone).key,
        date_joined=at,
        email_verified_at=at if confirmed else None,
    )
    if password is not None and not allow_weak_password:
        require_strong(password, field="password")
    user.set_password(password)
    with transaction.atomic():
        _insert(user)
        EmailAddress.objects.create(user=user, email=user.email, verified=confirmed, primary=True)
        make_home(user, at=at)
    return user


def _insert(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise EmailTaken from None


def make_home(user: User, *, at: datetime) -> Project:
    """Make the personal organization and the Inbox of an account that has none. Returns the Inbox."""
    stem = slug_stem(user.email.partition("@")[0])
    organization = Organization.objects.create(
        slug=f"{stem}-{secrets.token_hex(_SUFFIX_BYTES)}",
        name=user.name or stem,
        personal_of=user,
        created_at=at,
    )
    Membership.objects.create(organization=organization, user=user, role=OWNER, created_at=at)
    return Project.objects.create(
        organization=organization, slug=INBOX_SLUG, name=INBOX_NAME, is_default=True, created_at=at
    )


def require_strong(password: str, *, field: str) -> None:
    """Refuse a password that breaks the rule. Raises WeakPassword."""
    faults = password_faults(password)
    if faults:
        raise WeakPassword(*(Problem(field, code, text) for code, text in faults))
