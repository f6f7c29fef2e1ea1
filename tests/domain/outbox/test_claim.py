"""Claiming: leases, caps and turns, when little is due and when much is."""

from collections import Counter
from datetime import timedelta

import pytest
from pytest_django import Settings

from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations import claim, handlers
from tasktracker.outbox.operations.claim import Claimer, is_work_left
from tests.domain.outbox.fakes import FakeHandler, ago, lose_leases, make_deliveries, make_delivery

pytestmark = pytest.mark.django_db
NOT_YET = ago(-3600)


@pytest.fixture(autouse=True)
def _webhooks_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "_handlers", {"webhook": FakeHandler()})


@pytest.fixture(autouse=True, params=["few rows due", "many rows due"])
def _amount(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of finding what is due must obey the same rules."""
    if request.param == "many rows due":
        monkeypatch.setattr(claim, "_FEW_ROWS", 1)


def endpoints(claimed: list[Delivery]) -> list[str]:
    return sorted(delivery.endpoint for delivery in claimed)


def test_a_claim_raises_fence_and_tries_and_sets_the_lease(settings: Settings) -> None:
    settings.TASKTRACKER_LEASE_SECONDS = 30
    made = make_delivery()

    (claimed,) = Claimer().claim(16)

    stored = Delivery.objects.get()
    assert (stored.pk, stored.fence, stored.tries, stored.state) == (made.pk, 1, 1, "pending")
    assert (claimed.fence, claimed.tries, claimed.lease_until) == (1, 1, stored.lease_until)
    assert stored.lease_until is not None
    assert timedelta(seconds=25) < stored.lease_until - clock.now() <= timedelta(seconds=30)


def test_what_is_leased_is_not_claimed_again() -> None:
    make_delivery()
    claimer = Claimer()

    assert len(claimer.claim(16)) == 1
    assert claimer.claim(16) == []
    assert Claimer().claim(16) == []


def test_a_lease_that_ran_out_is_claimed_with_a_newer_fence() -> None:
    make_delivery()
    Claimer().claim(16)
    lose_leases()

    (claimed,) = Claimer().claim(16)

    assert (claimed.fence, claimed.tries) == (2, 2)


@pytest.mark.parametrize("state", ["delivered", "failed", "cancelled"])
def test_what_is_finished_is_not_claimed(state: str) -> None:
    make_delivery(state=state, finished_at=ago(0))

    assert Claimer().claim(16) == []


def test_what_is_not_due_waits() -> None:
    make_delivery("later", due_at=NOT_YET)
    make_delivery("now")

    assert endpoints(Claimer().claim(16)) == ["now"]


def test_a_told_moment_reaches_what_is_due_by_then() -> None:
    make_delivery("in an hour", due_at=NOT_YET)
    make_delivery("in two hours", due_at=ago(-7200))

    claimed = Claimer(as_of=clock.now() + timedelta(minutes=61)).claim(16)

    assert endpoints(claimed) == ["in an hour"]
    assert claimed[0].lease_until is not None
    assert claimed[0].lease_until < clock.now() + timedelta(minutes=5)  # by the database's own clock


def test_a_kind_that_nobody_sends_is_left_alone() -> None:
    make_delivery(kind="push")

    assert Claimer().claim(16) == []


def test_two_of_an_endpoint_are_under_way_at_most() -> None:
    make_deliveries(5, "a")
    claimer = Claimer()

    assert endpoints(claimer.claim(16)) == ["a", "a"]
    assert claimer.claim(16) == []


def test_a_handler_says_how_many_its_endpoints_take(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = FakeHandler()
    wide.concurrency_per_endpoint = 4
    monkeypatch.setattr(handlers, "_handlers", {"mail": wide, "webhook": FakeHandler()})
    make_deliveries(5, "a")
    for _ in range(5):
        make_delivery("mail", kind="mail", account_id=2)

    assert Counter(endpoints(Claimer().claim(16))) == {"a": 2, "mail": 4}


def test_eight_of_an_account_are_under_way_at_most() -> None:
    for number in range(10):
        make_deliveries(2, f"a{number}")
    make_delivery("b", account_id=2)
    claimer = Claimer()

    claimed = [*claimer.claim(50), *claimer.claim(50)]

    assert Counter(delivery.account_id for delivery in claimed) == {1: 8, 2: 1}
    assert claimer.claim(50) == []


def test_the_oldest_of_an_endpoint_comes_first() -> None:
    old = make_delivery(due_at=ago(60))
    make_delivery(due_at=ago(20))
    older = make_delivery(due_at=ago(90))

    assert {delivery.pk for delivery in Claimer().claim(16)} == {old.pk, older.pk}


def test_no_more_are_claimed_than_wanted() -> None:
    for account_id in range(1, 6):
        make_deliveries(3, f"e{account_id}", account_id=account_id)

    assert len(Claimer().claim(3)) == 3


def test_accounts_take_turns_however_long_their_backlog(settings: Settings) -> None:
    for number in range(20):
        make_deliveries(20, f"a{number}", account_id=1)
    for account_id in range(2, 9):
        make_deliveries(3, f"e{account_id}", account_id=account_id)
    claimer = Claimer()

    served = [Counter(delivery.account_id for delivery in claimer.claim(4)) for _ in range(4)]

    assert sum(served, Counter()) == dict.fromkeys(range(1, 9), 2)


def test_the_account_with_the_fewest_under_way_comes_first() -> None:
    for number in range(4):
        make_deliveries(2, f"a{number}", account_id=1)
    claimer = Claimer()
    claimer.claim(4)
    make_deliveries(2, "b", account_id=2)

    assert Counter(delivery.account_id for delivery in Claimer().claim(3)) == {2: 2, 1: 1}


def test_work_is_left_while_anything_is_due_or_leased() -> None:
    assert not is_work_left()
    make_delivery("later", due_at=NOT_YET)
    assert not is_work_left()
    assert is_work_left(as_of=clock.now() + timedelta(hours=2))

    make_delivery("now")
    assert is_work_left()
    Claimer().claim(16)
    assert is_work_left()
