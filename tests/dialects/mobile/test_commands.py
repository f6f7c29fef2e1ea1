"""What is done with a task: trigger, complete, uncomplete, archive, unarchive; and who may."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import Wallet
from charges.operations.staking import create_staked_task
from tasks.models import Task, Webhook
from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW
from tests.dialects.mobile.conftest import (
    ABSENT,
    BOUND,
    NOT_FOUND,
    Phone,
    body_of,
    error_of,
    everything,
    fields_of,
    is_done,
    items,
)
from tests.dialects.mobile.test_task_list import LATER

pytestmark = pytest.mark.django_db

COMMANDS = ["trigger", "complete", "uncomplete", "archive", "unarchive", "uncle", "stake"]


def shown(phone: Phone, task: Task) -> dict[str, Any]:
    return dict(body_of(phone.get(f"/tasks/{task.pk}")))


def log(phone: Phone, task: Task) -> list[str]:
    return [occurrence["status"] for occurrence in items(phone.get(f"/tasks/{task.pk}/occurrences"))]


def events() -> list[str]:
    return list(Delivery.objects.filter(kind="webhook").order_by("pk").values_list("event", flat=True))


def test_triggering_twice_misses_the_first(phone: Phone, task: Task, webhook: Webhook) -> None:
    assert is_done(phone.post(f"/tasks/{task.pk}/trigger"))
    first = shown(phone, task)["pending_occurrence_id"]
    assert is_done(phone.post(f"/tasks/{task.pk}/trigger"))

    newest, older = items(phone.get(f"/tasks/{task.pk}/occurrences"))
    assert (newest["status"], older["status"], older["id"]) == ("pending", "missed", first)
    assert shown(phone, task)["pending_occurrence_id"] == newest["id"]
    assert events() == ["task.triggered", "task.missed", "task.triggered"]


def test_completing_and_taking_it_back(phone: Phone, task: Task, webhook: Webhook) -> None:
    assert is_done(phone.post(f"/tasks/{task.pk}/complete"))
    done = shown(phone, task)
    assert is_done(phone.post(f"/tasks/{task.pk}/uncomplete"))

    assert (done["status"], done["completed_at"][-1]) == ("success", "Z")
    assert (shown(phone, task)["status"], shown(phone, task)["completed_at"]) == ("pending", None)
    assert log(phone, task) == ["invalidated"]
    assert events() == ["task.completed", "task.invalidated"]


def test_archiving_and_bringing_it_back(phone: Phone, task: Task) -> None:
    assert is_done(phone.post(f"/tasks/{task.pk}/archive"))
    archived = shown(phone, task)
    assert is_done(phone.post(f"/tasks/{task.pk}/unarchive"))

    assert archived["archived_at"] is not None
    assert shown(phone, task)["archived_at"] is None


def test_bodies_of_commands_are_not_read(phone: Phone, task: Task) -> None:
    assert is_done(phone.post(f"/tasks/{task.pk}/complete", b"{"))


@pytest.mark.parametrize(
    ("command", "columns", "status"),
    [
        ("uncomplete", {}, 409),
        ("complete", {"status": "cancelled"}, 409),
        ("trigger", {"status": "cancelled"}, 422),
        ("trigger", {"archived_at": NOW}, 422),
        ("trigger", {"status": "expired"}, 422),
    ],
)
def test_what_its_state_does_not_allow(
    phone: Phone, make_task: Callable[..., Task], command: str, columns: dict[str, Any], status: int
) -> None:
    task = make_task(columns=columns)
    before = everything()

    error_of(phone.post(f"/tasks/{task.pk}/{command}"), status)
    assert everything() == before


def test_a_rule_that_is_about_no_field(phone: Phone, make_task: Callable[..., Task]) -> None:
    task = make_task(columns={"archived_at": NOW})

    sentence = "An archived task cannot be triggered."
    assert error_of(phone.post(f"/tasks/{task.pk}/trigger"), 422) == {
        "code": "validation_failed",
        "message": sentence,
        "fields": {"base": [sentence]},
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_nobody_else_may(others: list[Phone], task: Task, command: str) -> None:
    before = everything()

    for other in others:
        for task_id in (task.pk, ABSENT, "x"):
            response = other.post(f"/tasks/{task_id}/{command}", {"cents": 100})
            assert body_of(response, 404) == NOT_FOUND
    assert everything() == before


def test_nobody_else_reads_its_log(others: list[Phone], task: Task) -> None:
    for other in others:
        assert body_of(other.get(f"/tasks/{task.pk}/occurrences"), 404) == NOT_FOUND


# --- stakes -------------------------------------------------------------------------------------------------
DUE = int(LATER.timestamp())


@pytest.fixture
def staked(owner: User, principal_of: Callable[..., Principal]) -> Task:
    """500 cents, due LATER."""
    caller = principal_of(owner)
    return create_staked_task(
        principal=caller, title="Staked", due_at=LATER, stake_cents=500, at=clock.now()
    ).task


def stake(phone: Phone, task: Task, **terms: Any) -> Any:
    return phone.post(f"/tasks/{task.pk}/stake", terms)


def test_a_first_stake(phone: Phone, task: Task) -> None:
    assert is_done(stake(phone, task, cents=100, due=DUE))

    put = shown(phone, task)
    assert put["stake"] == {"cents": 100, "due": DUE, "status": "pending", "charge_status": None}
    assert put["due_at"] == "2100-01-04T12:00:00Z"


def test_a_stake_by_the_deadline_that_is_there(phone: Phone, make_task: Callable[..., Task]) -> None:
    task = make_task(due_at=LATER)

    assert is_done(stake(phone, task, cents=100))
    assert shown(phone, task)["stake"]["due"] == DUE


def test_more_and_earlier(phone: Phone, staked: Task) -> None:
    for terms in ({"cents": 500}, {"cents": 600, "due": DUE}, {"cents": 600, "due": DUE - 60}):
        assert is_done(stake(phone, staked, **terms))

    assert shown(phone, staked)["stake"]["cents"] == 600
    assert shown(phone, staked)["due_at"] == "2100-01-04T11:59:00Z"


@pytest.mark.parametrize("terms", [{"cents": 499}, {"cents": 500, "due": DUE + 1}])
def test_less_or_later_is_a_conflict(phone: Phone, staked: Task, terms: dict[str, int]) -> None:
    before = everything()

    assert body_of(stake(phone, staked, **terms), 409) == BOUND
    assert everything() == before


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({}, "cents"),
        ({"cents": 99}, "cents"),
        ({"cents": 100_000_000}, "cents"),
        ({"cents": "100"}, "cents"),
        ({"cents": 100}, "due"),  # the task has no deadline
        ({"cents": 100, "due": "2100-01-04T12:00:00Z"}, "due"),
        ({"cents": 100, "due": 1}, "due"),  # long ago
        ({"cents": 100, "due": None}, "due"),
    ],
)
def test_terms_that_cannot_be(phone: Phone, task: Task, terms: dict[str, Any], field: str) -> None:
    before = everything()

    assert set(fields_of(stake(phone, task, **terms))) == {field}
    assert everything() == before


def test_the_monthly_limit(phone: Phone, task: Task, owner: User) -> None:
    Wallet.objects.create(user=owner, monthly_stake_limit_cents=150)
    before = everything()

    assert error_of(stake(phone, task, cents=151, due=DUE), 422) == {
        "code": "validation_failed",
        "message": "Monthly stake limit exceeded",
        "fields": {"cents": ["Monthly stake limit exceeded"]},
    }
    assert everything() == before


def test_a_key_that_is_named_twice(phone: Phone, task: Task) -> None:
    assert error_of(phone.post(f"/tasks/{task.pk}/stake", b'{"cents": 100, "cents": 200}'), 400)


@pytest.mark.parametrize("command", ["archive"])
def test_a_staked_task_cannot_be_put_away(phone: Phone, staked: Task, command: str) -> None:
    before = everything()

    assert body_of(phone.post(f"/tasks/{staked.pk}/{command}"), 409) == BOUND
    assert everything() == before


def test_after_its_deadline_it_cannot_be_completed(phone: Phone, staked: Task) -> None:
    Task.objects.filter(pk=staked.pk).update(due_at=NOW)
    before = everything()

    error = error_of(phone.post(f"/tasks/{staked.pk}/complete"), 409)
    assert error["message"] == "The deadline of this staked task has passed."
    error_of(phone.post(f"/tasks/{staked.pk}/trigger"), 422)
    assert everything() == before


def test_uncle_once(phone: Phone, staked: Task) -> None:
    assert is_done(phone.post(f"/tasks/{staked.pk}/uncle"))
    before = everything()

    again = error_of(phone.post(f"/tasks/{staked.pk}/uncle"), 409)

    assert again["message"] == "A charge for this task has already begun."
    assert everything() == before
    (charge,) = items(phone.get("/charges"))
    assert charge == {
        "id": charge["id"],
        "task_id": str(staked.pk),
        "cents": 500,
        "status": "notified",
        "note": None,
        "created_at": charge["created_at"],
    }


def test_nothing_can_be_done_with_an_expired_stake(phone: Phone, staked: Task) -> None:
    phone.post(f"/tasks/{staked.pk}/uncle")
    before = everything()

    for command in ("complete", "uncomplete"):
        error_of(phone.post(f"/tasks/{staked.pk}/{command}"), 409)
    error_of(stake(phone, staked, cents=600), 409)
    assert everything() == before


def test_there_is_no_uncle_without_a_stake(phone: Phone, task: Task) -> None:
    assert body_of(phone.post(f"/tasks/{task.pk}/uncle"), 404) == NOT_FOUND


# --- limits -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("command", ["trigger", "complete"])
def test_sixty_a_minute(phone: Phone, task: Task, settings: Settings, command: str) -> None:
    settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, command: ((2, 60),)}

    answers = [phone.post(f"/tasks/{task.pk}/{command}").status_code for _ in range(3)]

    assert answers == [204, 204, 429]
    assert settings.TASKTRACKER_LIMITS["account"] == ((300, 300), (2000, 3600))


def test_apps_count_together_with_each_other_and_the_pages(
    make_phone: Callable[..., Phone], owner: User, settings: Settings
) -> None:
    settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, "account": ((3, 300),)}
    first, second = make_phone(owner), make_phone(owner)
    browser = type(first.client)()
    browser.force_login(owner)

    statuses = [first.get("/me"), second.get("/me"), browser.get("/tasks/"), first.get("/me")]

    assert [response.status_code for response in statuses] == [200, 200, 200, 429]
    assert browser.get("/tasks/").status_code == 429
