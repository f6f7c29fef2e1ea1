"""The list of tasks: `GET /internal_api/tasks`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from charges.operations.staking import create_staked_task
from tasks.models import Brief, Progress, Task
from tests.conftest import NOW
from tests.dialects.mobile.conftest import Phone, body_of, fields_of, items, statements

pytestmark = pytest.mark.django_db

LATER = datetime(2100, 1, 4, 12, tzinfo=UTC)


def names(response: Any) -> list[str]:
    return [task["name"] for task in items(response)]


def test_only_own_ones(
    phone: Phone,
    teammates: Phone,
    outsiders: Phone,
    teammate: User,
    make_task: Callable[..., Task],
    project: Project,
) -> None:
    make_task(title="Mine", project_id=project.pk)
    make_task(title="Theirs", user=teammate, project_id=project.pk)

    assert [names(other.get("/tasks")) for other in (phone, teammates, outsiders)] == [
        ["Mine"],
        ["Theirs"],
        [],
    ]


def test_nothing_at_all(phone: Phone) -> None:
    meta = {"page": 1, "per_page": 25, "total": 0, "next_page": None}

    assert body_of(phone.get("/tasks")) == {"data": [], "meta": meta}


def test_by_title_then_age_and_the_same_on_every_database(
    phone: Phone, make_task: Callable[..., Task]
) -> None:
    made = [
        make_task(title=title) for title in ("b", "a", "\N{LATIN SMALL LETTER E WITH ACUTE}", "B", "a", "_")
    ]

    shown = [task["id"] for task in items(phone.get("/tasks"))]

    wanted = sorted(made, key=lambda task: (task.title, task.pk))
    assert shown == [str(task.pk) for task in wanted]


def test_archived_ones_are_there_and_deleted_and_internal_ones_are_not(
    phone: Phone, make_task: Callable[..., Task]
) -> None:
    make_task(title="Archived", columns={"archived_at": NOW})
    make_task(title="Deleted", columns={"deleted_at": NOW})
    internal, brief = make_task(title="Internal"), make_task(title="With a brief")
    for number, task in enumerate((internal, brief)):
        Brief.objects.create(task=task, project=task.project, number=number, is_internal=task == internal)

    assert names(phone.get("/tasks")) == ["Archived", "With a brief"]
    assert body_of(phone.get(f"/tasks/{internal.pk}"))["name"] == "Internal"


@pytest.mark.parametrize(
    ("query", "meta"),
    [
        ("", (1, 25)),
        ("page=2&per_page=1", (2, 1)),
        ("page=3&per_page=1", (3, 1)),
        ("page=4&per_page=1", (3, 1)),
        ("page=99999999999999999999999&per_page=1", (3, 1)),
        ("page=0&per_page=2", (1, 2)),
        ("page=-7&per_page=2", (1, 2)),
        ("page=x&per_page=y", (1, 25)),
        ("page=1.5&per_page=", (1, 25)),
        ("per_page=0", (1, 1)),
        ("per_page=-1", (1, 1)),
        ("per_page=101", (1, 100)),
        ("per_page=99999999999999999999999", (1, 100)),
        ("per_page=%D9%A3", (1, 25)),  # a digit of another script
        ("sort=-created_at&order=desc&fields=id", (1, 25)),
    ],
)
def test_pages_out_of_range_are_clamped(
    phone: Phone, make_task: Callable[..., Task], query: str, meta: tuple[int, int]
) -> None:
    for title in "abc":
        make_task(title=title)

    page, per_page = meta
    next_page = page + 1 if page * per_page < 3 else None
    assert body_of(phone.get(f"/tasks?{query}")) == {
        "data": body_of(phone.get("/tasks"))["data"][(page - 1) * per_page : page * per_page],
        "meta": {"page": page, "per_page": per_page, "total": 3, "next_page": next_page},
    }


def test_filters(phone: Phone, make_task: Callable[..., Task]) -> None:
    make_task(title="Early", due_at=datetime(2026, 4, 1, 9, tzinfo=UTC))
    make_task(title="Late", due_at=datetime(2026, 4, 2, 9, tzinfo=UTC), description="Call the PLUMBER")
    make_task(title="Done", columns={"status": "success", "completed_at": NOW})

    for query, wanted in [
        ("status=success", ["Done"]),
        ("status=pending", ["Early", "Late"]),
        ("status=stale", []),
        ("due_before=2026-04-02T09:00:00Z", ["Early"]),
        ("due_before=2026-04-02T09:00:01Z", ["Early", "Late"]),
        ("due_after=2026-04-01T09:00:00Z", ["Late"]),
        ("due_after=2026-04-01T11:00:00%2B02:00", ["Late"]),
        ("due_after=2026-04-01T08:59:59Z&due_before=2026-04-01T09:00:01Z", ["Early"]),
        ("search=plumber", ["Late"]),
        ("search=%20EARL", ["Early"]),
        ("search=", ["Done", "Early", "Late"]),
        ("search=%25", []),
        ("colour=red", ["Done", "Early", "Late"]),
    ]:
        assert names(phone.get(f"/tasks?{query}")) == wanted, query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=done", "status"),
        ("status=", "status"),
        ("due_before=tomorrow", "due_before"),
        ("due_before=2026-04-01", "due_before"),
        ("due_after=2026-04-01T09:00:00", "due_after"),
        ("due_after=", "due_after"),
        ("search=" + "x" * 501, "search"),
        ("search=%FF", "search"),
        ("search=%00", "search"),
    ],
)
def test_filters_that_say_nothing(phone: Phone, query: str, field: str) -> None:
    assert set(fields_of(phone.get(f"/tasks?{query}"))) == {field}


def test_the_statements_do_not_grow(
    phone: Phone, owner: User, principal_of: Callable[..., Principal], make_task: Callable[..., Task]
) -> None:
    def add(number: int) -> None:
        task = make_task(title=f"Task {number}")
        Progress.objects.create(task=task, value=1)
        create_staked_task(
            principal=principal_of(owner), title=f"Stake {number}", due_at=LATER, stake_cents=100, at=NOW
        )

    add(1)
    phone.get("/tasks")  # the first use of the token is noted
    one = statements(lambda: phone.get("/tasks"))
    add(2)
    add(3)

    assert statements(lambda: phone.get("/tasks")) == one == 4  # token, count, page, charges
