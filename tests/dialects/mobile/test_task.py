"""One task: making, showing, changing and deleting it."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Project, User
from accounts.queries.projects import inbox_of
from accounts.rules.principal import Principal
from charges.operations.missed import cry_uncle
from charges.operations.staking import create_staked_task
from tasks.models import Agenda, Progress, Schedule, Section, Task
from tests.conftest import NOW
from tests.dialects.mobile.conftest import (
    ABSENT,
    BOUND,
    NOT_FOUND,
    Phone,
    body_of,
    everything,
    fields_of,
    is_done,
)
from tests.dialects.mobile.test_task_list import LATER

pytestmark = pytest.mark.django_db

WEEKLY = {
    "frequency": "weekly",
    "interval": 2,
    "time_of_day": "09:00",
    "time_zone": "Europe/Berlin",
    "weekday": 0,
}


def plain(task: dict[str, Any], owner: User) -> dict[str, Any]:
    """What a task is that has nothing but a name."""
    return {
        "id": task["id"],
        "name": "Dust",
        "description": "",
        "status": "pending",
        "due_at": None,
        "is_all_day": False,
        "completed_at": None,
        "archived_at": None,
        "stake": None,
        "schedule": None,
        "next_occurrence_at": None,
        "pending_occurrence_id": None,
        "progress": None,
        "project": {"id": inbox_of(owner.pk).pk, "name": "Inbox"},
        "parent_id": None,
        "url": f"http://127.0.0.1:8000/tasks/{task['id']}",
        "created_at": task["created_at"],
        "updated_at": task["updated_at"],
    }


def add(phone: Phone, **values: Any) -> dict[str, Any]:
    return dict(body_of(phone.post("/tasks", {"name": "Dust", **values}), 201))


# --- making -------------------------------------------------------------------------------------------------
def test_a_name_is_enough(phone: Phone, owner: User, settings: Any) -> None:
    settings.TASKTRACKER_BASE_URL = "http://127.0.0.1:8000"

    made = add(phone)

    assert made == plain(made, owner)
    assert made["created_at"].endswith("Z")
    assert Task.objects.get().owner == owner


def test_with_everything(phone: Phone, owner: User, project: Project, settings: Any) -> None:
    settings.TASKTRACKER_BASE_URL = "http://127.0.0.1:8000"
    parent = add(phone)

    made = add(
        phone,
        description="All of it",
        due_at="2100-01-04T14:00:00+02:00",
        schedule=WEEKLY,
        notification_cooldown_seconds=3600,
        project_id=project.pk,
        parent_id=parent["id"],
    )

    schedule = Schedule.objects.get()
    assert made == {
        **plain(made, owner),
        "description": "All of it",
        "due_at": "2100-01-04T12:00:00Z",
        "schedule": WEEKLY,
        "next_occurrence_at": f"{schedule.next_at:%Y-%m-%dT%H:%M:%S}Z",
        "project": {"id": project.pk, "name": "Web"},
        "parent_id": parent["id"],
    }
    assert Task.objects.get(pk=made["id"]).notification_cooldown_seconds == 3600


def test_a_sub_task_goes_where_its_parent_is(phone: Phone, project: Project) -> None:
    parent = add(phone, project_id=project.pk)

    assert add(phone, parent_id=parent["id"])["project"] == parent["project"]


@pytest.mark.parametrize(
    "schedule",
    [
        {"frequency": "daily", "interval": 1, "time_of_day": "23:59", "time_zone": "UTC"},
        {"frequency": "every_n_days", "interval": 1000, "time_of_day": "00:00", "time_zone": "Asia/Tokyo"},
        {**WEEKLY, "end_date": "2100-01-01", "run_limit": 3},
        {
            "frequency": "monthly_by_day",
            "interval": 1,
            "time_of_day": "09:30",
            "time_zone": "UTC",
            "month_day": 31,
        },
        {
            "frequency": "monthly_by_weekday",
            "interval": 1,
            "time_of_day": "09:30",
            "time_zone": "UTC",
            "weekday": 4,
            "nth": "last",
        },
        {
            "frequency": "monthly_by_weekday",
            "interval": 1,
            "time_of_day": "09:30",
            "time_zone": "UTC",
            "weekday": 6,
            "nth": 5,
        },
    ],
)
def test_schedules_are_shown_as_they_were_written(phone: Phone, schedule: dict[str, Any]) -> None:
    made = add(phone, schedule=schedule)

    assert made["schedule"] == schedule
    assert made["next_occurrence_at"].endswith(":00Z")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": 5}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"description": None}, "description"),
        ({"due_at": "2100-01-04"}, "due_at"),
        ({"due_at": "2100-01-04T12:00:00"}, "due_at"),
        ({"due_at": 4102747200}, "due_at"),
        ({"due_at": "1969-12-31T23:59:59Z"}, "due_at"),
        ({"due_at": "9999-12-31T23:59:59Z"}, "due_at"),
        ({"notification_cooldown_seconds": 0}, "notification_cooldown_seconds"),
        ({"notification_cooldown_seconds": "60"}, "notification_cooldown_seconds"),
        ({"project_id": 10**15}, "project_id"),
        ({"project_id": "1"}, "project_id"),
        ({"project_id": 2**63}, "project_id"),
        ({"parent_id": str(ABSENT)}, "parent_id"),
        ({"parent_id": "x"}, "parent_id"),
        ({"schedule": "daily"}, "schedule"),
        ({"schedule": {}}, "schedule.frequency"),
        ({"schedule": {**WEEKLY, "frequency": "hourly"}}, "schedule.frequency"),
        ({"schedule": {**WEEKLY, "interval": 1001}}, "schedule.interval"),
        ({"schedule": {**WEEKLY, "interval": 0}}, "schedule.interval"),
        ({"schedule": {**WEEKLY, "time_of_day": "9:00"}}, "schedule.time_of_day"),
        ({"schedule": {**WEEKLY, "time_of_day": "24:00"}}, "schedule.time_of_day"),
        ({"schedule": {**WEEKLY, "time_of_day": "09:00:30"}}, "schedule.time_of_day"),
        ({"schedule": {**WEEKLY, "time_zone": "Mars/Base"}}, "schedule.time_zone"),
        ({"schedule": {**WEEKLY, "weekday": 7}}, "schedule.weekday"),
        ({"schedule": {**WEEKLY, "weekday": None}}, "schedule.weekday"),
        ({"schedule": {**WEEKLY, "month_day": 3}}, "schedule.month_day"),
        ({"schedule": {**WEEKLY, "nth": "first"}}, "schedule.nth"),
        ({"schedule": {**WEEKLY, "end_date": "2000-01-01"}}, "schedule.end_date"),
        ({"schedule": {**WEEKLY, "end_date": "soon"}}, "schedule.end_date"),
        ({"schedule": {**WEEKLY, "run_limit": 0}}, "schedule.run_limit"),
    ],
)
def test_what_cannot_be(phone: Phone, values: dict[str, Any], field: str) -> None:
    made = add(phone)
    before = everything()

    assert field in fields_of(phone.post("/tasks", {"name": "Dust", **values}))
    assert field in fields_of(phone.patch(f"/tasks/{made['id']}", values))
    assert everything() == before


def test_a_parent_or_project_of_others_is_not_there(phone: Phone, outsiders: Phone, task: Task) -> None:
    before = everything()

    assert fields_of(outsiders.post("/tasks", {"name": "x", "parent_id": str(task.pk)})) == {
        "parent_id": ["must exist"]
    }
    assert fields_of(outsiders.post("/tasks", {"name": "x", "project_id": task.project_id})) == {
        "project_id": ["must exist"]
    }
    assert everything() == before


# --- showing ------------------------------------------------------------------------------------------------
def test_progress_is_shown(phone: Phone) -> None:
    made = add(phone)
    Progress.objects.create(task_id=made["id"], value=50, value_max=200)

    shown = body_of(phone.get(f"/tasks/{made['id']}"))

    assert shown == {**made, "progress": {"value": 50, "value_max": 200, "percent": 25}}


def test_a_stake_is_shown_with_its_charge(
    phone: Phone, owner: User, principal_of: Callable[..., Principal]
) -> None:
    caller = principal_of(owner)
    staked = create_staked_task(principal=caller, title="Staked", due_at=LATER, stake_cents=500, at=NOW)
    path = f"/tasks/{staked.task.pk}"

    stake = {"cents": 500, "due": int(LATER.timestamp()), "status": "pending", "charge_status": None}
    assert body_of(phone.get(path))["stake"] == stake
    cry_uncle(principal=caller, task_id=staked.task.pk, at=NOW)

    shown = body_of(phone.get(path))
    assert (shown["status"], shown["stake"]) == (
        "expired",
        {**stake, "status": "expired", "charge_status": "notified"},
    )


@pytest.mark.parametrize("task_id", ["x", "1", str(ABSENT), "%00", "%F0%9F%8E%89", "0" * 36])
def test_an_id_that_is_none(phone: Phone, task_id: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        assert body_of(phone.send(method, f"/tasks/{task_id}", {}), 404) == NOT_FOUND


# --- changing -----------------------------------------------------------------------------------------------
def test_only_what_is_sent_is_changed(phone: Phone) -> None:
    made = add(phone, description="Old", due_at="2100-01-04T12:00:00Z", schedule=WEEKLY)
    path = f"/tasks/{made['id']}"

    changed = body_of(phone.patch(path, {"name": "Sweep"}))

    assert changed == {**made, "name": "Sweep", "updated_at": changed["updated_at"]}
    assert body_of(phone.get(path)) == changed


def test_null_takes_away(phone: Phone, project: Project, owner: User) -> None:
    parent = add(phone)
    made = add(
        phone,
        due_at="2100-01-04T12:00:00Z",
        schedule=WEEKLY,
        notification_cooldown_seconds=60,
        project_id=project.pk,
        parent_id=parent["id"],
    )
    nothing = dict.fromkeys(
        ["due_at", "schedule", "notification_cooldown_seconds", "project_id", "parent_id"]
    )

    changed = body_of(phone.patch(f"/tasks/{made['id']}", nothing))

    assert changed == {
        **made,
        "due_at": None,
        "schedule": None,
        "next_occurrence_at": None,
        "project": {"id": inbox_of(owner.pk).pk, "name": "Inbox"},
        "parent_id": None,
        "updated_at": changed["updated_at"],
    }
    assert Task.objects.get(pk=made["id"]).notification_cooldown_seconds is None


def test_an_all_day_task_with_a_moment_is_due_at_that_moment(
    phone: Phone, make_task: Callable[..., Task]
) -> None:
    task = make_task(due_at=LATER, is_all_day=True)

    untouched = body_of(phone.patch(f"/tasks/{task.pk}", {"name": "Water them"}))
    changed = body_of(phone.patch(f"/tasks/{task.pk}", {"due_at": "2100-01-05T12:00:00Z"}))

    assert (untouched["is_all_day"], changed["is_all_day"]) == (True, False)


def test_a_schedule_that_is_sent_back_goes_on_as_it_was(phone: Phone) -> None:
    made = add(phone, schedule=WEEKLY)
    Schedule.objects.update(anchor_date="2026-01-05", run_count=4)
    before = list(Schedule.objects.values())

    phone.patch(f"/tasks/{made['id']}", {"schedule": made["schedule"], "name": "Sweep"})
    assert list(Schedule.objects.values()) == before

    phone.patch(f"/tasks/{made['id']}", {"schedule": {**WEEKLY, "weekday": 3}})
    assert Schedule.objects.values_list("weekday", "run_count").get() == (3, 0)


def test_a_task_leaves_its_section_with_its_project(phone: Phone, project: Project, owner: User) -> None:
    made = add(phone)
    section = Section.objects.create(project=inbox_of(owner.pk), name="Soon", order_key="a0", created_at=NOW)
    Agenda.objects.create(task_id=made["id"], owner=owner, order_key="a0", section=section)

    phone.patch(f"/tasks/{made['id']}", {"project_id": project.pk})

    assert Agenda.objects.get().section is None


def test_a_parent_with_sub_tasks_stays_one(phone: Phone) -> None:
    parent, other = add(phone), add(phone)
    add(phone, parent_id=parent["id"])
    before = everything()

    for wanted in (other["id"], parent["id"]):
        assert set(fields_of(phone.patch(f"/tasks/{parent['id']}", {"parent_id": wanted, "name": "x"}))) == {
            "parent_id"
        }
    assert everything() == before


def test_nothing_is_changed_where_one_thing_cannot_be(phone: Phone) -> None:
    made = add(phone)
    before = everything()

    for wrong in ({"project_id": 10**15}, {"schedule": {**WEEKLY, "end_date": "2000-01-01"}}):
        assert fields_of(phone.patch(f"/tasks/{made['id']}", {"name": "x", **wrong}))
    assert everything() == before


# --- deleting -----------------------------------------------------------------------------------------------
def test_sub_tasks_go_with_it(phone: Phone) -> None:
    parent = add(phone)
    child = add(phone, parent_id=parent["id"])

    assert is_done(phone.delete(f"/tasks/{parent['id']}"))

    assert body_of(phone.get(f"/tasks/{child['id']}"), 404) == NOT_FOUND


# --- for whom -----------------------------------------------------------------------------------------------
def test_nobody_else_sees_or_changes_it(others: list[Phone], task: Task) -> None:
    before = everything()

    for other in others:
        for method, body in [("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)]:
            assert body_of(other.send(method, f"/tasks/{task.pk}", body), 404) == NOT_FOUND
    assert everything() == before


# --- a stake binds ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("PATCH", {"name": "Something easier"}),
        ("PATCH", {"description": "or nothing"}),
        ("PATCH", {"due_at": "2100-01-04T12:00:01Z"}),
        ("PATCH", {"due_at": None}),
        ("DELETE", None),
    ],
)
def test_a_staked_task_cannot_be_made_easier(
    phone: Phone, owner: User, principal_of: Callable[..., Principal], method: str, body: Any
) -> None:
    staked = create_staked_task(
        principal=principal_of(owner), title="Staked", due_at=LATER, stake_cents=500, at=NOW
    )
    before = everything()

    assert body_of(phone.send(method, f"/tasks/{staked.task.pk}", body), 409) == BOUND
    assert everything() == before
