"""Recurring tasks: cases 33 to 35 of stakes.md."""

from datetime import timedelta
from uuid import UUID

import pytest

from charges.models import RecurringStake
from tasks.models import Task
from tests.dialects.stakes.conftest import (
    ABSENT,
    DAY,
    DUE,
    DUE_AT,
    UNPROCESSABLE,
    Api,
    body_of,
    everything,
    sweep,
)

pytestmark = pytest.mark.django_db

GONE = {"error": "Recurring task not found"}
WEEK = 7 * 24 * 3600


def test_case_33_a_recurring_task_is_listed(api: Api, teammate_api: Api, outsider_api: Api) -> None:
    made = api.make(task="Weekly review", cents=5000, recurrence={"days": 7})

    (listed,) = body_of(api.get("/me/recurring"))

    assert UUID(listed.pop("id"))
    assert listed == {"task": "Weekly review", "last_due": DUE, "cents": 5000, "recurrence": {"days": 7}}
    assert made == {
        "id": made["id"],
        "task": "Weekly review",
        "due": DUE,
        "cents": 5000,
        "complete": False,
        "status": "pending",
    }
    assert body_of(teammate_api.get("/me/recurring")) == body_of(outsider_api.get("/me/recurring")) == []


def test_case_33_no_recurrence_is_no_schedule(api: Api) -> None:
    api.make()
    api.make(recurrence=None)

    assert body_of(api.get("/me/recurring")) == []


def test_case_33_pages_of_twenty(api: Api) -> None:
    for number in range(23):
        api.make(task=str(number), recurrence={"days": 1})

    pages = [body_of(api.get(f"/me/recurring?page={number}")) for number in range(3)]

    assert [len(page) for page in pages] == [20, 3, 0]
    assert len({row["id"] for page in pages for row in page}) == 23
    assert body_of(api.get("/me/recurring?page=-1"), 422) == {
        "error": "page must be a whole number of 0 or more"
    }


def test_case_34_one_next_task_also_after_a_pause(api: Api) -> None:
    api.make(task="Weekly review", recurrence={"days": 7})

    def dues() -> list[int]:
        return sorted((task["due"] - DUE) // WEEK for task in body_of(api.get("/me/tasks")))

    sweep(DUE_AT - timedelta(seconds=1))
    assert dues() == [0]
    sweep(DUE_AT + timedelta(seconds=1))
    sweep(DUE_AT + timedelta(seconds=1))
    assert dues() == [0, 1]
    sweep(DUE_AT + 37 * DAY)
    assert dues() == [0, 1, 6]
    assert body_of(api.get("/me/recurring"))[0]["last_due"] == DUE + 6 * WEEK


def test_case_35_stopping_leaves_the_tasks(api: Api) -> None:
    task = api.make(recurrence={"days": 7})
    (listed,) = body_of(api.get("/me/recurring"))

    assert body_of(api.delete(f"/me/recurring/{listed['id']}")) == "success"

    assert body_of(api.get("/me/recurring")) == []
    assert api.shown(task) == task
    sweep(DUE_AT + DAY)
    assert Task.objects.count() == 1
    assert body_of(api.delete(f"/me/recurring/{listed['id']}"), 404) == GONE


def test_case_35_anothers_is_not_there(api: Api, teammate_api: Api, outsider_api: Api) -> None:
    api.make(recurrence={"days": 7})
    recurring_id = RecurringStake.objects.get().pk
    before = everything()

    for other in (teammate_api, outsider_api):
        assert body_of(other.delete(f"/me/recurring/{recurring_id}"), 404) == GONE
    assert everything() == before


@pytest.mark.parametrize("recurring_id", [str(ABSENT), "x", "59059053-55dd-4c7e-bdf5-c08eeb37106"])
def test_case_35_what_is_not_there_is_404(api: Api, recurring_id: str) -> None:
    assert body_of(api.delete(f"/me/recurring/{recurring_id}"), 404) == GONE


def test_too_many_days_are_none(api: Api) -> None:
    assert body_of(api.add(recurrence={"days": 3651}), 422) == UNPROCESSABLE
