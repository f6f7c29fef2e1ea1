"""dueDate, dueTime and isAllDay: views of the one deadline, in the owner's time zone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from tasks.models import Task
from tests.dialects.todo.lists import TODOS, add, change, everything, read, refused

pytestmark = pytest.mark.django_db

Shown = tuple[str | None, str | None, bool]


@pytest.fixture
def in_berlin(owner: User) -> None:
    """The owner lives in Berlin."""
    User.objects.filter(pk=owner.pk).update(time_zone="Europe/Berlin")


def shown(todo: dict[str, Any]) -> Shown:
    return todo["dueDate"], todo["dueTime"], todo["isAllDay"]


@pytest.mark.parametrize(
    ("said", "due_at", "expected"),
    [
        ({}, None, (None, None, True)),
        ({"isAllDay": False}, None, (None, None, False)),
        ({"dueDate": "2030-07-01"}, datetime(2030, 7, 1, 21, 59, 59, tzinfo=UTC), ("2030-07-01", None, True)),
        (
            {"dueTime": "2030-07-01T22:30:00Z"},
            datetime(2030, 7, 1, 22, 30, tzinfo=UTC),
            ("2030-07-02", "2030-07-01T22:30:00.000Z", False),
        ),
        (
            {"dueTime": "2030-07-02T00:30:00+02:00"},
            datetime(2030, 7, 1, 22, 30, tzinfo=UTC),
            ("2030-07-02", "2030-07-01T22:30:00.000Z", False),
        ),
        (
            {"dueTime": "2030-07-02T09:00"},  # a wall time: the owner's
            datetime(2030, 7, 2, 7, 0, tzinfo=UTC),
            ("2030-07-02", "2030-07-02T07:00:00.000Z", False),
        ),
        (
            {"dueDate": "2030-07-03", "dueTime": "2030-07-01T22:30:00Z", "isAllDay": True},
            datetime(2030, 7, 3, 21, 59, 59, tzinfo=UTC),
            ("2030-07-03", None, True),
        ),
        (
            {"dueDate": "2030-03-31", "dueTime": "2030-03-31T02:30:00"},  # skipped: it moves forward
            datetime(2030, 3, 31, 1, 30, tzinfo=UTC),
            ("2030-03-31", "2030-03-31T01:30:00.000Z", False),
        ),
    ],
)
@pytest.mark.usefixtures("in_berlin")
def test_a_deadline_is_one_instant(owners: Any, said: Any, due_at: datetime | None, expected: Shown) -> None:
    todo = add(owners, **said)

    assert shown(todo) == expected
    assert Task.objects.get().due_at == due_at


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"dueDate": "2030-07-05"}, ("2030-07-05", "2030-07-05T07:00:00.000Z", False)),  # keeps the time
        ({"dueDate": "2030-12-05"}, ("2030-12-05", "2030-12-05T08:00:00.000Z", False)),  # on the wall
        ({"dueTime": None}, ("2030-07-02", None, True)),
        ({"isAllDay": True}, ("2030-07-02", None, True)),
        ({"isAllDay": None}, ("2030-07-02", "2030-07-02T07:00:00.000Z", False)),
        ({"isAllDay": False}, ("2030-07-02", "2030-07-02T07:00:00.000Z", False)),
        ({"dueDate": None}, (None, None, True)),
        ({"dueDate": None, "dueTime": None}, (None, None, True)),
        ({"dueDate": "2030-07-05", "dueTime": None}, ("2030-07-05", None, True)),
        ({"title": "Other"}, ("2030-07-02", "2030-07-02T07:00:00.000Z", False)),
    ],
)
@pytest.mark.usefixtures("in_berlin")
def test_parts_of_a_deadline_are_changed(owners: Any, said: Any, expected: Shown) -> None:
    todo = add(owners, dueTime="2030-07-02T09:00")

    assert shown(change(owners, todo, **said)) == expected
    assert shown(read(owners, todo)) == expected


@pytest.mark.usefixtures("in_berlin")
def test_an_all_day_deadline_gets_a_time(owners: Any) -> None:
    todo = add(owners, dueDate="2030-07-02")

    assert shown(change(owners, todo, dueDate="2030-07-03")) == ("2030-07-03", None, True)
    timed = change(owners, todo, dueTime="2030-07-03T10:00")
    assert shown(timed) == ("2030-07-03", "2030-07-03T08:00:00.000Z", False)


@pytest.mark.usefixtures("in_berlin")
def test_an_echo_moves_nothing(owners: Any) -> None:
    todo = add(owners)
    instant = datetime(2030, 7, 2, 12, 0, 0, 123456, tzinfo=UTC)  # another dialect's all-day deadline
    Task.objects.filter(pk=todo["id"]).update(due_at=instant, is_all_day=True)

    before = read(owners, todo)
    change(owners, todo, dueDate=before["dueDate"], dueTime=before["dueTime"], isAllDay=True)

    assert Task.objects.get().due_at == instant


@pytest.mark.parametrize(
    "said",
    [
        {"dueDate": "2030-02-30"},
        {"dueDate": "2030-2-3"},
        {"dueDate": "20300203"},
        {"dueDate": "2030-W05-1"},
        {"dueDate": "2030-02-03T00:00:00Z"},
        {"dueDate": 20300203},
        {"dueDate": "1969-12-31"},
        {"dueDate": "9999-12-31"},
        {"dueDate": "0001-01-01"},
        {"dueTime": "09:00"},
        {"dueTime": "2030-02-03"},
        {"dueTime": "2030-02-03 09:00:00Z"},
        {"dueTime": "2030-02-03T25:00:00Z"},
        {"dueTime": "2030-02-03T09:00:00+25:00"},
        {"dueTime": "0001-01-01T00:00:00+14:00"},
        {"dueTime": "9999-12-31T23:59:59-14:00"},
        {"dueTime": "0001-01-01T00:00:00"},
        {"dueTime": 1_893_456_000},
    ],
)
@pytest.mark.usefixtures("in_berlin")
def test_what_is_no_deadline_is_refused(owners: Any, said: Any) -> None:
    before = everything()

    sentence = refused(owners.post(TODOS, {"title": "T", **said}), 400)

    assert sentence.startswith(("dueDate: ", "dueTime: "))
    assert everything() == before
