"""What a stake forbids here: no easier task, no new status once it is settled (ruling "A stake binds")."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.models import Task
from tests.dialects.progress.conftest import Api, everything, refusal

pytestmark = pytest.mark.django_db

FAR = datetime(2100, 1, 1, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
CONFLICT = (409, "client_error", [{"code": "conflict", "attr": None}])


@pytest.fixture
def staked(api: Api) -> dict[str, Any]:
    """A task with an open stake."""
    made = api.make("promise", status="processing")
    Task.objects.update(stake_cents=500, due_at=FAR)
    return made


@pytest.mark.parametrize("said", [{"status": "cancelled"}, {"name": "easier"}, {"name": "x", "value": 5}])
def test_a_stake_is_not_made_easier(api: Api, staked: dict[str, Any], said: dict[str, Any]) -> None:
    before = everything()

    assert refusal(api.call("PATCH", f"{staked['id']}/", said)) == CONFLICT
    assert everything() == before


def test_a_staked_task_is_not_cancelled(api: Api, staked: dict[str, Any]) -> None:
    before = everything()

    assert refusal(api.call("DELETE", f"{staked['id']}/")) == CONFLICT
    assert everything() == before


def test_a_staked_task_is_reported_on_and_completed_in_time(api: Api, staked: dict[str, Any]) -> None:
    said = {"value": 5, "data": {"a": 1}, "tags": {"a": "aa"}, "status": "post_processing", "name": "promise"}

    assert api.patch(staked["id"], **said)["status"] == "post_processing"
    assert api.patch(staked["id"], status="success")["status"] == "success"
    assert Task.objects.get().completed_at


def test_a_staked_task_is_not_completed_too_late(api: Api, staked: dict[str, Any]) -> None:
    Task.objects.update(due_at=PAST)
    before = everything()

    assert refusal(api.call("PATCH", f"{staked['id']}/", {"status": "success", "value": 9})) == CONFLICT
    assert everything() == before


def test_a_key_does_not_reopen_a_staked_task(api: Api, staked: dict[str, Any]) -> None:
    api.patch(staked["id"], status="success")
    before = everything()

    for said in ({"status": "processing"}, {"status": "cancelled"}, {"status": "pending"}):
        assert refusal(api.call("PATCH", f"{staked['id']}/", said)) == CONFLICT
    assert refusal(api.call("DELETE", f"{staked['id']}/")) == CONFLICT
    assert everything() == before


@pytest.mark.parametrize("status", ["expired", "success"])
def test_what_is_settled_keeps_its_status_and_takes_the_rest(
    api: Api, staked: dict[str, Any], status: str
) -> None:
    Task.objects.update(status=status, due_at=PAST, completed_at=PAST if status == "success" else None)
    word = {"expired": "error", "success": "success"}[status]

    assert api.get(staked["id"])["status"] == word
    for other in {"pending", "processing", "success", "error", "cancelled", "stale"} - {word}:
        before = everything()
        assert refusal(api.call("PATCH", f"{staked['id']}/", {"status": other, "value": 1})) == CONFLICT
        assert everything() == before
    patched = api.patch(staked["id"], status=word, value=70, data=[1], tags={"a": "aa"})

    assert (patched["status"], patched["value"], patched["data"]) == (word, 70, [1])
    assert api.patch(staked["id"])["status"] == word
    assert Task.objects.get().status == status
