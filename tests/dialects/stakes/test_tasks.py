"""Staked tasks: cases 9 to 20 of stakes.md."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from accounts.rules.principal import Principal
from charges.models import MonthLedger
from charges.operations.staking import create_staked_task
from tasks.models import Task
from tasks.operations.editing import create_task
from tasks.operations.lifecycle import complete_task
from tasks.rules.vocabulary import Status
from tasktracker.core import clock
from tasktracker.dialects.stakes.shapes import STATUS_WORDS
from tests.conftest import NOW
from tests.dialects.stakes.conftest import (
    ABSENT,
    DUE,
    DUE_AT,
    NOT_FOUND,
    UNPROCESSABLE,
    Api,
    body_of,
    everything,
    sweep,
)

pytestmark = pytest.mark.django_db

NEW = {"task": "Take out the trash", "due": DUE, "cents": 100}
STRANGE_IDS = [str(ABSENT), "x", "1", "tdDPzh1GpZHAGZURVBf6", "%00", "%F0%9F%8E%89"]


def refused(response: Any) -> str:
    """The sentence of a rule that was broken."""
    body = body_of(response, 422)
    assert list(body) == ["error"]
    return str(body["error"])


# --- making -------------------------------------------------------------------------------------------------
def test_case_9_a_new_task_has_exactly_these_fields(api: Api) -> None:
    made = body_of(api.add(), 201)

    assert made == {**NEW, "id": str(Task.objects.get().pk), "complete": False, "status": "pending"}
    assert api.shown(made) == made


def test_case_9_the_text_is_kept_as_it_was_written(api: Api) -> None:
    text = "  Milk, \N{EGG}\n\u202eeggs  "

    assert api.make(task=text)["task"] == text


@pytest.mark.parametrize(
    "changes",
    [
        {"task": ...},
        {"task": ""},
        {"task": "  \n "},
        {"task": None},
        {"task": 5},
        {"task": "x" * 501},
        {"due": ...},
        {"due": "tomorrow"},
        {"due": str(DUE)},
        {"due": None},
        {"due": True},
        {"due": DUE + 0.5},
        {"due": 0},
        {"due": 253402214401},
        {"cents": ...},
        {"cents": 99},
        {"cents": "100"},
        {"cents": None},
        {"cents": -100},
        {"cents": 100.5},
        {"cents": 100_000_000},
        {"recurrence": {}},
        {"recurrence": {"days": 0}},
        {"recurrence": {"days": -1}},
        {"recurrence": {"days": "7"}},
        {"recurrence": {"days": None}},
        {"recurrence": {"days": 1.5}},
        {"recurrence": 7},
        {"recurrence": [7]},
    ],
    ids=repr,
)
def test_case_10_what_is_wrong_makes_nothing(api: Api, changes: dict[str, Any]) -> None:
    body = {name: value for name, value in {**NEW, **changes}.items() if value is not ...}
    before = everything()

    assert body_of(api.post("/me/tasks", body), 422) == UNPROCESSABLE
    assert everything() == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'"x"',
        b"\xff",
        b'{"task": "a\\u0000", "due": 4102747200, "cents": 100}',
        b'{"task": "a", "task": "b", "due": 4102747200, "cents": 100}',
    ],
)
def test_case_10_what_is_no_object_makes_nothing(api: Api, body: bytes) -> None:
    assert body_of(api.post("/me/tasks", body), 422) == UNPROCESSABLE
    assert not Task.objects.exists()


def test_case_11_a_deadline_that_has_passed_makes_nothing(api: Api) -> None:
    before = everything()

    for due in (1, int(clock.now().timestamp()) - 1):
        assert refused(api.add(due=due)) == "The deadline must lie in the future."
    assert everything() == before


def test_case_12_the_stake_limit_counts_the_month(api: Api, owner: User) -> None:
    api.put("/me", {"monthly_stake_limit_cents": 500})
    api.make(cents=300)
    done = api.make(cents=200)
    api.put(f"/me/tasks/{done['id']}", {"complete": True})
    before = everything()

    assert refused(api.add(cents=100)) == "Monthly stake limit exceeded"
    assert everything() == before

    api.put("/me", {"monthly_stake_limit_cents": None})
    api.make(cents=100)
    assert MonthLedger.objects.get(user=owner).staked_cents == 600


def test_case_12_a_raise_counts_too(api: Api) -> None:
    api.put("/me", {"monthly_stake_limit_cents": 500})
    task = api.make(cents=300)

    raised = body_of(api.put(f"/me/tasks/{task['id']}", {"cents": 500}))

    assert raised == {**task, "cents": 500}
    assert refused(api.put(f"/me/tasks/{task['id']}", {"cents": 501})) == "Monthly stake limit exceeded"
    assert api.shown(task)["cents"] == 500


def test_case_12_a_limit_of_nothing_refuses_all(api: Api, outsider_api: Api) -> None:
    api.put("/me", {"monthly_stake_limit_cents": 0})

    assert refused(api.add()) == "Monthly stake limit exceeded"
    assert outsider_api.add().status_code == 201


# --- listing ------------------------------------------------------------------------------------------------
def test_case_13_pages_of_twenty_latest_deadline_first(api: Api, owner: User) -> None:
    made = [api.make(task=f"Task {number}", due=DUE + number % 40) for number in range(45)]

    pages = [body_of(api.get(f"/me/tasks?page={number}")) for number in range(4)]

    assert [len(page) for page in pages] == [20, 20, 5, 0]
    walked = [task for page in pages for task in page]
    assert sorted(task["id"] for task in walked) == sorted(task["id"] for task in made)
    assert walked == sorted(made, key=lambda task: (task["due"], task["id"]), reverse=True)
    assert body_of(api.get("/me/tasks")) == body_of(api.get("/me/tasks?page=0&page=0")) == pages[0]
    assert body_of(api.get("/me/tasks?page=99999999999999999999999")) == []


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_takes_as_many_statements_for_one_as_for_three(api: Api, count: int) -> None:
    for _ in range(count):
        task = api.make()
        api.post(f"/me/tasks/{task['id']}/uncle")

    with CaptureQueriesContext(connection) as asked:
        listed = body_of(api.get("/me/tasks"))

    assert len(listed) == count
    assert len(asked) == 3  # the key, the tasks, their charges


def test_case_14_filters(api: Api) -> None:
    pending, complete, expired = (api.make(due=DUE + number, task=str(number)) for number in range(3))
    api.put(f"/me/tasks/{complete['id']}", {"complete": True})
    api.post(f"/me/tasks/{expired['id']}/uncle")

    def listed(query: str) -> list[str]:
        return [task["task"] for task in body_of(api.get(f"/me/tasks?{query}"))]

    assert listed("status=pending") == ["0"]
    assert listed("status=complete") == ["1"]
    assert listed("status=expired") == ["2"]
    assert listed(f"due_before={DUE + 1}") == ["0"]
    assert listed(f"due_after={DUE + 1}") == ["2"]
    assert listed(f"due_after={DUE}&due_before={DUE + 2}") == ["1"]
    assert listed(f"due_after={DUE}&status=expired&page=0") == ["2"]
    assert listed("due_before=-5") == listed("due_after=99999999999999") == []
    assert listed("surprise=1") == ["2", "1", "0"]
    assert pending["task"] == "0"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("status=done", "status must be pending, complete or expired"),
        ("status=", "status must be pending, complete or expired"),
        ("status=PENDING", "status must be pending, complete or expired"),
        ("page=-1", "page must be a whole number of 0 or more"),
        ("page=x", "page must be a whole number of 0 or more"),
        ("page=1.5", "page must be a whole number of 0 or more"),
        ("page=", "page must be a whole number of 0 or more"),
        ("page=%D9%A1", "page must be a whole number of 0 or more"),
        ("due_before=x", "due_before must be a whole number"),
        ("due_after=1e9", "due_after must be a whole number"),
        ("due_after=%FF", "This is not valid text."),
        ("&".join(f"a{number}=1" for number in range(1001)), "The query has too many parameters."),
    ],
)
def test_case_14_parameters_that_are_wrong_are_told_in_json(api: Api, query: str, sentence: str) -> None:
    assert refused(api.get(f"/me/tasks?{query}")) == sentence


def test_only_own_tasks_with_a_stake_are_listed(
    api: Api, teammate_api: Api, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    shared = create_staked_task(
        principal=principal_of(owner),
        title="Ours",
        due_at=DUE_AT,
        stake_cents=500,
        project_id=project.pk,
        at=NOW,
    )
    plain = create_task(principal=principal_of(owner), title="Plain", due_at=DUE_AT, at=NOW)

    assert [task["id"] for task in body_of(api.get("/me/tasks"))] == [str(shared.task.pk)]
    assert body_of(teammate_api.get("/me/tasks")) == []
    assert body_of(api.get(f"/me/tasks/{plain.pk}"), 404) == NOT_FOUND


@pytest.mark.parametrize("status", list(Status))
def test_every_canonical_status_has_its_word(status: Status) -> None:
    expected = {Status.SUCCESS: "complete", Status.EXPIRED: "expired"}.get(status, "pending")

    assert STATUS_WORDS[status] == expected


# --- one of them --------------------------------------------------------------------------------------------
def test_case_15_anothers_task_is_not_there(
    api: Api,
    teammate_api: Api,
    outsider_api: Api,
    owner: User,
    project: Project,
    principal_of: Callable[..., Principal],
) -> None:
    stake = create_staked_task(
        principal=principal_of(owner),
        title="Ours",
        due_at=DUE_AT,
        stake_cents=500,
        project_id=project.pk,
        at=NOW,
    )
    before = everything()

    for other in (teammate_api, outsider_api):
        for method, path, body in (
            ("GET", "", None),
            ("PUT", "", {"complete": True}),
            ("PUT", "", {"uncle": True}),
            ("POST", "/uncle", None),
        ):
            response = other.send(method, f"/me/tasks/{stake.task.pk}{path}", body)
            assert body_of(response, 404) == NOT_FOUND
    assert everything() == before


@pytest.mark.parametrize("task_id", STRANGE_IDS)
def test_case_15_what_cannot_be_an_id_is_404(api: Api, task_id: str) -> None:
    assert body_of(api.get(f"/me/tasks/{task_id}"), 404) == NOT_FOUND
    assert body_of(api.put(f"/me/tasks/{task_id}", {"complete": True}), 404) == NOT_FOUND
    assert body_of(api.post(f"/me/tasks/{task_id}/uncle"), 404) == NOT_FOUND


def test_case_16_complete_and_back(api: Api) -> None:
    task = api.make()
    path = f"/me/tasks/{task['id']}"
    done = {**task, "complete": True, "status": "complete"}

    assert body_of(api.put(path, {"complete": True})) == done
    assert body_of(api.put(path, {"complete": True})) == api.shown(task) == done
    assert body_of(api.put(path, {"complete": False})) == api.shown(task) == task
    assert body_of(api.put(path, {"complete": False})) == task


def test_case_17_what_has_expired_is_not_completed(api: Api) -> None:
    task = api.make()
    sweep(DUE_AT)
    expired = api.shown(task)

    for body in ({"complete": True}, {"complete": False}, {"cents": 500}, {"due": DUE - 5}):
        assert refused(api.put(f"/me/tasks/{task['id']}", body))
    assert api.shown(task) == expired == {**task, "status": "expired", "chargeStatus": "notified"}


def test_case_17_a_completed_task_is_settled_by_its_deadline(
    api: Api, owner: User, principal_of: Callable[..., Principal]
) -> None:
    earlier = NOW - timedelta(days=30)
    stake = create_staked_task(
        principal=principal_of(owner), title="Old", due_at=NOW, stake_cents=500, at=earlier
    )
    Task.objects.filter(pk=stake.task.pk).update(due_at=clock.now() + timedelta(days=1))
    complete_task(principal=principal_of(owner), task_id=stake.task.pk, at=earlier)
    Task.objects.filter(pk=stake.task.pk).update(due_at=NOW)
    before = everything()

    assert refused(api.put(f"/me/tasks/{stake.task.pk}", {"complete": False}))
    assert everything() == before


def test_case_18_more_money_and_less_time(api: Api) -> None:
    task = api.make(cents=300)
    path = f"/me/tasks/{task['id']}"

    assert body_of(api.put(path, {"due": DUE, "cents": 500})) == {**task, "cents": 500}
    assert body_of(api.put(path, {"due": DUE - 60, "cents": 500})) == {**task, "cents": 500, "due": DUE - 60}
    assert api.shown(task) == {**task, "cents": 500, "due": DUE - 60}


@pytest.mark.parametrize(
    "changes",
    [
        {"cents": 299},
        {"due": DUE + 1},
        {"cents": 299, "due": DUE - 60},
        {"cents": 500, "due": DUE + 1},
        {"complete": True, "cents": 299},
        {"due": 1},
    ],
    ids=repr,
)
def test_case_19_nothing_gets_easier_and_nothing_is_half_done(api: Api, changes: dict[str, Any]) -> None:
    task = api.make(cents=300)
    before = everything()

    assert refused(api.put(f"/me/tasks/{task['id']}", changes)).endswith(".")
    assert everything() == before


@pytest.mark.parametrize(
    "changes",
    [
        {},
        [],
        b"",
        {"surprise": 1},
        {"task": "Other words"},
        {"cents": 50},
        {"cents": "500"},
        {"complete": "yes"},
        {"complete": 1},
        {"complete": None},
        {"due": None},
        {"uncle": "true"},
        {"cents": 50, "complete": True},
        b'{"cents": 500, "cents": 400}',
    ],
    ids=repr,
)
def test_case_20_what_is_wrong_changes_nothing(api: Api, changes: object) -> None:
    task = api.make(cents=300)
    before = everything()

    assert body_of(api.put(f"/me/tasks/{task['id']}", changes), 422) == UNPROCESSABLE
    assert everything() == before


def test_case_20_a_field_beside_known_ones_is_ignored(api: Api) -> None:
    task = api.make()

    assert body_of(api.put(f"/me/tasks/{task['id']}", {"cents": 500, "task": "Other"})) == {
        **task,
        "cents": 500,
    }
