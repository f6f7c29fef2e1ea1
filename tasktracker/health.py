"""Probes for machines: /healthz (this process answers) and /readyz (everything that serves is there).

A balancer takes /healthz: limits and pages live on without the cache, and deliveries wait for a worker.
"""

from datetime import timedelta

import redis
from django.conf import settings
from django.db import Error as DatabaseAway
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from charges.operations.cards import is_processor_reachable
from tasktracker.core import clock
from tasktracker.http.page_limits import limit_page
from tasktracker.http.renderers import json_answer
from tasktracker.outbox.queries.health import heartbeat_age

HEARTBEAT_LASTS = timedelta(seconds=30)  # six beats

_STORE_SECONDS = 0.25
_PROCESSOR_SECONDS = 2.0
_OK, _OFF, _AWAY = "ok", "off", "away"
_never_kept = cache_control(no_store=True)


@limit_page()
@_never_kept
def live(_request: HttpRequest) -> HttpResponse:
    """Answer at all."""
    return json_answer({"status": _OK})


@limit_page()
@_never_kept
def ready(_request: HttpRequest) -> HttpResponse:
    """Say of each part whether it is there; 503 when one is not."""
    checks = {**_database_and_worker(), "cache": _cache(), "processor": _processor()}
    is_ready = _AWAY not in checks.values()
    return json_answer(
        {"status": _OK if is_ready else "unavailable", "checks": checks}, status=200 if is_ready else 503
    )


def _database_and_worker() -> dict[str, str]:
    """Asking for the worker's heartbeat tells whether the database answers, too."""
    try:
        age = heartbeat_age(at=clock.now())
    except DatabaseAway:
        return {"database": _AWAY, "worker": _AWAY}
    is_alive = age is not None and age < HEARTBEAT_LASTS
    return {"database": _OK, "worker": _OK if is_alive else _AWAY}


def _processor() -> str:
    """Ask the card processor: Stripe, or the practice one of the embedded form; production may have none."""
    if settings.TASKTRACKER_ENVIRONMENT == "production" and not settings.STRIPE_API_KEY:
        return _OFF
    return _OK if is_processor_reachable(seconds=_PROCESSOR_SECONDS) else _AWAY


def _cache() -> str:
    """Ask the store of limits and cache; the embedded form keeps both in this process."""
    url = settings.TASKTRACKER_LIMIT_STORE_URL
    if not url:
        return _OK
    waits = {"socket_timeout": _STORE_SECONDS, "socket_connect_timeout": _STORE_SECONDS}
    try:
        with redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **waits) as store:
            store.ping()
    except RedisError:
        return _AWAY
    return _OK
