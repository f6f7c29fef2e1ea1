"""Opening an account and changing it: address, password, enrolment.

Signing up by code is sign_up.py, signing in sign_in.py; ending sessions is sessions.py.
"""

import secrets
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import Membership, Organization, Preferences, Project, User
from accounts.operations.devices import revoke_devices
from accounts.operations.sessions import end_sessions
from accounts.rules.emails import normal_email
from accounts.rules.names import given_name, optional_name
from accounts.rules.passwords import password_faults
from accounts.rules.principal import (
    Principal,
    require_kind,
    require_own_account,
    require_whole_account,
)
from accounts.rules.roles import OWNER
from accounts.rules.scopes import DEVICE_TOKEN, SESSION, STAKES_KEY
from accounts.rules.slugs import slug_stem
from tasktracker.core.errors import Conflict, Invalid, NotFound, Problem, RuleBroken
from tasktracker.core.unset import UNSET, Unset
from tasktracker.core.zones import zone
from tasktracker.outbox.operations.mail import queue_mail

INBOX_NAME = "Inbox"
INBOX_SLUG = "inbox"
# Of a personal organization's slug: makes it unguessable, so that it tells of no namesake.
_SUFFIX_BYTES = 4
_ADDRESS_CHANGE_TEXT = """\
Somebody who is signed in to your Task Tracker account asked to change its address to {new}.

Until that address is confirmed you sign in with this one, as before. If it was not you, sign in,
take the change back and choose a new password.
"""
_SIGN_IN_CHANGED_TEXT = """\
The password of your Task Tracker account was changed just now. Every other session has ended, and every
mobile app is signed out.

If it was not you, set a new one at once, by "Forgot your password?" at {url}
"""


class EmailTaken(Conflict):
    """Another account signs in with this address. Public doors must not tell their caller so (P30)."""

    code = "email_taken"
    default_message = "An account with this e-mail address exists."


class WeakPassword(Invalid):
    """The password breaks the rule; one Problem for each fault."""

    code = "weak_password"


class WrongPassword(Invalid):
    """The password given as the current one is not it."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__(Problem("current_password", "wrong_password", "This is not the current password."))


class AddressNotAsked(Conflict):
    """The confirmed address is neither the account's nor the one it asked to change to."""

    code = "address_not_asked"
    default_message = "This confirmation is out of date."


class EmailNotConfirmed(RuleBroken):
    """Enrolment comes after the e-mail address is confirmed."""

    code = "email_not_confirmed"
    default_message = "Confirm the e-mail address first."


class TermsNotAccepted(Invalid):
    """Enrolment needs the terms accepted."""

    code = "terms_not_accepted"

    def __init__(self) -> None:
        super().__init__(Problem("terms", "required", "The terms have to be accepted."))


class AlreadyEnrolled(Conflict):
    """The account finished enrolment before."""

    code = "already_enrolled"
    default_message = "This account is enrolled already."


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
        Preferences.objects.create(user=user)
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


def confirm_email(*, user_id: int, email: str, at: datetime) -> User:
    """Record that an account's address is confirmed; a changed one becomes the address that signs in.

    Safe to repeat: a link is often followed twice.
    Raises BadEmail, NotFound, AddressNotAsked, EmailTaken.
    """
    email = normal_email(email)
    with transaction.atomic():
        user = _locked(user_id)
        if email == user.email:
            user.email_verified_at = user.email_verified_at or at
        elif email == user.pending_email:
            user.email, user.pending_email, user.email_verified_at = email, "", at
        else:
            raise AddressNotAsked
        _save_address(user)
    return user


def _save_address(user: User) -> None:
    """Write the confirmed address where we and allauth look for it: one row each."""
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "pending_email", "email_verified_at"])
    except IntegrityError:
        raise EmailTaken from None
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def change_email(*, principal: Principal, email: str, at: datetime) -> User:
    """Ask for another address: shown at once, but used for sign-in and resets only after confirm_email.

    The current address is told by mail. Whether somebody else has the new one is not said before it is
    confirmed (P30).
    Asking for the current address takes an earlier request back.
    Raises NotForKeys, BadEmail, NotFound. Source: reliability.md 6, "email change".
    """
    require_own_account(principal)
    email = normal_email(email)
    with transaction.atomic():
        user = _locked(principal.user_id)
        user.pending_email = "" if email == user.email else email
        user.save(update_fields=["pending_email"])
        if user.pending_email:
            _tell_current_address(user, at)
    return user


def _tell_current_address(user: User, at: datetime) -> None:
    queue_mail(
        kind_event="account.email_change_asked",
        object_key=f"{user.pk}:{at.isoformat()}",
        to=[user.email],
        subject="Your Task Tracker address is about to change",
        text=_ADDRESS_CHANGE_TEXT.format(new=user.pending_email),
        account_id=user.pk,
    )


