"""Many at one door: a code opens one account, five tries are five, one account has one picture."""

import json
from collections import Counter

import pytest

from accounts.models import GuessCounter, Picture, SignUpCode, User
from accounts.operations.pictures import change_profile
from accounts.operations.sign_up import MOST_TRIES, send_sign_up_code, sign_up
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import clear_payload
from tests.domain.accounts.drawings import encoded
from tests.race.test_accounts import together

EMAIL, PASSWORD = "ann@example.com", "Passw0rd1"


def ask(at):
    """Ask for a code; returns it."""
    send_sign_up_code(email=EMAIL, address="192.0.2.1", at=at)
    text = json.loads(clear_payload(Delivery.objects.latest("pk")))["text"]
    return next(word for word in text.split() if word.isdigit())


def attempt(code, at, address="192.0.2.1"):
    return lambda: sign_up(email=EMAIL, code=code, password=PASSWORD, address=address, at=at)


@pytest.mark.django_db(transaction=True)
def test_one_code_opens_one_account(at):
    for _ in range(3):
        code = ask(at)

        ended = together(*[attempt(code, at)] * 4)

        assert Counter(ended)[""] == 1
        assert set(ended) <= {"", "BadCode"}
        assert User.objects.filter(email=EMAIL).count() == 1
        User.objects.all().delete()
        GuessCounter.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_five_tries_are_five_however_many_come_at_once(at, settings):
    code = ask(at)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    ended = together(*[attempt(wrong, at, f"192.0.2.{number}") for number in range(12)])

    assert Counter(ended) == {"BadCode": MOST_TRIES, "TooManyGuesses": 12 - MOST_TRIES}
    assert SignUpCode.objects.get().tries == MOST_TRIES


@pytest.mark.django_db(transaction=True)
def test_a_code_bears_five_tries_even_where_nobody_counts_guesses(at, settings):
    settings.TASKTRACKER_LIMIT_SCALE = 100
    code = ask(at)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    assert together(*[attempt(wrong, at)] * 8) == ["BadCode"] * 8
    assert SignUpCode.objects.get().tries == MOST_TRIES
    assert together(attempt(code, at)) == ["BadCode"]


@pytest.mark.django_db(transaction=True)
def test_five_codes_a_day_are_five(at):
    ended = together(*[lambda: send_sign_up_code(email=EMAIL, address="192.0.2.1", at=at)] * 10)

    assert Counter(ended) == {"": 5, "TooManyGuesses": 5}
    assert (SignUpCode.objects.count(), Delivery.objects.count()) == (1, 5)


@pytest.mark.django_db(transaction=True)
def test_of_many_pictures_one_stays(owner, principal_of, at, settings, tmp_path):
    pictures = {**settings.STORAGES["pictures"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "pictures": pictures}

    def upload():
        change_profile(principal=principal_of(owner), name="Ann", upload=encoded("PNG"), at=at)

    assert together(*[upload] * 6) == [""] * 6
    (kept,) = Picture.objects.all()
    assert kept.user_id == owner.pk
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
