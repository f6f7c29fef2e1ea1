"""What other doors do to a task on which job runners report: progress and actions follow, once each."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from accounts.models import Project, User
from accounts.operations.credentials import issue_triggers_token
from accounts.operations.derived_keys import stakes_key
from accounts.operations.sessions import start_session
from accounts.rules.principal import Principal
from charges.operations.staking import stake_task
from tasks.models import Task
from tasks.operations.editing import create_task
from tasks.operations.expiry import expire_task
from tasks.operations.lifecycle import (
    cancel_task,
    complete_occurrence,
    complete_task,
    invalidate_occurrence,
    trigger_task,
    uncomplete_task,
)
from tasks.operations.schedules import set_schedule
from tasks.operations.sweeps import make_due_occurrences
from tasks.operations.todos import TodoChange, create_todo
from tasks.queries.occurrences import newest_completed
from tasks.rules.deadlines import DueChange
from tasks.rules.recurrence import Pattern, Recurrence
from tasks.rules.schedule import Frequency, Plan
from tasktracker.core import clock
from tasktracker.http.tokens import sign
from tasktracker.outbox.models import Delivery
from tasktracker.sweeps import run_sweeps
from tests.conftest import NOW
from tests.dialects.progress.conftest import Api, mails, waiting

pytestmark = pytest.mark.django_db

DUE = datetime(2100, 1, 4, 12, tzinfo=UTC)  # later than any clock that runs these tests
WATCHED = {
    "trigger": "pending,success,error,cancelled",
    "integration": "email",
    "config": {"to": "a@example.com"},
}
Door = Callable[[str, bool], Any]


def watch(trigger: str) -> dict[str, Any]:
    return {**WATCHED, "trigger": trigger}


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    """The owner's own session."""
    return principal_of(owner)


@pytest.fixture
def job(api: Api) -> dict[str, Any]:
    """A job that runs, with an action on every end that it can come to, and on coming back."""
    return api.make(status="processing", value=10, actions=[WATCHED])


@pytest.fixture
def staked(job: dict[str, Any], caller: Principal) -> dict[str, Any]:
    """The same, with money on it."""
    at = clock.now()
    Task.objects.filter(pk=job["id"]).update(status="pending")  # only what waits can be staked
    stake_task(principal=caller, task_id=Task.objects.get().pk, stake_cents=500, due_at=DUE, at=at)
    Task.objects.filter(pk=job["id"]).update(status="processing")
    return job


# --- completing, and taking it back -------------------------------------------------------------------------
def by_todo(owner: User, caller: Principal) -> Door:
    app = Client()
    app.cookies["sessionid"] = start_session(user=owner, at=NOW)

    def call(task_id: str, is_done: bool) -> Any:
        body = {"completed": is_done}
        return app.patch(f"/api/v2/todo/{task_id}", body, content_type="application/json")

    return call


def by_stakes(owner: User, caller: Principal) -> Door:
    headers = {"Authorization": f"ApiKey-v2 {stakes_key(principal=caller)}"}

    def call(task_id: str, is_done: bool) -> Any:
        body = {"complete": is_done}
        path = f"/api2/me/tasks/{task_id}"
        return Client().put(path, body, content_type="application/json", headers=headers)

    return call


def by_triggers(owner: User, caller: Principal) -> Door:
    issued = issue_triggers_token(principal=caller, name="cron", scope="user", at=NOW)
    headers = {"Authorization": f"Bearer {sign(issued.claims)}"}

    def call(task_id: str, is_done: bool) -> Any:
        return Client().post(
            f"/api/v1/tasks/{task_id}/{'complete' if is_done else 'trigger'}", headers=headers
        )

    return call


def by_page(owner: User, caller: Principal) -> Door:
    person = Client()
    person.force_login(owner)

    def call(task_id: str, is_done: bool) -> Any:
        return person.post(f"/tasks/{task_id}/{'complete' if is_done else 'uncomplete'}", follow=True)

    return call


def by_occurrence(owner: User, caller: Principal) -> Door:
    """One occurrence of the log, completed and taken back."""

    def call(task_id: str, is_done: bool) -> Any:
        task, at = Task.objects.get(pk=task_id), clock.now()
        if is_done:
            occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)
            complete_occurrence(principal=caller, occurrence_id=occurrence.pk, at=at)
        else:
            newest = newest_completed(task)
            assert newest
            invalidate_occurrence(principal=caller, occurrence_id=newest.pk, at=at)

    return call


@pytest.mark.parametrize("open_door", [by_todo, by_stakes, by_triggers, by_page, by_occurrence])
def test_each_door_completes_and_reopens_once(
    open_door: Callable[[User, Principal], Door],
    api: Api,
    staked: dict[str, Any],
    owner: User,
    caller: Principal,
) -> None:
    door = open_door(owner, caller)

    for is_done, word in ((True, "success"), (False, "pending")):
        answer = door(staked["id"], is_done)
        assert answer is None or answer.status_code == 200, answer.content
        shown = api.get(staked["id"])
        ended = shown["updated"] if is_done else None
        assert (shown["status"], shown["value"], shown["end_time"]) == (word, 10, ended)

    assert mails() == ["job: pending", "job: success"]


