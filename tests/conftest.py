"""Fixtures of the whole suite: three people, a fixed instant, a cheap password hash, a real Valkey on demand.

Fixtures of one part live in that part's own conftest.py. The database is chosen in tests/plugins/early.py.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.conf import settings as django_settings
from django.core.cache import cache
from hypothesis import settings as hypothesis_settings

from tasktracker.http import ratelimit
from tests.plugins import fake_stripe as fake_stripe_program
from tests.plugins import valkey

if TYPE_CHECKING:
    from pytest_django import Settings

    from accounts.models import Organization, Project, User
    from accounts.rules.principal import Principal

collect_ignore = ["clients"]  # they run in an environment of their own: make test-clients

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
PASSWORD = "Correct horse 1 battery"


def pytest_configure() -> None:
    # Argon2 takes a quarter of a second by design; no test is about that.
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Speed is never asserted: an example may take as long as a busy machine lets it.
    hypothesis_settings.register_profile("house", deadline=None, print_blob=True)
    hypothesis_settings.load_profile("house")


@pytest.fixture
def at() -> datetime:
    """The instant at which tests happen."""
    return NOW


@pytest.fixture(autouse=True)
def _forget_counts() -> Iterator[None]:
    """Limits count per test."""
    cache.clear()
    ratelimit.forget()
    yield
    cache.clear()


# --- people ----------------------------------------------------------------------------------------------
@pytest.fixture
def make_user(db: None) -> "Callable[..., User]":
    """Open an account: make_user("ann"), with more keywords of open_account."""
    from accounts.operations.accounts import open_account

    def make(name: str, **options: Any) -> "User":
        values: dict[str, Any] = {"password": PASSWORD, "name": name.title(), "at": NOW, "confirmed": True}
        return open_account(email=f"{name}@example.com", **{**values, **options})

    return make


@pytest.fixture
def principal_of() -> "Callable[..., Principal]":
    """Say who asks: the session of a person, or what the keywords make of it."""
    from accounts.rules.principal import Principal

    def make(user: "User", **changes: Any) -> "Principal":
        values: dict[str, Any] = {
            "user_id": user.pk,
            "kind": "session",
            "scopes": frozenset(),
            "credential_id": None,
            "organization_id": None,
            "project_id": None,
            "is_staff": user.is_staff,
            "at": NOW,
        }
        return Principal(**{**values, **changes})

    return make


@pytest.fixture
def owner(make_user: "Callable[..., User]") -> "User":
    """Whose things they are."""
    return make_user("owner")


@pytest.fixture
def teammate(make_user: "Callable[..., User]") -> "User":
    """A member of the owner's organization once `organization` is asked for."""
    return make_user("teammate")


@pytest.fixture
def outsider(make_user: "Callable[..., User]") -> "User":
    """Somebody else, who must see and change nothing."""
    return make_user("outsider")


@pytest.fixture
def organization(owner: "User", teammate: "User", principal_of: "Callable[..., Principal]") -> "Organization":
    """The owner's organization "Acme" (slug acme), with the team-mate as a member."""
    from accounts.operations import organizations

    acme = organizations.create_organization(principal=principal_of(owner), name="Acme", at=NOW)
    organizations.add_member(
        principal=principal_of(owner), organization_id=acme.pk, user_id=teammate.pk, role="member", at=NOW
    )
    return acme


@pytest.fixture
def project(
    owner: "User", organization: "Organization", principal_of: "Callable[..., Principal]"
) -> "Project":
    """The project "Web" (slug web) of Acme, which owner and team-mate share."""
    from accounts.operations import organizations

    return organizations.create_project(
        principal=principal_of(owner), organization_id=organization.pk, name="Web", at=NOW
    )


# --- servers ---------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def _shared_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[valkey.Valkey]:
    server = valkey.start(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def valkey_url(_shared_valkey: valkey.Valkey) -> str:
    """An empty Valkey, shared by the tests of this process."""
    with redis.Redis.from_url(_shared_valkey.url) as client:
        client.flushall()
    return _shared_valkey.url


@pytest.fixture(scope="session")
def _shared_fake_stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fake_stripe_program.FakeStripe]:
    server = fake_stripe_program.start(tmp_path_factory.mktemp("fake-stripe"))
    yield server
    server.stop()


@pytest.fixture
def fake_stripe(_shared_fake_stripe: fake_stripe_program.FakeStripe) -> fake_stripe_program.FakeStripe:
    """An empty fake Stripe, shared by the tests of this process."""
    _shared_fake_stripe.reset()
    return _shared_fake_stripe


@pytest.fixture
def processor(
    fake_stripe: fake_stripe_program.FakeStripe, settings: "Settings"
) -> fake_stripe_program.FakeStripe:
    """The practice processor, empty, where our gateways find it."""
    settings.STRIPE_API_KEY = fake_stripe.api_key
    settings.STRIPE_API_BASE = fake_stripe.url
    settings.STRIPE_WEBHOOK_SECRET = fake_stripe.webhook_secret
    return fake_stripe


@pytest.fixture
def own_fake_stripe(tmp_path: Path) -> Iterator[fake_stripe_program.FakeStripe]:
    """A fake Stripe of this test's own, to kill and start again."""
    server = fake_stripe_program.start(tmp_path / "fake-stripe")
    yield server
    server.stop()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[valkey.Valkey]:
    """A Valkey of this test's own, to freeze, kill and stop."""
    server = valkey.start(tmp_path / "valkey")
    yield server
    server.stop()
