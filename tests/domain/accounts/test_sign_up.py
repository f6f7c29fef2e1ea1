"""accounts.operations.sign_up and sign_in: what no dialect's test can see."""

import json
from datetime import timedelta

import pytest

from accounts.models import GuessCounter, SignUpCode, User
from accounts.operations.guesses import TooManyGuesses
from accounts.operations.sessions import check_session, start_session
from accounts.operations.sign_in import SignInRefused, sign_in
from accounts.operations.sign_up import LIFETIME, BadCode, send_sign_up_code, sign_up, sweep_sign_up_codes
from accounts.rules.emails import BadEmail
from tasktracker.core.errors import BadCredential
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import clear_payload
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

HERE = "192.0.2.1"


def ask(at, email="ann@example.com"):
    send_sign_up_code(email=email, address=HERE, at=at)
    mail = Delivery.objects.latest("pk")
    text = json.loads(clear_payload(mail))["text"]
    return next(word for word in text.split() if word.isdigit())


def join(code, at, email="ann@example.com"):
    return sign_up(email=email, code=code, password=PASSWORD, address=HERE, at=at)


def test_a_code_is_good_until_it_ends_and_not_at_its_end(at):
    code = ask(at)
    with pytest.raises(BadCode):
        join(code, at + LIFETIME)

    assert join(code, at + LIFETIME - timedelta(microseconds=1)).email == "ann@example.com"


def test_the_mail_is_sealed_until_it_is_sent(at):
    code = ask(at)

    mail = Delivery.objects.get()
    assert mail.is_sealed
    assert code not in mail.payload
    assert "ann@example.com" not in str(vars(mail))


def test_codes_are_not_counted_by_the_clock_of_a_calendar(at):
    for _ in range(5):
        ask(at)
    with pytest.raises(TooManyGuesses) as refusal:
        ask(at + timedelta(hours=1))
    assert refusal.value.retry_after == 23 * 3600

    assert ask(at + timedelta(hours=24))


def test_a_bad_address_counts_for_nothing(at):
    with pytest.raises(BadEmail):
        send_sign_up_code(email="ann", address=HERE, at=at)

    assert (GuessCounter.objects.count(), Delivery.objects.count()) == (0, 0)


def test_ended_codes_are_swept(at):
    ask(at)
    ask(at + timedelta(minutes=4), "bob@example.com")

    assert sweep_sign_up_codes(at + timedelta(minutes=5)) == 1
    assert SignUpCode.objects.get().ends_at == at + timedelta(minutes=9)


def test_the_secret_key_is_part_of_every_digest(at, settings):
    code = ask(at)
    settings.SECRET_KEY = "another key, as long as it has to be, and then some"

    with pytest.raises(BadCode):
        join(code, at)


def test_known_and_unknown_addresses_are_refused_alike(at, owner):
    with pytest.raises(SignInRefused) as known:
        sign_in(email=owner.email, password="wrong", address=HERE, at=at)
    with pytest.raises(SignInRefused) as unknown:
        sign_in(email="nobody@example.com", password="wrong", address=HERE, at=at)

    assert (known.value.message, known.value.code, known.value.problems) == (
        *(unknown.value.message, unknown.value.code, unknown.value.problems),
    )


def test_sign_in_keeps_when_it_was(at, owner):
    start_session(user=sign_in(email=owner.email, password=PASSWORD, address=HERE, at=at), at=at)

    assert User.objects.get(pk=owner.pk).last_login == at


def test_a_session_survives_no_change_of_the_password(at, owner):
    cookie = start_session(user=owner, at=at)
    assert check_session(cookie).user_id == owner.pk
    owner.set_password("Another passw0rd")
    owner.save(update_fields=["password"])

    with pytest.raises(BadCredential):
        check_session(cookie)
