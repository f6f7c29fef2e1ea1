"""Looking up names within a time budget, whatever the resolver does."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tasktracker.outbox.gateways import lookups
from tasktracker.outbox.gateways.lookups import is_on_this_machine, resolve
from tests.domain.outbox.receivers import reason_of

pytestmark = pytest.mark.usefixtures("fresh_stores")


class Resolver:
    """Stands in for getaddrinfo: gives its addresses when told to, and counts the questions."""

    def __init__(self, *addresses: str, error: Exception | None = None) -> None:
        self.addresses = addresses
        self.error = error
        self.asked: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        self.may_answer.wait(10)
        if self.error:
            raise self.error
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in self.addresses]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Resolver], Resolver]]:
    """Put a resolver in the place of the system's, and let go of its threads in the end."""
    used: list[Resolver] = []

    def put(resolver: Resolver) -> Resolver:
        used.append(resolver)
        monkeypatch.setattr(socket, "getaddrinfo", resolver)
        return resolver

    yield put
    for resolver in used:
        resolver.may_answer.set()


Use = Callable[[Resolver], Resolver]


def test_every_address_once_in_the_resolvers_order(use: Use) -> None:
    use(Resolver("93.184.216.34", "2606::1", "93.184.216.34"))

    assert resolve("hooks.example.com", 443) == ["93.184.216.34", "2606::1"]


def test_an_answer_is_used_again_for_a_moment(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = use(Resolver("93.184.216.34"))

    resolve("hooks.example.com", 443)
    resolve("hooks.example.com", 443)
    assert resolver.asked == ["hooks.example.com"]

    monkeypatch.setattr(lookups, "ANSWER_KEPT_SECONDS", 0)
    resolve("hooks.example.com", 443)
    assert resolver.asked == ["hooks.example.com"] * 2


def test_an_answer_that_is_used_again_is_checked_again(use: Use) -> None:
    resolver = use(Resolver("10.0.0.1"))

    assert [reason_of("https://hooks.example.com/") for _ in range(2)] == ["forbidden address"] * 2
    assert len(resolver.asked) == 1


@pytest.mark.parametrize(
    "error", [socket.gaierror(socket.EAI_AGAIN, "later"), UnicodeError("label too long")]
)
def test_a_name_that_cannot_be_found_is_asked_for_again(use: Use, error: Exception) -> None:
    resolver = use(Resolver(error=error))

    assert [reason_of("https://hooks.example.com/") for _ in range(2)] == ["name not found"] * 2
    assert len(resolver.asked) == 2


def test_a_slow_resolver_is_left_and_keeps_one_thread_busy(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "RESOLVE_SECONDS", 0.05)
    resolver = use(Resolver("93.184.216.34"))
    resolver.may_answer.clear()

    assert [reason_of("https://slow.example.com/") for _ in range(3)] == ["timeout"] * 3
    assert resolver.asked == ["slow.example.com"]


def test_hanging_look_ups_are_bounded_and_finished_ones_make_room(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "RESOLVE_SECONDS", 0.05)
    monkeypatch.setattr(lookups, "LOOKUPS_MAX", 2)
    resolver = use(Resolver("93.184.216.34"))
    assert [resolve(f"{name}.example.com", 443) for name in "abc"] == [["93.184.216.34"]] * 3

    resolver.may_answer.clear()
    assert [reason_of(f"https://{name}.example.com/") for name in "defg"] == ["timeout"] * 4
    assert len(resolver.asked) == 3 + 2


def test_a_bug_in_the_thread_is_reported_and_leaves_nobody_waiting(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: reported.set())
    use(Resolver(error=RuntimeError("a bug")))

    assert reason_of("https://hooks.example.com/") == "network"
    assert reported.wait(10)


def test_addresses_of_this_machine() -> None:
    assert is_on_this_machine("127.0.0.1")
    assert not is_on_this_machine("192.0.2.7")
    assert not is_on_this_machine("2001:db8::7")


def test_a_kernel_that_binds_to_anything_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "_binding_tells", lookups._binding_tells.__wrapped__)
    monkeypatch.setattr(lookups, "_can_bind", lambda address: True)

    assert not is_on_this_machine("93.184.216.34")
