"""Fixtures of the outbox: receivers on loopback, and a way out that remembers nothing."""

import ssl
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tasktracker.outbox.gateways import connections, lookups
from tests.domain.outbox.receivers import Behaviour, MakeReceiver, Receiver


@pytest.fixture
def make_receiver() -> Iterator[MakeReceiver]:
    """Start receivers that end with the test: make_receiver(behaviour, tls=None)."""
    made: list[Receiver] = []

    def make(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Receiver:
        made.append(Receiver(behaviour, tls))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture
def fresh_stores(settings: Settings) -> None:
    """Loopback is closed, no connection is kept, no name is known."""
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = False
    connections._start_afresh()
    lookups._start_afresh()


@pytest.fixture
def open_loopback(fresh_stores: None, settings: Settings) -> None:
    """Loopback may be called."""
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
