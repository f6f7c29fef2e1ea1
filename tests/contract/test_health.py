"""/healthz and /readyz: each part named, 503 as soon as one is away."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import Settings

from tasktracker.core import clock
from tasktracker.outbox.models import Heartbeat
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db


@pytest.fixture
def beat() -> Callable[..., None]:
    """Let the worker have beaten so long ago."""

    def make(ago: timedelta = timedelta()) -> None:
        Heartbeat.objects.update_or_create(name="worker", defaults={"seen_at": clock.now() - ago})

    return make


def ready(caller: Client) -> tuple[int, Any]:
    response = caller.get("/readyz")
    return response.status_code, response.json()


def checks(**changed: str) -> dict[str, str]:
    return {"database": "ok", "worker": "ok", "cache": "ok", "processor": "ok", **changed}


@pytest.fixture(autouse=True)
def _processor(fake_stripe: FakeStripe, settings: Settings) -> None:
    settings.STRIPE_API_KEY = fake_stripe.api_key
    settings.STRIPE_API_BASE = fake_stripe.url


@pytest.mark.parametrize("path", ["/healthz", "/healthz/"])
def test_a_living_process_says_so(caller: Client, path: str) -> None:
    response = caller.get(path)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


def test_everything_is_there(caller: Client, beat: Callable[..., None]) -> None:
    beat()

    assert ready(caller) == (200, {"status": "ok", "checks": checks()})


def test_no_worker_ever_beat(caller: Client) -> None:
    assert ready(caller) == (503, {"status": "unavailable", "checks": checks(worker="away")})


def test_the_worker_fell_silent(caller: Client, beat: Callable[..., None]) -> None:
    beat(timedelta(seconds=31))

    assert ready(caller) == (503, {"status": "unavailable", "checks": checks(worker="away")})


def test_the_database_is_away(caller: Client, beat: Callable[..., None]) -> None:
    def fail(*_: Any) -> None:
        raise DatabaseError("connection refused")

    beat()
    with connection.execute_wrapper(fail):
        told = ready(caller)

    assert told == (503, {"status": "unavailable", "checks": checks(database="away", worker="away")})


def test_the_store_of_limits_is_asked(
    caller: Client, beat: Callable[..., None], settings: Settings, valkey_url: str
) -> None:
    beat()
    settings.TASKTRACKER_LIMIT_STORE_URL = valkey_url

    assert ready(caller) == (200, {"status": "ok", "checks": checks()})


def test_the_store_of_limits_is_away(caller: Client, beat: Callable[..., None], settings: Settings) -> None:
    beat()
    settings.TASKTRACKER_LIMIT_STORE_URL = "redis://127.0.0.1:1/0"

    assert ready(caller) == (503, {"status": "unavailable", "checks": checks(cache="away")})


def test_the_card_processor_is_away(caller: Client, beat: Callable[..., None], settings: Settings) -> None:
    beat()
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    assert ready(caller) == (503, {"status": "unavailable", "checks": checks(processor="away")})


def test_production_may_have_no_card_processor(
    caller: Client, beat: Callable[..., None], settings: Settings
) -> None:
    beat()
    settings.STRIPE_API_KEY, settings.TASKTRACKER_ENVIRONMENT = "", "production"

    assert ready(caller) == (200, {"status": "ok", "checks": checks(processor="off")})


def test_probes_are_limited_generously_by_address(caller: Client, settings: Settings) -> None:
    settings.TASKTRACKER_PUBLIC_PAGE_RATE = "2/h"

    answers = [caller.get("/healthz") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json() == {"error": "Too Many Requests"}
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 3600
