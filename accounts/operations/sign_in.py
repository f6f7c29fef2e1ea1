"""Showing that one knows the password, for doors that are not pages: each try is counted.

The pages sign people in through allauth, by the same rules; sessions are sessions.py.
"""

from datetime import datetime

from accounts.models import User
from accounts.operations.accounts import EmailNotConfirmed, change_password
from accounts.operations.devices import SignedInDevice, issue_device_token
from accounts.operations.guesses import count_attempt, forgive_attempts
from accounts.operations.second_factors import check_second_factor
from accounts.queries.accounts import account_by_email, account_of
from accounts.rules.principal import Principal
from tasktracker.core.errors import Invalid


class SignInRefused(Invalid):
    """Unknown address, wrong password or closed account: nobody is told which (P30)."""

    code = "sign_in_refused"
    default_message = "The e-mail address or the password is wrong."

    def __init__(self) -> None:
        super().__init__(message=self.default_message)


def sign_in(*, email: str, password: str, code: str | None = None, address: str, at: datetime) -> User:
    """Say whose address and password these are.

    code: of the second factor, where the account has one. address: where the request comes from.
    Only who knows the password learns that a code is needed, or that the address is not confirmed yet.
    Raises TooManyGuesses, SignInRefused, EmailNotConfirmed, SecondFactorNeeded, WrongSecondFactor.
    """
    user = _person(email, password, address, at)
    if user.email_verified_at is None:
        raise EmailNotConfirmed
    check_second_factor(user_id=user.pk, code=code, at=at)
    return user


def sign_in_device(
    *, email: str, password: str, device_name: str, code: str | None = None, address: str, at: datetime
) -> SignedInDevice:
    """Sign a mobile app in, as sign_in() does a browser.

    An account that is not enrolled yet, and so its address perhaps not confirmed, is let in: its token opens
    nothing before enrolment is finished (ruling "Mobile").
    Raises TooManyGuesses, SignInRefused, SecondFactorNeeded, WrongSecondFactor, BadName.
    """
    user = _person(email, password, address, at)
    check_second_factor(user_id=user.pk, code=code, at=at)
    return issue_device_token(user=user, name=device_name, at=at)


def change_own_password(
    *, principal: Principal, current_password: str, new_password: str, address: str, at: datetime
) -> User:
    """Change the caller's password where its current one was given, which is a try at signing in.

    Every session of the account ends.
    Raises NotForKeys, NotFound, TooManyGuesses, WrongPassword, WeakPassword.
    """
    email = account_of(principal).email
    count_attempt(door="sign_in", email=email, address=address, at=at)
    user = change_password(principal=principal, current_password=current_password, new_password=new_password)
    forgive_attempts(door="sign_in", email=email, address=address)
    return user


def _person(email: str, password: str, address: str, at: datetime) -> User:
    """Say whose address and password these are; the try is counted. Raises TooManyGuesses, SignInRefused."""
    count_attempt(door="sign_in", email=email, address=address, at=at)
    user = _account_with(email, password)
    forgive_attempts(door="sign_in", email=email, address=address)
    return user


def _account_with(email: str, password: str) -> User:
    """Find the account by both. Whatever is wrong, one query and one hash (P30)."""
    user = account_by_email(email) or _nobody()
    is_right = user.check_password(password)
    if not is_right or not user.is_active:
        raise SignInRefused
    return user


def _nobody() -> User:
    """Make an account without a password: comparing with it hashes once and is never right."""
    nobody = User(is_active=False)
    nobody.set_unusable_password()
    return nobody
