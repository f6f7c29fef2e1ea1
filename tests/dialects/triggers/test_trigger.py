"""POST /api/v1/tasks/:id/trigger: cases NS-01, NS-04, NS-07, NS-08 and NS-10 of triggers.md."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from tasks.models import Occurrence, Task
from tests.dialects.triggers.conftest import ABSENT, Api, Receiver, deliver, everything, log_of

pytestmark = pytest.mark.django_db

DEADLINE_PASSED = {"stake_cents": 500, "due_at": "2020-01-01T00:00:00Z"}


def test_a_trigger_answers_200_with_nothing(api: Api, task: Task) -> None:
    response = api.trigger(task.pk)

    assert (response.status_code, response.content) == (200, b"")
    assert "Content-Type" not in response.headers
    assert (response.headers["Cache-Control"], response.headers["Vary"]) == (
        "no-store",
        "Authorization, Cookie",
    )
    assert log_of(task) == [("pending", "manual")]


def test_a_second_trigger_makes_the_first_missed(
    api: Api, task: Task, subscribe: Callable[..., str], receiver: Receiver
) -> None:
    subscribe()

    for _ in range(2):
        assert api.trigger(task.pk).status_code == 200
        deliver()

    assert log_of(task) == [("missed", "manual"), ("pending", "manual")]
    assert receiver.events[0] == "task.triggered"
    assert sorted(receiver.events[1:]) == ["task.missed", "task.triggered"]


def test_a_completed_task_is_reopened(api: Api, task: Task) -> None:
    api.complete(task.pk)

    api.trigger(task.pk)

    task.refresh_from_db()
    assert (task.status, task.completed_at) == ("pending", None)
    assert log_of(task) == [("completed", "completion"), ("pending", "manual")]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\x00", b"[" * 60_000])
def test_a_body_is_never_read(api: Api, task: Task, body: bytes) -> None:
    response = api.client.generic(
        "POST",
        f"/api/v1/tasks/{task.pk}/trigger",
        body,
        content_type="application/json; charset=zlib",
        headers={"Authorization": f"Bearer {api.token}", "Accept": "text/html"},
    )

    assert (response.status_code, response.content) == (200, b"")


# --- who ----------------------------------------------------------------------------------------------------
def test_a_team_mate_triggers_a_task_of_the_shared_project(
    make_api: Callable[..., Api], shared_task: Task, teammate: User
) -> None:
    assert make_api(teammate).trigger(shared_task.pk).status_code == 200
    assert log_of(shared_task) == [("pending", "manual")]


def test_a_team_mate_cannot_reach_the_inbox(
    make_api: Callable[..., Api], task: Task, project: Project, teammate: User
) -> None:
    before = everything()

    response = make_api(teammate).trigger(task.pk)

    assert (response.status_code, response.json()) == (404, {"error": "Not Found"})
    assert everything() == before


def test_an_outsider_reaches_nothing(
    make_api: Callable[..., Api], task: Task, shared_task: Task, outsider: User
) -> None:
    stranger = make_api(outsider)
    before = everything()

    answers = [stranger.trigger(task_id) for task_id in (task.pk, shared_task.pk, ABSENT, uuid4())]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(404, {"error": "Not Found"})] * 4
    assert len({tuple(sorted(answer.headers.keys())) for answer in answers}) == 1
    assert everything() == before


def test_a_task_scope_reaches_one_task(
    make_api: Callable[..., Api], make_task: Callable[..., Task], task: Task, owner: User, outsider: User
) -> None:
    narrow = make_api(owner, scope=f"task:{task.pk}")
    own, foreign = make_task(), make_task(outsider)

    answers = [narrow.trigger(task_id) for task_id in (task.pk, own.pk, foreign.pk, ABSENT)]

    assert [answer.status_code for answer in answers] == [200, 403, 404, 404]
    assert answers[1].json() == {"error": "Forbidden"}
    assert (log_of(own), log_of(foreign)) == ([], [])


@pytest.mark.parametrize(
    "task_id",
    ["1", "99999", "-1", "x", "%00", "%FF", "null", "{}", "0190a3f2-0000-7000-8000-00000000000g", "a" * 2000],
)
def test_an_id_that_cannot_be_one_is_404(api: Api, task_id: str) -> None:
    response = api.trigger(task_id)

    assert (response.status_code, response.json()) == (404, {"error": "Not Found"})


def test_the_id_is_read_in_one_spelling_of_two_cases(api: Api, task: Task) -> None:
    assert api.trigger(str(task.pk).upper()).status_code == 200
    assert api.trigger(task.pk.hex).status_code == 404
    assert api.trigger(f"{{{task.pk}}}").status_code == 404


# --- what cannot be triggered -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"status": "cancelled"}, "A cancelled task cannot be triggered."),
        ({"status": "expired"}, "An expired task cannot be triggered."),
        ({"archived_at": "2026-01-01T00:00:00Z"}, "An archived task cannot be triggered."),
        (DEADLINE_PASSED, "A staked task cannot be triggered after its deadline."),
    ],
)
def test_what_cannot_be_triggered_is_422_and_stays(
    api: Api,
    make_task: Callable[..., Task],
    subscribe: Callable[..., str],
    columns: dict[str, object],
    sentence: str,
) -> None:
    subscribe()
    task = make_task(columns=columns)
    before = everything()

    response = api.trigger(task.pk)

    assert (response.status_code, response.json()) == (422, {"error": sentence})
    assert everything() == before


def test_a_deleted_task_is_404(api: Api, make_task: Callable[..., Task]) -> None:
    task = make_task(columns={"deleted_at": "2026-01-01T00:00:00Z"})

    assert api.trigger(task.pk).status_code == 404
    assert log_of(task) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_404_and_makes_nothing(api: Api, task: Task, method: str) -> None:
    response = api.post(f"/api/v1/tasks/{task.pk}/trigger", method=method)

    assert response.status_code == 404
    assert method == "HEAD" or response.json() == {"error": "Not Found"}
    assert "Allow" not in response.headers
    assert log_of(task) == []


# --- cost ---------------------------------------------------------------------------------------------------
def test_a_trigger_takes_at_most_eight_statements(
    api: Api, task: Task, subscribe: Callable[..., str]
) -> None:
    subscribe()
    subscribe()
    api.trigger(task.pk)  # last_used_at is noted once a minute; hot statements are compiled once

    with CaptureQueriesContext(connection) as captured:
        api.trigger(task.pk)

    statements = [query["sql"] for query in captured]
    work = [sql for sql in statements if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    assert len(work) <= 8, "\n".join(work)
    assert len(statements) <= 8, "\n".join(statements)
    assert Occurrence.objects.filter(task=task).count() == 2