def enroll(
    *, principal: Principal, name: str, time_zone: str, has_accepted_terms: bool, at: datetime
) -> User:
    """Finish enrolment: the account may use the mobile apps from now on (ruling "Mobile").

    Raises NotForKeys, BadName, UnknownZone, TermsNotAccepted, NotFound, EmailNotConfirmed, AlreadyEnrolled.
    """
    require_whole_account(principal)
    name, zone_name = given_name(name), zone(time_zone).key
    if not has_accepted_terms:
        raise TermsNotAccepted
    with transaction.atomic():
        user = _locked(principal.user_id)
        if user.is_enrolled:
            raise AlreadyEnrolled
        if user.email_verified_at is None:
            raise EmailNotConfirmed
        user.name, user.time_zone, user.terms_accepted_at, user.enrolled_at = name, zone_name, at, at
        user.save(update_fields=["name", "time_zone", "terms_accepted_at", "enrolled_at"])
    return user


def edit_profile(
    *,
    principal: Principal,
    name: str | Unset = UNSET,
    time_zone: str | Unset = UNSET,
    is_name_needed: bool = True,
) -> User:
    """Change what people see of an account, and the zone in which its days begin.

    is_name_needed: refuse an empty name.  Raises NotForKeys, BadName, UnknownZone, NotFound.
    """
    require_kind(principal, SESSION, STAKES_KEY, DEVICE_TOKEN)
    changes: dict[str, str] = {}
    if not isinstance(name, Unset):
        changes["name"] = given_name(name) if is_name_needed else optional_name(name)
    if not isinstance(time_zone, Unset):
        changes["time_zone"] = zone(time_zone).key
    with transaction.atomic():
        user = _locked(principal.user_id)
        for field, value in changes.items():
            setattr(user, field, value)
        user.save(update_fields=list(changes))
    return user


def set_unsubscribed(*, user_id: int, is_unsubscribed: bool) -> None:
    """Say whether an account wants digests and the like. Who may ask for it is decided by the caller."""
    User.objects.filter(pk=user_id).update(is_unsubscribed=is_unsubscribed)


def change_password(
    *, principal: Principal, current_password: str, new_password: str, keep_session_digest: str | None = None
) -> User:
    """Change the caller's password, end their sessions, sign their devices out and tell them by mail.

    current_password: not looked at where the account has none yet.
    keep_session_digest: core.sealing.digest of the cookie value of the session that may stay. Django counts
    it as signed out all the same until the page calls update_session_auth_hash.
    Raises NotForKeys, NotFound, WrongPassword, WeakPassword.
    """
    require_whole_account(principal)
    user = User.objects.filter(pk=principal.user_id).first()
    if user is None:
        raise NotFound
    _require_password(user, current_password)
    _set_strong(user, new_password, field="new_password")
    with transaction.atomic():
        _save_password(user, keep_session_digest=keep_session_digest)
        _tell_password_change(user, principal.at)
    return user


def require_password(*, principal: Principal, password: str) -> None:
    """Make sure that it is the account's owner who asks; an account without a password has none to give.

    Raises NotForKeys, NotFound, WrongPassword.
    """
    require_whole_account(principal)
    user = User.objects.filter(pk=principal.user_id).first()
    if user is None:
        raise NotFound
    _require_password(user, password)


def _require_password(user: User, password: str) -> None:
    if user.has_usable_password() and not user.check_password(password):
        raise WrongPassword


def reset_password(*, user_id: int, password: str) -> None:
    """Set a password for a person who proved that the address is theirs, and end every session.

    Devices are signed out, too.

    Raises NotFound, WeakPassword.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound
    _set_strong(user, password, field="password")
    with transaction.atomic():
        _save_password(user, keep_session_digest=None)


def _set_strong(user: User, password: str, *, field: str) -> None:
    """Hash a password, which takes a quarter of a second: not in a transaction."""
    require_strong(password, field=field)
    user.set_password(password)


def _save_password(user: User, *, keep_session_digest: str | None) -> None:
    user.save(update_fields=["password"])
    end_sessions(user_id=user.pk, except_digest=keep_session_digest)
    revoke_devices(user_id=user.pk)


def _tell_password_change(user: User, at: datetime) -> None:
    queue_mail(
        kind_event="account.password_changed",
        object_key=f"{user.pk}:{at.isoformat()}",
        to=[user.email],
        subject="Your password was changed",
        text=_SIGN_IN_CHANGED_TEXT.format(url=settings.TASKTRACKER_BASE_URL),
        account_id=user.pk,
    )


def require_strong(password: str, *, field: str) -> None:
    """Refuse a password that breaks the rule. Raises WeakPassword."""
    faults = password_faults(password)
    if faults:
        raise WeakPassword(*(Problem(field, code, text) for code, text in faults))


def _locked(user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound
    return user
