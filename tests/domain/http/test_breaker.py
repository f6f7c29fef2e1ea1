"""The circuit breaker: one probe after each pause, and a word when it opens and closes."""

import pytest

from tasktracker.http.breaker import PAUSE_SECONDS, Breaker
from tests.domain.http.conftest import Clock


def test_one_caller_probes_after_each_pause(clock: Clock) -> None:
    breaker = Breaker("part", clock=clock.seconds)
    assert breaker.allows()

    breaker.failed(OSError("away"))

    assert not breaker.allows()
    clock.move(PAUSE_SECONDS)
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    clock.move(PAUSE_SECONDS)
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_an_answer_closes_the_breaker(clock: Clock) -> None:
    breaker = Breaker("part", clock=clock.seconds)
    breaker.failed(OSError("away"))

    assert [breaker.succeeded(), breaker.succeeded()] == [True, False]
    assert breaker.allows()


def test_a_breaker_speaks_once_when_it_opens_and_once_when_it_closes(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    breaker = Breaker("part", clock=clock.seconds)

    for _ in range(3):
        breaker.failed(OSError("away"))
    for _ in range(3):
        breaker.succeeded()

    assert caplog.messages == ["breaker.opened", "breaker.closed"]