def test_children_that_are_completed_with_a_to_do_fire_for_themselves(
    api: Api, owner: User, caller: Principal
) -> None:
    parent = api.make("outer", actions=[WATCHED])
    children = [
        api.make(f"inner {number}", parent=parent["id"], status=status, actions=[WATCHED])
        for number, status in enumerate(("processing", "error", "success", "cancelled"))
    ]
    Delivery.objects.all().delete()  # of their beginnings

    by_todo(owner, caller)(parent["id"], True)

    assert [api.get(child["id"])["status"] for child in children] == [*["success"] * 3, "cancelled"]
    assert mails() == ["inner 0: success", "inner 1: success", "outer: success"]


def test_a_schedule_that_comes_round_reopens_and_fires(
    api: Api, job: dict[str, Any], caller: Principal
) -> None:
    task_id = Task.objects.get().pk
    plan = Plan(Frequency.DAILY, 1, time(9), "UTC", anchor_date=date(2026, 3, 1))
    set_schedule(principal=caller, task_id=task_id, plan=plan, at=NOW)
    complete_task(principal=caller, task_id=task_id, at=NOW)

    for _ in range(2):
        make_due_occurrences(NOW + timedelta(days=1))

    assert api.get(job["id"])["status"] == "pending"
    assert mails() == ["job: pending", "job: success"]


# --- money --------------------------------------------------------------------------------------------------
def test_a_missed_deadline_is_an_error_once(api: Api, staked: dict[str, Any]) -> None:
    after = DUE + timedelta(minutes=1)

    for _ in range(2):
        run_sweeps(after, finish_work=True)

    shown = api.get(staked["id"])
    assert (shown["status"], shown["end_time"]) == ("error", shown["updated"])
    assert Task.objects.get().status == "expired"
    assert mails().count("job: error") == 1
    assert Delivery.objects.filter(event="charge.missed").count() == 1


def test_uncle_is_an_error_once(api: Api, staked: dict[str, Any], caller: Principal) -> None:
    headers = {"Authorization": f"ApiKey-v2 {stakes_key(principal=caller)}"}

    answers = [
        Client().post(f"/api2/me/tasks/{staked['id']}/uncle", headers=headers).status_code for _ in range(2)
    ]

    assert answers == [200, 409]
    assert api.get(staked["id"])["status"] == "error"
    assert mails().count("job: error") == 1
    assert mails().count("job: success") == 0


def test_what_failed_before_is_no_news_when_it_expires(api: Api, staked: dict[str, Any]) -> None:
    api.patch(staked["id"], status="error")
    assert waiting() == 1

    run_sweeps(DUE + timedelta(minutes=1), finish_work=True)

    assert mails().count("job: error") == 1


# --- what cannot be told fails nothing ----------------------------------------------------------------------
def test_a_dead_mail_server_fails_no_door(
    api: Api, job: dict[str, Any], owner: User, caller: Principal, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    assert by_todo(owner, caller)(job["id"], True).status_code == 200
    run_sweeps(clock.now(), finish_work=True)

    assert api.get(job["id"])["status"] == "success"
    assert list(Delivery.objects.values_list("state", "tries")) == [("pending", 1)]


# --- the operations that they share -------------------------------------------------------------------------
def test_actions_follow_whoever_changes_the_status(
    api: Api, owner: User, principal_of: Callable[..., Principal], put_back: Callable[..., None]
) -> None:
    task = api.make(status="processing", actions=[watch("success"), watch("pending"), watch("cancelled")])
    caller, task_id = principal_of(owner), Task.objects.get().pk
    now = clock.now()

    complete_task(principal=caller, task_id=task_id, at=now)
    complete_task(principal=caller, task_id=task_id, at=now)
    completed = api.get(task["id"])
    uncomplete_task(principal=caller, task_id=task_id, at=now)
    complete_task(principal=caller, task_id=task_id, at=now)
    trigger_task(principal=caller, task_id=task_id, at=now)
    reopened = api.get(task["id"])
    cancel_task(principal=caller, task_id=task_id, at=now)

    assert mails() == ["job: cancelled", "job: pending", "job: pending", "job: success", "job: success"]
    assert completed["end_time"] == completed["updated"]
    assert (reopened["status"], reopened["end_time"]) == ("pending", None)
    assert api.get(task["id"])["end_time"] == api.get(task["id"])["updated"]


def test_a_recurring_to_do_comes_again_when_a_report_completes_it(
    api: Api, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    weekly = TodoChange(
        title="water",
        project_id=project.pk,
        recurrence=Recurrence(Pattern.WEEKLY),
        due=DueChange(day=date(2026, 3, 9)),
    )
    task_id = create_todo(principal=principal_of(owner), wanted=weekly, at=NOW)

    api.patch(task_id, status="success")

    tasks = Task.objects.order_by("pk").values_list("status", flat=True)
    assert list(tasks) == ["success", "pending"]


def test_expiry_is_an_error_to_those_who_watch(api: Api) -> None:
    made = api.make(status="processing", actions=[watch("error")])
    task = Task.objects.get()

    with transaction.atomic():
        expire_task(task, at=task.updated_at)

    shown = api.get(made["id"])
    assert (shown["status"], shown["end_time"]) == ("error", made["updated"])
    assert mails() == ["job: error"]


def test_a_task_of_another_door_shows_when_it_was_completed(
    api: Api, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    caller = principal_of(owner)
    task = create_task(principal=caller, title="from the web", project_id=project.pk, at=NOW)
    complete_task(principal=caller, task_id=task.pk, at=NOW)

    shown = api.get(task.pk)

    assert (shown["status"], shown["end_time"]) == ("success", "2026-03-02T12:00:00Z")
    assert (shown["value"], shown["tags"], shown["queue"]) == (None, {}, "")
