"""Three people with keys, their staked tasks, a card at the practice processor, and what time does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.test import Client

from accounts.models import Beeminder, User
from accounts.operations.derived_keys import stakes_key
from accounts.rules.principal import Principal
from charges.models import CardCustomer, Charge, ChargeEvent, MonthLedger, RecurringStake, Wallet
from charges.operations import cards
from tasks.models import Occurrence, Task
from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tasktracker.sweeps import run_sweeps
from tests.conftest import NOW
from tests.plugins.fake_stripe import FakeStripe

DUE_AT = datetime(2100, 1, 4, 12, tzinfo=UTC)  # later than any clock that runs these tests
DUE = int(DUE_AT.timestamp())
DAY = timedelta(days=1)
ABSENT = UUID(int=1)
FORBIDDEN = {"error": "Forbidden"}
NOT_FOUND = {"error": "Not found"}
UNPROCESSABLE = "Unprocessable Entity"


@dataclass
class Api:
    """A caller with a key, in one of its spellings."""

    client: Client
    key: str
    scheme: str = "ApiKey-v2"

    def get(self, path: str) -> Any:
        return self.send("GET", path)

    def post(self, path: str, body: object = None) -> Any:
        return self.send("POST", path, body)

    def put(self, path: str, body: object = None) -> Any:
        return self.send("PUT", path, body)

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path)

    def send(self, method: str, path: str, body: object = None) -> Any:
        raw = body if isinstance(body, bytes) else (b"" if body is None else orjson.dumps(body))
        headers = {"Authorization": f"{self.scheme} {self.key}"}
        return self.client.generic(
            method, f"/api2{path}", raw, content_type="application/json", headers=headers
        )

    def add(self, **changes: Any) -> Any:
        """Make a task; returns what was answered."""
        return self.post("/me/tasks", {"task": "Take out the trash", "due": DUE, "cents": 100, **changes})

    def make(self, **changes: Any) -> dict[str, Any]:
        """Make a task that can be made; returns it."""
        return dict(body_of(self.add(**changes), 201))

    def shown(self, task: dict[str, Any]) -> dict[str, Any]:
        """What a task is now."""
        return dict(body_of(self.get(f"/me/tasks/{task['id']}")))


@pytest.fixture
def make_api(client: Client, principal_of: Callable[..., Principal]) -> Callable[[User], Api]:
    def make(user: User) -> Api:
        return Api(client, stakes_key(principal=principal_of(user)))

    return make


@pytest.fixture
def api(make_api: Callable[[User], Api], owner: User) -> Api:
    """The owner."""
    return make_api(owner)


@pytest.fixture
def teammate_api(make_api: Callable[[User], Api], teammate: User, organization: object) -> Api:
    """Somebody who shares the owner's organization, and no stakes."""
    return make_api(teammate)


@pytest.fixture
def outsider_api(make_api: Callable[[User], Api], outsider: User) -> Api:
    """Somebody else."""
    return make_api(outsider)


@pytest.fixture
def card(owner: User, processor: FakeStripe) -> None:
    """The owner's card, which works."""
    give(owner, "pm_card_visa")


def give(user: User, payment_method_id: str) -> None:
    assert cards.give_card(user_id=user.pk, payment_method_id=payment_method_id, at=NOW)


def body_of(response: Any, status: int = 200) -> Any:
    """The body of an answer that has this status: JSON, or text in the one type that plain answers have."""
    assert response.status_code == status, (response.status_code, response.content)
    if response.headers.get("Content-Type") == "application/json":
        return orjson.loads(response.content)
    if status != 204:
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    return response.content.decode()


def sweep(at: datetime) -> dict[str, int]:
    """Do all that time does by `at`, mails and calls included; returns what was not zero."""
    return {name: count for name, count in run_sweeps(at, finish_work=True).items() if count}


def mails() -> list[str]:
    """The kinds of all mails ever queued, in order; but for digests, which are the calendar's."""
    queued = Delivery.objects.filter(kind="mail").exclude(event="digest").order_by("pk")
    return list(queued.values_list("event", flat=True))


def this_month() -> str:
    return f"{clock.now():%Y-%m}"


def everything() -> dict[str, list[Any]]:
    """All rows that a refused call must leave alone."""
    models = (Task, Occurrence, Charge, ChargeEvent, RecurringStake, CardCustomer, Beeminder, Delivery, User)
    found = {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
    # Rows with nothing in them may be made by a call that is refused.
    spent = MonthLedger.objects.exclude(staked_cents=0, charged_cents=0).order_by("pk")
    caps = Wallet.objects.order_by("pk").values_list(
        "pk", "monthly_stake_limit_cents", "monthly_charge_limit_cents"
    )
    return {
        **found,
        "MonthLedger": list(spent.values()),
        "Wallet": [row for row in caps if row[1:] != (None, 10_000)],
    }
