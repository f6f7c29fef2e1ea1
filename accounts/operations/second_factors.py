"""Second factors of accounts, for doors that ask for the code together with the password.

Switching them on and off, and asking for the code on a page of its own, is allauth's (tasktracker/web).
"""

from datetime import datetime

from allauth.mfa.models import Authenticator

from accounts.operations.guesses import count_second_factor, forgive_second_factors
from tasktracker.core.errors import Invalid, Problem

_RECOVERY = Authenticator.Type.RECOVERY_CODES
_WITH_CODE = (Authenticator.Type.TOTP, _RECOVERY)


class SecondFactorNeeded(Invalid):
    """The account has a second factor, and no code came."""

    code = "second_factor_needed"

    def __init__(self) -> None:
        super().__init__(Problem("code", "second_factor_needed", "Enter the code of your authenticator app."))


class WrongSecondFactor(Invalid):
    """The code is none that the second factor has now."""

    code = "wrong_second_factor"

    def __init__(self) -> None:
        super().__init__(Problem("code", "wrong_second_factor", "This code is wrong or was used before."))


def check_second_factor(*, user_id: int, code: str | None, at: datetime) -> None:
    """Ask for the second factor of an account that has one; its password was right.

    code: of the authenticator app, or a recovery code; each is good once.
    Raises SecondFactorNeeded, TooManyGuesses, WrongSecondFactor.
    """
    factors = list(Authenticator.objects.filter(user_id=user_id).order_by("pk"))
    if all(factor.type == _RECOVERY for factor in factors):
        return
    if not code:
        raise SecondFactorNeeded
    count_second_factor(user_id=user_id, at=at)
    for factor in factors:
        if factor.type in _WITH_CODE and factor.wrap().validate_code(code):
            factor.record_usage()
            forgive_second_factors(user_id=user_id)
            return
    raise WrongSecondFactor
