"""What time does: cases 30, 31 and 33 of progress.md."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.jobs import SWEEPS
from tasks.models import Progress, Task
from tasks.operations import progress_sweeps
from tasks.operations.lifecycle import complete_task, uncomplete_task
from tasks.operations.progress_sweeps import mark_stale, note_overruns
from tasktracker.core import clock
from tests.dialects.progress.conftest import Api, later, mails, waiting

pytestmark = pytest.mark.django_db


def watch(trigger: str) -> dict[str, Any]:
    return {"trigger": trigger, "integration": "email", "config": {"to": "a@example.com"}}


# --- stale --------------------------------------------------------------------------------------------------
def test_case_30_silence_makes_stale(api: Api) -> None:
    task = api.make(status="processing", stale_timeout=10, actions=[watch("stale")])

    assert mark_stale(later(seconds=9)) == 0
    assert mark_stale(later(seconds=11)) == 1
    stale = api.get(task["id"])
    assert mark_stale(later(seconds=30)) == 0

    assert (stale["status"], stale["end_time"]) == ("stale", None)
    assert mails() == ["job: stale"]
    assert api.patch(task["id"], status="processing")["status"] == "processing"


def test_case_30_it_can_go_stale_again_once_it_lives(api: Api) -> None:
    task = api.make(status="processing", stale_timeout=10, actions=[watch("stale")])

    for _ in range(2):
        assert mark_stale(later(seconds=11)) == 1
        api.patch(task["id"], status="processing")

    assert waiting() == 2


@pytest.mark.parametrize("status", ["success", "error", "cancelled", "stale"])
def test_case_30_what_has_ended_never_goes_stale(api: Api, status: str) -> None:
    task = api.make(status="processing", stale_timeout=10)
    api.patch(task["id"], status=status)

    assert mark_stale(later(days=1)) == 0
    assert api.get(task["id"])["status"] == status


@pytest.mark.parametrize("status", ["pending", "pre_processing", "processing", "post_processing"])
def test_what_waits_or_runs_can_go_stale(api: Api, status: str) -> None:
    task = api.make(status=status, stale_timeout=10)

    assert mark_stale(later(seconds=11)) == 1
    assert api.get(task["id"])["status"] == "stale"


def test_case_31_heartbeats_keep_it_alive(api: Api, put_back: Callable[..., None]) -> None:
    task = api.make(status="processing", stale_timeout=10)
    put_back(task["id"], seconds=9)

    api.patch(task["id"])

    assert mark_stale(later(seconds=9)) == 0
    assert mark_stale(later(seconds=11)) == 1


def test_a_stale_task_stays_so_under_heartbeats(api: Api) -> None:
    task = api.make(status="processing", stale_timeout=10)
    mark_stale(later(seconds=11))

    assert api.patch(task["id"])["status"] == "stale"
    assert api.patch(task["id"], value=5)["status"] == "stale"


def test_the_timeout_can_be_set_changed_and_lifted(api: Api) -> None:
    task = api.make(status="processing")
    assert mark_stale(later(days=1)) == 0

    api.patch(task["id"], stale_timeout=100)
    assert mark_stale(later(seconds=99)) == 0
    api.patch(task["id"], stale_timeout=10)
    assert mark_stale(later(seconds=11)) == 1
    api.patch(task["id"], status="processing", stale_timeout=None)

    assert mark_stale(later(days=1)) == 0


def test_a_task_that_another_door_reopens_is_watched_again(
    api: Api, owner: User, principal_of: Callable[..., Principal]
) -> None:
    api.make(status="processing", stale_timeout=10)
    task, caller, now = Task.objects.get(), principal_of(owner), clock.now()
    complete_task(principal=caller, task_id=task.pk, at=now)
    assert mark_stale(later(seconds=11)) == 0

    uncomplete_task(principal=caller, task_id=task.pk, at=now)

    assert mark_stale(later(seconds=11)) == 1


def test_a_deleted_task_is_left_alone(api: Api) -> None:
    api.make(status="processing", stale_timeout=10, max_runtime=10, actions=[watch("stale")])
    Task.objects.update(deleted_at=clock.now())

    assert (mark_stale(later(days=1)), note_overruns(later(days=1))) == (0, 0)
    assert Task.objects.get().status == "processing"
    assert set(Progress.objects.values_list("stale_check_at", "overrun_at")) == {(None, None)}
    assert waiting() == 0


def test_many_go_stale_in_batches_and_in_few_statements(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        api.make(status="processing", stale_timeout=10, actions=[watch("stale")])
    monkeypatch.setattr(progress_sweeps, "BATCH_SIZE", 2)

    assert mark_stale(later(seconds=11)) == 5
    assert waiting() == 5


def test_a_look_at_tasks_that_live_takes_six_statements(api: Api) -> None:
    for _ in range(3):
        api.make(status="processing", stale_timeout=10)
    moment = later(seconds=11)
    Task.objects.update(updated_at=moment)

    with CaptureQueriesContext(connection) as captured:
        assert mark_stale(moment) == 0
    with CaptureQueriesContext(connection) as again:
        assert mark_stale(moment) == 0

    assert len(captured) <= 6, "\n".join(query["sql"] for query in captured)
    assert len(again) == 1


# --- too long -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("spelling", ["max_runtime_exceeded", "max_runtime_exeeded"])
def test_case_33_running_for_too_long_is_told_once(api: Api, spelling: str) -> None:
    task = api.make(status="processing", max_runtime=60, actions=[watch(f"{spelling},success")])

    assert note_overruns(later(seconds=59)) == 0
    assert note_overruns(later(seconds=61)) == 1
    assert note_overruns(later(seconds=62)) == 0
    api.patch(task["id"], value=5)
    assert note_overruns(later(seconds=90)) == 0

    assert api.get(task["id"])["status"] == "processing"
    assert mails() == ["job: max_runtime_exceeded"]


def test_what_waits_or_has_ended_does_not_run_too_long(api: Api) -> None:
    waits = api.make(max_runtime=10)
    ended = api.make(status="processing", max_runtime=10)
    api.patch(ended["id"], status="success")

    assert note_overruns(later(days=1)) == 0

    api.patch(waits["id"], status="processing")
    assert note_overruns(later(seconds=11)) == 1


def test_the_limit_is_counted_from_the_start_that_was_said(api: Api) -> None:
    task = api.make(status="processing", max_runtime=60)
    start = (clock.now() - timedelta(seconds=50)).isoformat()

    api.patch(task["id"], start_time=start)

    assert note_overruns(later(seconds=9)) == 0
    assert note_overruns(later(seconds=11)) == 1


def test_a_new_limit_and_a_new_run_are_watched_anew(api: Api) -> None:
    task = api.make(status="processing", max_runtime=10, actions=[watch("max_runtime_exceeded")])
    assert note_overruns(later(seconds=11)) == 1

    api.patch(task["id"], max_runtime=100)
    assert note_overruns(later(seconds=99)) == 0
    assert note_overruns(later(seconds=101)) == 1
    api.patch(task["id"], status="error")
    api.patch(task["id"], status="processing")
    assert note_overruns(later(seconds=99)) == 0
    assert note_overruns(later(seconds=101)) == 1
    api.patch(task["id"], max_runtime=None)

    assert note_overruns(later(days=1)) == 0
    assert waiting() == 3


def test_a_limit_beyond_all_time_is_never_reached(api: Api) -> None:
    most = 2147483647
    api.make(status="processing", max_runtime=most, stale_timeout=most, start_time="9999-12-30T00:00:00Z")

    assert note_overruns(later(days=10_000)) == 0


def test_the_sweeps_are_known_by_name() -> None:
    assert {"stale", "overruns", "monitors"} <= set(SWEEPS)
