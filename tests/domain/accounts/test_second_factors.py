"""Second factors at doors that ask for a code: a passkey has none to give, its recovery codes do."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

from accounts.models import User
from accounts.operations.second_factors import SecondFactorNeeded, WrongSecondFactor, check_second_factor
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def test_who_has_a_passkey_alone_signs_programs_in_with_a_recovery_code(owner: User) -> None:
    Authenticator.objects.create(user=owner, type=Authenticator.Type.WEBAUTHN, data={"credential": {}})
    codes = RecoveryCodes.activate(owner)
    code = codes.get_unused_codes()[0]

    with pytest.raises(SecondFactorNeeded):
        check_second_factor(user_id=owner.pk, code=None, at=NOW)
    with pytest.raises(WrongSecondFactor):
        check_second_factor(user_id=owner.pk, code="000000", at=NOW)
    check_second_factor(user_id=owner.pk, code=code, at=NOW)
    with pytest.raises(WrongSecondFactor):
        check_second_factor(user_id=owner.pk, code=code, at=NOW)


def test_recovery_codes_alone_are_no_factor(owner: User) -> None:
    RecoveryCodes.activate(owner)

    check_second_factor(user_id=owner.pk, code=None, at=NOW)
