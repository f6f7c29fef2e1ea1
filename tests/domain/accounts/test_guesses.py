"""Guesses are counted in the database, per kind and subject, and forgotten when their time is over."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import GuessCounter
from accounts.operations.guesses import TooManyGuesses, clear_guesses, count_guess, sweep_guesses

pytestmark = pytest.mark.django_db


def guess(at: datetime, *, subject: str = "ann@example.com", kind: str = "sign_in") -> str:
    try:
        count_guess(kind=kind, subject=subject, limit=3, seconds=300, at=at)
    except TooManyGuesses as refusal:
        return f"wait {refusal.retry_after}"
    return "counted"


def after(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


def test_the_limit_is_counted_and_the_next_refused(at: datetime) -> None:
    assert [guess(after(at, second)) for second in (0, 10, 20, 30, 40.5)] == [
        "counted",
        "counted",
        "counted",
        "wait 270",
        "wait 260",
    ]


def test_a_new_count_begins_when_the_time_is_over(at: datetime) -> None:
    for _ in range(3):
        guess(at)

    assert guess(after(at, 299.999999)) == "wait 1"
    assert [guess(after(at, 300)) for _ in range(4)] == ["counted"] * 3 + ["wait 300"]


def test_kinds_and_subjects_are_counted_apart_and_letter_case_is_one(at: datetime) -> None:
    assert [
        guess(at, subject=text) for text in ("ann@example.com", "ANN@example.com", "Ann@Example.com")
    ] == ["counted"] * 3

    assert guess(at) == "wait 300"
    assert guess(at, subject="bob@example.com") == "counted"
    assert guess(at, kind="code") == "counted"


def test_a_refusal_changes_nothing(at: datetime) -> None:
    for _ in range(3):
        guess(at)
    before = list(GuessCounter.objects.values())

    assert guess(after(at, 5)) == "wait 295"

    assert list(GuessCounter.objects.values()) == before


def test_the_right_guess_clears_its_own_count_only(at: datetime) -> None:
    for subject in ("ann@example.com", "bob@example.com"):
        for _ in range(3):
            guess(at, subject=subject)

    clear_guesses(kind="sign_in", subject="Ann@example.com")

    assert guess(at) == "counted"
    assert guess(at, subject="bob@example.com") == "wait 300"


def test_the_subject_cannot_be_read(at: datetime) -> None:
    guess(at)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_guesscounter")
        assert "ann" not in repr(cursor.fetchall())


def test_the_sweep_deletes_what_counts_no_more(at: datetime) -> None:
    guess(at)
    guess(after(at, 1), subject="bob@example.com")

    assert [sweep_guesses(after(at, seconds)) for seconds in (299, 300, 300, 301)] == [0, 1, 0, 1]


def test_one_statement_counts(at: datetime, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(3):  # type: ignore[operator]  # it and its savepoint
        guess(at)


def test_any_text_may_be_a_subject(at: datetime) -> None:
    assert guess(at, subject="\ud800\0é") == "counted"


def test_the_scale_stretches_the_limit(at: datetime, settings: Settings) -> None:
    settings.TASKTRACKER_LIMIT_SCALE = 2.0

    assert [guess(at) for _ in range(7)] == ["counted"] * 6 + ["wait 300"]
