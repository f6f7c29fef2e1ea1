"""POST /api/v1/tasks/:id/complete: cases NS-05 to NS-08 and NS-10 of triggers.md."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tasks.models import Task
from tests.dialects.triggers.conftest import ABSENT, Api, Receiver, deliver, everything, log_of

pytestmark = pytest.mark.django_db


def test_the_newest_pending_occurrence_is_completed(
    api: Api, task: Task, subscribe: Callable[..., str], receiver: Receiver
) -> None:
    api.trigger(task.pk)
    api.trigger(task.pk)
    subscribe()

    response = api.complete(task.pk)
    deliver()

    task.refresh_from_db()
    assert (response.status_code, response.content) == (200, b"")
    assert "Content-Type" not in response.headers
    assert log_of(task) == [("missed", "manual"), ("completed", "manual")]
    assert task.status == "success"
    assert receiver.events == ["task.completed"]


def test_without_a_pending_one_a_completed_one_is_made(
    api: Api, task: Task, subscribe: Callable[..., str], receiver: Receiver
) -> None:
    subscribe()

    response = api.complete(task.pk)
    deliver()

    assert (response.status_code, response.content) == (200, b"")
    assert log_of(task) == [("completed", "completion")]
    assert receiver.events == ["task.completed"]


def test_completing_again_is_recorded_again(api: Api, task: Task) -> None:
    assert [api.complete(task.pk).status_code for _ in range(2)] == [200, 200]
    assert log_of(task) == [("completed", "completion")] * 2


# --- who ----------------------------------------------------------------------------------------------------
def test_a_team_mate_completes_a_task_of_the_shared_project(
    make_api: Callable[..., Api], shared_task: Task, teammate: User
) -> None:
    assert make_api(teammate).complete(shared_task.pk).status_code == 200
    assert log_of(shared_task) == [("completed", "completion")]


def test_an_outsider_reaches_nothing(
    make_api: Callable[..., Api], task: Task, shared_task: Task, outsider: User
) -> None:
    stranger = make_api(outsider)
    before = everything()

    answers = [stranger.complete(task_id) for task_id in (task.pk, shared_task.pk, ABSENT)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(404, {"error": "Not Found"})] * 3
    assert everything() == before


def test_a_task_scope_reaches_one_task(
    make_api: Callable[..., Api], make_task: Callable[..., Task], task: Task, owner: User, outsider: User
) -> None:
    narrow = make_api(owner, scope=f"task:{task.pk}")
    own, foreign = make_task(), make_task(outsider)

    answers = [narrow.complete(task_id) for task_id in (task.pk, own.pk, foreign.pk, ABSENT)]

    assert [answer.status_code for answer in answers] == [200, 403, 404, 404]
    assert answers[1].json() == {"error": "Forbidden"}
    assert (log_of(own), log_of(foreign)) == ([], [])


# --- what cannot be completed -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "columns",
    [
        {"status": "cancelled"},
        {"status": "expired"},
        {"stake_cents": 500, "due_at": "2020-01-01T00:00:00Z"},
    ],
)
def test_what_cannot_be_completed_is_422_and_stays(
    api: Api, make_task: Callable[..., Task], columns: dict[str, object]
) -> None:
    task = make_task(columns=columns)
    before = everything()

    response = api.complete(task.pk)

    assert response.status_code == 422
    assert list(response.json()) == ["error"]
    assert response.json()["error"].endswith(".")
    assert everything() == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_404_and_makes_nothing(api: Api, task: Task, method: str) -> None:
    response = api.post(f"/api/v1/tasks/{task.pk}/complete", method=method)

    assert (response.status_code, response.json()) == (404, {"error": "Not Found"})
    assert log_of(task) == []


def test_a_completion_takes_at_most_nine_statements(
    api: Api, task: Task, subscribe: Callable[..., str]
) -> None:
    subscribe()
    api.trigger(task.pk)
    api.complete(task.pk)

    with CaptureQueriesContext(connection) as captured:
        api.complete(task.pk)

    # Two of them look for open sub-tasks and a recurrence, which a trigger need not know.
    work = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(work) <= 9, "\n".join(work)
