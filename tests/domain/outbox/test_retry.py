"""When to try again: the whole schedule, its jitter, what a receiver may ask for, and the end."""

import pytest

from tasktracker.outbox.rules.outcomes import Outcome
from tasktracker.outbox.rules.retry import Verdict, decide, is_abandoned

DELAYS = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
FAILED = Outcome("retry", 500)


@pytest.mark.parametrize(("tries", "delay"), list(enumerate(DELAYS))[1:])
def test_each_try_follows_the_one_before_by_the_schedule(tries: int, delay: int) -> None:
    assert decide(FAILED, tries=tries, delays_seconds=DELAYS, jitter=0) == Verdict("pending", delay)


@pytest.mark.parametrize(("jitter", "delay"), [(-1, 240), (-0.5, 270), (0.5, 330), (1, 360)])
def test_jitter_moves_a_delay_by_a_fifth_at_most(jitter: float, delay: float) -> None:
    assert decide(FAILED, tries=2, delays_seconds=DELAYS, jitter=jitter) == Verdict("pending", delay)


@pytest.mark.parametrize("tries", [10, 11])
def test_the_tenth_failure_is_the_last(tries: int) -> None:
    assert decide(FAILED, tries=tries, delays_seconds=DELAYS, jitter=0) == Verdict("failed")


@pytest.mark.parametrize("tries", [1, 10, 13])
def test_a_success_is_the_end_at_any_try(tries: int) -> None:
    delivered = Outcome("delivered", 204)

    assert decide(delivered, tries=tries, delays_seconds=DELAYS, jitter=0) == Verdict("delivered")


@pytest.mark.parametrize("result", ["gone", "rejected"])
def test_what_is_refused_for_good_is_not_tried_again(result: str) -> None:
    refused = Outcome(result, 410)  # type: ignore[arg-type]

    assert decide(refused, tries=1, delays_seconds=DELAYS, jitter=0) == Verdict("failed")


@pytest.mark.parametrize(
    ("status", "tries", "asked", "delay"),
    [
        (429, 1, 60, 60),
        (503, 1, 60, 60),
        (503, 1, 3600, 3600),
        (503, 1, 86400, 3600),  # an hour at most
        (429, 1, 2, 5),  # a later time than ours, never an earlier one
        (429, 1, -7, 5),
        (429, 4, 3600, 7200),
        (500, 1, 60, 5),  # only 429 and 503 may ask
        (429, 1, None, 5),
    ],
)
def test_an_overloaded_receiver_may_ask_for_a_later_time(
    status: int, tries: int, asked: float | None, delay: float
) -> None:
    outcome = Outcome("retry", status, retry_after_seconds=asked)

    assert decide(outcome, tries=tries, delays_seconds=DELAYS, jitter=0) == Verdict("pending", delay)


def test_at_least_a_second_passes_when_a_receiver_asks() -> None:
    outcome = Outcome("retry", 429, retry_after_seconds=0)

    assert decide(outcome, tries=1, delays_seconds=(0, 0), jitter=0) == Verdict("pending", 1)


@pytest.mark.parametrize(("tries", "abandoned"), [(1, False), (10, False), (13, False), (14, True)])
def test_a_delivery_that_ends_its_workers_is_given_up(tries: int, abandoned: bool) -> None:
    assert is_abandoned(tries=tries, delays_seconds=DELAYS) is abandoned
