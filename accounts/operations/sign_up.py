"""Signing up with a code that is mailed: who knows the code can read the mail of the address.

How often codes may be asked for and tried is settings.TASKTRACKER_GUESS_LIMITS. The web pages sign people up
with a link instead (tasktracker/web).
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from accounts.models import SignUpCode, User
from accounts.operations.accounts import EmailTaken, open_account, require_strong
from accounts.operations.guesses import count_attempt, forgive_attempts
from accounts.rules.emails import normal_email
from tasktracker.core.errors import Invalid, Problem, RuleBroken
from tasktracker.core.ids import new_id
from tasktracker.outbox.operations.mail import queue_mail

LIFETIME: Final = timedelta(minutes=5)
DIGITS: Final = 6
MOST_TRIES: Final = 5

_TEXT = """\
Your code for signing up at Task Tracker:

    {code}

It is good for five minutes, and only the newest one counts. If it was not you who asked, do nothing.
"""


class BadCode(Invalid):
    """The code is not the newest one of this address, or it has ended."""

    code = "bad_code"

    def __init__(self) -> None:
        super().__init__(Problem("code", "bad_code", "The code is wrong or has expired."))


class HasAccount(RuleBroken):
    """The person who just proved that the address is theirs has an account already."""

    code = "has_account"
    default_message = "There is an account with this e-mail address already. Sign in."


def send_sign_up_code(*, email: str, address: str, at: datetime) -> None:
    """Mail a code to an address; the one before is worthless from now on.

    address: where the request comes from. Whether the address is known is not even looked at (P30).
    Raises BadEmail, TooManyGuesses.
    """
    email = normal_email(email)
    count_attempt(door="code_request", email=email, address=address, at=at)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    row = SignUpCode(
        email_digest=_email_digest(email), code_digest=_code_digest(email, code), ends_at=at + LIFETIME
    )
    with transaction.atomic():
        SignUpCode.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["email_digest"],
            update_fields=["code_digest", "tries", "ends_at"],
        )
        queue_mail(
            kind_event="account.sign_up_code",
            object_key=str(new_id()),
            to=[email],
            subject="Your code for Task Tracker",
            text=_TEXT.format(code=code),
        )


def sign_up(*, email: str, code: str, password: str, address: str, at: datetime) -> User:
    """Open a confirmed account for who has the code. The code is used up, whatever comes after.

    A weak password is refused before the code is looked at, so that it stays good.
    Raises BadEmail, WeakPassword, TooManyGuesses, BadCode; and, once the code was right, HasAccount.
    """
    email = normal_email(email)
    require_strong(password, field="password")
    count_attempt(door="code_check", email=email, address=address, at=at)
    _use_code(email, code, at)
    forgive_attempts(door="code_check", email=email, address=address)
    try:
        return open_account(email=email, password=password, at=at, confirmed=True)
    except EmailTaken:
        raise HasAccount from None


def sweep_sign_up_codes(at: datetime) -> int:
    """Delete the codes that have ended. Returns how many."""
    deleted, _ = SignUpCode.objects.filter(ends_at__lte=at).delete()
    return deleted


def _use_code(email: str, code: str, at: datetime) -> None:
    """Look at a code, which counts, and take it away when it is right: of two who come with it one wins."""
    newest = SignUpCode.objects.filter(pk=_email_digest(email))
    if not newest.filter(ends_at__gt=at, tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        raise BadCode
    used, _ = newest.filter(code_digest=_code_digest(email, code)).delete()
    if not used:
        raise BadCode


def _email_digest(email: str) -> str:
    return salted_hmac("accounts.sign_up.email", email, algorithm="sha256").hexdigest()


def _code_digest(email: str, code: str) -> str:
    return salted_hmac("accounts.sign_up.code", f"{email} {code}", algorithm="sha256").hexdigest()
