"""DELETE on one task, and ids that mean nothing: cases 15 and 16 of progress.md."""

import pytest

from tasks.models import Task
from tests.dialects.progress.conftest import ABSENT, NOT_FOUND, Api, everything

pytestmark = pytest.mark.django_db


def test_case_15_a_cancelled_task_can_be_read(api: Api) -> None:
    made = api.make(status="processing", value=5)

    response = api.call("DELETE", f"{made['id']}/")

    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Type" not in response.headers
    left = api.get(made["id"])
    assert (left["status"], left["value"], left["end_time"]) == ("cancelled", 5, left["updated"])


def test_cancelling_twice_is_as_good_as_once(api: Api) -> None:
    made = api.make()
    api.call("DELETE", f"{made['id']}/")
    ended = api.get(made["id"])["end_time"]

    assert api.call("DELETE", f"{made['id']}/").status_code == 204
    assert api.get(made["id"])["end_time"] == ended


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "POST", "DELETE"])
@pytest.mark.parametrize(
    "task_id",
    [str(ABSENT), "1", "x", "null", "01a200426786747eb2411b1ba854d619", "%00", "%FF", "..%2F..", "a" * 2000],
)
def test_case_16_an_unknown_id_is_not_found(api: Api, method: str, task_id: str) -> None:
    api.make()
    before = everything()

    response = api.call(method, f"{task_id}/", None if method in {"GET", "DELETE"} else {"name": "n"})

    assert (response.status_code, response.json()) == (404, NOT_FOUND)
    assert everything() == before


def test_a_deleted_task_is_gone_and_an_archived_one_is_not(api: Api) -> None:
    gone, archived = api.make("gone"), api.make("archived")
    Task.objects.filter(pk=gone["id"]).update(deleted_at="2026-01-01T00:00:00Z")
    Task.objects.filter(pk=archived["id"]).update(archived_at="2026-01-01T00:00:00Z")

    assert api.call("GET", f"{gone['id']}/").status_code == 404
    assert api.call("PATCH", f"{gone['id']}/", {}).status_code == 404
    assert api.call("PATCH", f"{gone['id']}/", {"value": 1}).status_code == 404
    assert api.get(archived["id"]) == archived
    assert api.call("GET", "").json()["results"] == []
