"""A token with real rows behind it, and the probe dialects mounted beside the real ones."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.operations.credentials import issue_triggers_token
from accounts.rules.principal import Principal
from tasktracker import registry
from tasktracker.http.tokens import sign
from tests.conftest import NOW
from tests.contract.probe import ODD, PROBE


@pytest.fixture
def token(owner: User, principal_of: Callable[..., Principal]) -> str:
    """A triggers token of the owner's whole account."""
    issued = issue_triggers_token(principal=principal_of(owner), name="t", scope="user", at=NOW)
    return sign(issued.claims)


@pytest.fixture
def bearer(token: str) -> dict[str, str]:
    """The header that carries the token."""
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def caller(client: Client) -> Client:
    """A client that answers bugs as the server does, instead of raising them."""
    client.raise_request_exception = False
    return client


@pytest.fixture
def probe(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Mount the probe dialects. Their limits are too large to be met unless a test says otherwise."""
    settings.ROOT_URLCONF = "tests.contract.probe"
    settings.TASKTRACKER_LIMITS = {
        **settings.TASKTRACKER_LIMITS,
        "odd-key": ((1000, 60),),
        "odd-address": ((1000, 60),),
        "odd-strangers": ((1000, 60),),
    }
    monkeypatch.setattr(registry, "DIALECTS", (PROBE, ODD, *registry.DIALECTS))
    registry.dialect_for.cache_clear()
    yield
    registry.dialect_for.cache_clear()
