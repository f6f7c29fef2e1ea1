"""Second factors: sealed in the database (README, "Secrets in transit"), and good for signing in.

Everything goes through allauth's own pages, as a browser would.
"""

import re

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.urls import reverse

from tasktracker.core.sealing import CannotOpen, seal
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _slow_fingers(settings):
    """A code stays good while the half minute turns between reading and typing it."""
    settings.MFA_TOTP_TOLERANCE = 1


def code_of(secret):
    """What the authenticator app shows now."""
    _, now, _ = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now))


def wrong_code_of(secret):
    """Six digits that no neighbouring half minute has, either."""
    good = {format_hotp_value(hotp_value(secret, counter)) for counter in yield_hotp_counters_from_time()}
    return next(code for code in ("000000", "000001", "000002", "000003") if code not in good)


def with_password(user):
    """Come as far as a password leads."""
    browser = Client()
    response = browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return browser, response


def with_code(browser, code):
    return browser.post(reverse("mfa_authenticate"), {"code": code})


def is_signed_in(browser):
    return SESSION_KEY in browser.session


def shown_secret(user):
    """Ask for a second factor, the password given once more: the browser, and the secret it shows."""
    browser, _ = with_password(user)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = browser.get(reverse("mfa_activate_totp"))
    return browser, page.context["form"].secret


@pytest.fixture
def secret(owner):
    """The secret of the owner, who has switched the second factor on."""
    browser, shown = shown_secret(owner)
    browser.post(reverse("mfa_activate_totp"), {"code": code_of(shown)})
    return shown


def everything():
    """Every value of every table, as the database gives it."""
    with connection.cursor() as cursor:
        texts = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            texts.extend(str(value) for row in cursor.fetchall() for value in row)
    return "\n".join(texts)


# --- at rest ---
def test_database_holds_no_second_factor_in_clear(owner, secret):
    totp, recovery = Authenticator.objects.filter(user=owner).order_by("-type")
    seed = get_adapter().decrypt(recovery.data["seed"])
    codes = RecoveryCodes(recovery).generate_codes()

    dump = everything()

    assert (totp.type, recovery.type) == ("totp", "recovery_codes")
    assert totp.data["secret"] in dump
    assert recovery.data["seed"] in dump
    assert [text for text in (secret, secret.lower(), seed, *codes) if text in dump] == []
    assert re.fullmatch("[A-Z2-7]{32}", secret)
    assert (len(seed), len(codes)) == (80, 10)
    assert get_adapter().decrypt(totp.data["secret"]) == secret


def test_same_secret_is_never_sealed_to_the_same_text():
    adapter = get_adapter()

    sealed = {adapter.encrypt("JBSWY3DPEHPK3PXP") for _ in range(3)}

    assert len(sealed) == 3
    assert {adapter.decrypt(text) for text in sealed} == {"JBSWY3DPEHPK3PXP"}


def test_nothing_else_stands_in_for_a_secret():
    clear = "JBSWY3DPEHPK3PXP"

    for stored in ("", clear, seal(clear.encode(), purpose="webhook:1")):
        with pytest.raises(CannotOpen):
            get_adapter().decrypt(stored)


def test_a_new_key_in_front_leaves_old_factors_good(settings, owner, secret):
    settings.TASKTRACKER_SEALING_KEYS = {"new": bytes(range(32)), **settings.TASKTRACKER_SEALING_KEYS}
    browser, _ = with_password(owner)

    with_code(browser, code_of(secret))

    assert is_signed_in(browser)


# --- signing in ---
def test_password_and_code_sign_in(owner, secret):
    browser, response = with_password(owner)
    assert (response.status_code, response.headers["Location"]) == (302, reverse("mfa_authenticate"))
    assert not is_signed_in(browser)

    response = with_code(browser, code_of(secret))

    assert (response.status_code, response.headers["Location"]) == (302, "/today/")
    assert browser.session[SESSION_KEY] == str(owner.pk)


def test_wrong_code_does_not_sign_in(owner, secret):
    browser, _ = with_password(owner)

    response = with_code(browser, wrong_code_of(secret))

    assert response.status_code == 200
    assert response.context["form"].errors == {"code": ["Incorrect code."]}
    assert not is_signed_in(browser)


def test_code_signs_in_once(owner, secret):
    code = code_of(secret)
    first, _ = with_password(owner)
    second, _ = with_password(owner)

    with_code(first, code)
    with_code(second, code)

    assert (is_signed_in(first), is_signed_in(second)) == (True, False)


def test_code_of_somebody_elses_secret_does_not_sign_in(owner, teammate, secret):
    browser, _ = with_password(owner)
    other, theirs = shown_secret(teammate)

    with_code(browser, code_of(theirs))

    assert (is_signed_in(browser), is_signed_in(other)) == (False, True)


def test_recovery_code_signs_in_once(owner, secret):
    code = RecoveryCodes(Authenticator.objects.get(user=owner, type="recovery_codes")).generate_codes()[3]
    first, _ = with_password(owner)
    second, _ = with_password(owner)

    with_code(first, code)
    with_code(second, code)

    assert (is_signed_in(first), is_signed_in(second)) == (True, False)
