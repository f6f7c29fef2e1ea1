"""/tasks/new: a task with everything that it can have."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from tasks.models import Schedule, Task
from tasks.rules.schedule import LAST, Frequency, Plan
from tests.dialects.web.conftest import rows

pytestmark = pytest.mark.django_db

BLANK = {"title": "Pay the rent", "interval": "1", "time_zone": "UTC"}


@pytest.fixture
def berlin(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="Europe/Berlin")


def test_everything_is_stored(person: Client, berlin: None, project: Project) -> None:
    answer = person.post(
        "/tasks/new",
        {
            **BLANK,
            "description": "One\r\ntwo",
            "due_date": "2026-07-01",
            "due_time": "09:30",
            "cooldown": "21600",
            "project": project.pk,
        },
    )

    task = Task.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/tasks/{task.pk}")
    assert (task.title, task.description, task.project) == ("Pay the rent", "One\ntwo", project)
    assert (task.due_at, task.is_all_day) == (datetime(2026, 7, 1, 7, 30, tzinfo=UTC), False)
    assert task.notification_cooldown_seconds == 21600


def test_a_day_without_a_time_lasts_all_day(person: Client, berlin: None) -> None:
    person.post("/tasks/new", {**BLANK, "due_date": "2026-07-01"})

    task = Task.objects.get()
    assert (task.due_at, task.is_all_day) == (datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC), True)


BASE = {"interval": 2, "time_of_day": time(9), "time_zone": "Europe/Berlin", "anchor_date": date(2026, 3, 2)}


@pytest.mark.parametrize(
    ("given", "plan"),
    [
        ({"frequency": "daily"}, Plan(frequency=Frequency.DAILY, **BASE)),
        ({"frequency": "every_n_days"}, Plan(frequency=Frequency.EVERY_N_DAYS, **BASE)),
        ({"frequency": "weekly", "weekday": "4"}, Plan(frequency=Frequency.WEEKLY, weekday=4, **BASE)),
        (
            {"frequency": "monthly_by_day", "month_day": "31"},
            Plan(frequency=Frequency.MONTHLY_BY_DAY, month_day=31, **BASE),
        ),
        (
            {"frequency": "monthly_by_weekday", "weekday": "4", "nth": "-1"},
            Plan(frequency=Frequency.MONTHLY_BY_WEEKDAY, weekday=4, nth=LAST, **BASE),
        ),
        (
            {"frequency": "daily", "end_date": "2026-12-31", "run_limit": "5"},
            Plan(frequency=Frequency.DAILY, end_date=date(2026, 12, 31), run_limit=5, **BASE),
        ),
    ],
)
def test_every_frequency(given: dict[str, Any], plan: Plan, person: Client) -> None:
    # What a person sends: every field, also those that the frequency does not need.
    everything = {"weekday": "0", "nth": "1", "month_day": "1", "end_date": "", "run_limit": ""}
    schedule = {"interval": "2", "time_of_day": "09:00", "anchor_date": "2026-03-02"}

    person.post("/tasks/new", {**BLANK, **everything, **schedule, "time_zone": "Europe/Berlin", **given})

    assert Schedule.objects.get().plan == plan


def test_only_by_hand_is_no_schedule(person: Client) -> None:
    person.post("/tasks/new", {**BLANK, "frequency": "", "time_of_day": "09:00"})

    assert (Task.objects.count(), Schedule.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"due_time": "09:00"}, "due_date"),
        ({"due_date": "2026-02-30"}, "due_date"),
        ({"due_date": "0001-01-01"}, "due_date"),
        ({"due_date": "9999-12-31"}, "due_date"),
        ({"cooldown": "7"}, "cooldown"),
        ({"project": "99999"}, "project"),
        ({"frequency": "hourly"}, "frequency"),
        ({"frequency": "daily", "time_of_day": ""}, "time_of_day"),
        ({"frequency": "daily", "time_of_day": "25:00"}, "time_of_day"),
        ({"frequency": "daily", "time_of_day": "09:00", "interval": "0"}, "interval"),
        ({"frequency": "daily", "time_of_day": "09:00", "time_zone": "localtime"}, "time_zone"),
        ({"frequency": "weekly", "time_of_day": "09:00"}, "weekday"),
        ({"frequency": "weekly", "time_of_day": "09:00", "weekday": "7"}, "weekday"),
        (
            {
                "frequency": "daily",
                "time_of_day": "09:00",
                "anchor_date": "2026-03-02",
                "end_date": "2026-03-01",
            },
            "end_date",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_it(given: dict[str, Any], field: str, person: Client) -> None:
    before = rows()

    answer = person.post("/tasks/new", {**BLANK, **given})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert rows() == before


def test_a_foreign_project_is_not_offered(
    project: Project, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    answer = sign_in(outsider).post("/tasks/new", {**BLANK, "project": project.pk})

    assert answer.status_code == 422
    assert Task.objects.count() == 0


def test_the_form_starts_with_the_readers_own_zone(person: Client, berlin: None) -> None:
    form = person.get("/tasks/new").context["form"]

    assert form.initial["time_zone"] == "Europe/Berlin"
