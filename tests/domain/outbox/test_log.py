"""The log of an endpoint, and how the outbox is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tasktracker.core import clock
from tasktracker.outbox.models import Attempt, Heartbeat
from tasktracker.outbox.operations.heartbeats import Pulse
from tasktracker.outbox.queries.deliveries import attempts_of, deliveries_of
from tasktracker.outbox.queries.health import heartbeat_age, oldest_due_age
from tests.domain.outbox.fakes import ago, make_delivery

pytestmark = pytest.mark.django_db


def test_the_newest_deliveries_come_first_with_their_tries() -> None:
    first, second = make_delivery("a"), make_delivery("a")
    make_delivery("b")
    for number in (2, 1):
        Attempt.objects.create(delivery=first, number=number, started_at=clock.now(), duration_ms=1)

    found = deliveries_of("a")

    assert [delivery.pk for delivery in found] == [second.pk, first.pk]
    assert [[attempt.number for attempt in delivery.attempts.all()] for delivery in found] == [[], [1, 2]]
    assert [attempt.number for attempt in attempts_of(first.pk)] == [1, 2]


def test_a_page_goes_on_where_the_one_before_ended() -> None:
    made = [make_delivery("a").pk for _ in range(5)]

    first = deliveries_of("a", limit=2)
    second = deliveries_of("a", before=first[-1].pk, limit=2)
    third = deliveries_of("a", before=second[-1].pk, limit=2)

    pages = [[delivery.pk for delivery in page] for page in (first, second, third)]
    assert pages == [made[:2:-1], made[2:0:-1], made[:1]]


@pytest.mark.parametrize("count", [1, 3])
def test_a_log_takes_two_statements(count: int, django_assert_num_queries: Callable[[int], Any]) -> None:
    for _ in range(count):
        make_delivery("a")

    with django_assert_num_queries(2):
        assert [list(delivery.attempts.all()) for delivery in deliveries_of("a")] == [[]] * count


def test_the_age_of_the_oldest_due_delivery() -> None:
    assert oldest_due_age(at=clock.now()) == timedelta()
    make_delivery("later", due_at=ago(-60))
    assert oldest_due_age(at=clock.now()) == timedelta()
    make_delivery("late", due_at=ago(90))
    make_delivery("later than late", due_at=ago(30))

    assert timedelta(seconds=89) < oldest_due_age(at=clock.now()) < timedelta(seconds=95)


def test_the_age_of_a_heartbeat() -> None:
    assert heartbeat_age(at=clock.now()) is None
    Heartbeat.objects.create(name="worker", seen_at=clock.now() - timedelta(seconds=40))
    age = heartbeat_age(at=clock.now())
    assert age is not None
    assert timedelta(seconds=39) < age < timedelta(seconds=45)

    pulse = Pulse()
    pulse.beat()

    age = heartbeat_age(at=clock.now())
    assert age is not None
    assert age < timedelta(seconds=5)
    assert Heartbeat.objects.count() == 1


def test_a_pulse_beats_once_in_five_seconds(django_assert_num_queries: Callable[[int], Any]) -> None:
    pulse = Pulse()

    with django_assert_num_queries(1):
        pulse.beat()
        pulse.beat()
