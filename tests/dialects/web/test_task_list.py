"""/tasks/: what it shows, to whom, page by page, and the line that adds a task."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Task, TaskTag
from tasks.operations.lifecycle import complete_task, trigger_task
from tasks.operations.shelving import archive_task
from tasks.operations.tags import create_tag
from tasks.operations.todos import TodoChange, change_todo
from tasktracker.core import clock
from tests.conftest import NOW
from tests.dialects.web.conftest import HTMX, rows

pytestmark = pytest.mark.django_db


def titles(person: Client, query: str = "") -> list[str]:
    return [task.title for task in person.get(f"/tasks/{query}").context["page"].tasks]


def test_owner_teammate_and_outsider(
    shared_task: Task,
    project: Project,
    owner: User,
    teammate: User,
    outsider: User,
    sign_in: Callable[[User], Client],
) -> None:
    people = [sign_in(user) for user in (owner, teammate, outsider)]

    assert [titles(person) for person in people] == [["Shared work"], [], []]
    assert [titles(person, f"?project={project.pk}") for person in people] == [
        ["Shared work"],
        ["Shared work"],
        [],
    ]


def test_the_project_is_offered_to_its_members_only(
    project: Project, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    offered = [
        [label for _, label in sign_in(user).get("/tasks/").context["projects"]]
        for user in (teammate, outsider)
    ]

    assert offered == [["Inbox", "Acme / Web"], ["Inbox"]]


def test_filters_live_in_the_url(
    person: Client, make_task: Callable[..., Task], owner: User, principal_of: Callable[..., Principal]
) -> None:
    caller, at = principal_of(owner), principal_of(owner).at
    make_task(title="Open")
    complete_task(principal=caller, task_id=make_task(title="Done").pk, at=at)
    archive_task(principal=caller, task_id=make_task(title="Put away").pk, at=at)

    assert titles(person) == ["Open"]
    assert titles(person, "?show=completed") == ["Done"]
    assert titles(person, "?show=archived") == ["Put away"]


def test_due_dates_are_looked_for(person: Client, make_task: Callable[..., Task]) -> None:
    now = clock.now()
    for title, days in (("In a month", 30), ("In three days", 3), ("Late", -1), ("Very late", -2)):
        make_task(title=title, due_at=now + timedelta(days=days))
    make_task(title="Undated")

    assert titles(person, "?due=overdue") == ["Very late", "Late"]
    assert titles(person, "?due=today") == ["Very late", "Late"]
    assert titles(person, "?due=week") == ["Very late", "Late", "In three days"]
    assert titles(person, "?due=none") == ["Undated"]


def test_pages_of_deadlines_follow_each_other(person: Client, make_task: Callable[..., Task]) -> None:
    for number in range(27):
        make_task(title=f"{number:02}", due_at=NOW - timedelta(days=number // 2))

    first = person.get("/tasks/?due=overdue").context["page"]
    second = person.get(f"/tasks/?due=overdue&before={first.next_before}").context["page"]

    shown = [task.title for task in (*first.tasks, *second.tasks)]
    assert sorted(shown) == [f"{number:02}" for number in range(27)]
    assert [task.title for task in second.tasks] == ["01", "00"]


def test_status_tag_and_stake_are_looked_for(
    person: Client, make_task: Callable[..., Task], owner: User, principal_of: Callable[..., Principal]
) -> None:
    make_task(title="Runs", columns={"status": "processing"})
    make_task(title="Failed", columns={"status": "error"})
    make_task(title="Bound", columns={"stake_cents": 500, "due_at": NOW})
    tag = create_tag(principal=principal_of(owner), name="home", at=NOW)
    tagged = make_task(title="Tagged")
    change = TodoChange(tag_ids=[tag.pk])
    change_todo(principal=principal_of(owner), task_id=tagged.pk, change=change, at=NOW)

    assert titles(person, "?show=running") == ["Runs"]
    assert titles(person, "?show=failed") == ["Failed"]
    assert titles(person, "?staked=1") == ["Bound"]
    assert titles(person, f"?tag={tag.pk}") == ["Tagged"]
    assert titles(person, f"?tag={tag.pk}&staked=1") == []


def test_another_ones_tag_finds_nothing(
    person: Client,
    shared_task: Task,
    project: Project,
    teammate: User,
    principal_of: Callable[..., Principal],
) -> None:
    tag = create_tag(principal=principal_of(teammate), name="mine", at=NOW)
    TaskTag.objects.create(task=shared_task, tag=tag)

    assert titles(person, f"?tag={tag.pk}") == []
    assert titles(person, f"?tag={tag.pk}&project={project.pk}") == []


def lanes(person: Client, query: str = "") -> list[list[str]]:
    columns = person.get(f"/tasks/?view=board{query}").context["columns"]
    return [[task.title for task in column.tasks] for _, column in columns]


def test_a_board_has_four_lanes(
    shared_task: Task,
    project: Project,
    make_task: Callable[..., Task],
    owner: User,
    outsider: User,
    sign_in: Callable[[User], Client],
) -> None:
    for status in ("processing", "error", "cancelled"):
        make_task(title=status, columns={"status": status})
    make_task(title="done", columns={"status": "success", "completed_at": NOW})
    make_task(title="away", columns={"archived_at": NOW})

    assert lanes(sign_in(owner)) == [["Shared work"], ["processing"], ["error"], ["done"]]
    assert lanes(sign_in(owner), f"&project={project.pk}&q=WORK") == [["Shared work"], [], [], []]
    assert lanes(sign_in(outsider), f"&project={project.pk}") == [[], [], [], []]


@pytest.mark.parametrize(
    "query",
    [
        "?due=nonsense",
        "?tag=x",
        "?staked=yes",
        "?view=x",
        "?show=nonsense",
        "?project=x",
        "?project=99999999999999999999",
        "?before=x",
        "?q=%00",
        "?q=%ED%A0%80",
    ],
)
def test_what_makes_no_sense_is_not_said(query: str, task: Task, person: Client) -> None:
    assert person.get(f"/tasks/{query}").status_code == 200


def test_search_finds_a_part_in_any_case(person: Client, make_task: Callable[..., Task]) -> None:
    for title in ("Water the plants", "Feed the cat"):
        make_task(title=title)

    assert titles(person, "?q=PLANT") == ["Water the plants"]
    assert b"Nothing matches" in person.get("/tasks/?q=dog").content


def test_pages_follow_each_other(person: Client, make_task: Callable[..., Task]) -> None:
    for number in range(27):
        make_task(title=f"{number:02}")

    first = person.get("/tasks/?q=")
    second = person.get(f"/tasks/?before={first.context['page'].next_before}")

    assert [task.title for task in first.context["page"].tasks] == [f"{n:02}" for n in range(26, 1, -1)]
    assert [task.title for task in second.context["page"].tasks] == ["01", "00"]
    assert second.context["page"].next_before is None


@pytest.mark.parametrize("query", ["", "?view=board", "?due=week"])
def test_one_row_and_thirty_cost_the_same(
    query: str,
    person: Client,
    make_task: Callable[..., Task],
    owner: User,
    principal_of: Callable[..., Principal],
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert person.get(f"/tasks/{query}").status_code == 200
        return len(queries)

    make_task()
    person.get("/tasks/")
    with_one = cost()
    for _ in range(29):
        task = make_task()
        trigger_task(principal=principal_of(owner), task_id=task.pk, at=task.created_at)

    assert cost() == with_one


def test_a_line_adds_a_task(person: Client, owner: User) -> None:
    answer = person.post("/tasks/", {"title": "  Water the plants "})

    assert (answer.status_code, answer["Location"]) == (302, "/tasks/")
    task = Task.objects.get()
    assert (task.title, task.owner, task.project.slug) == ("Water the plants", owner, "inbox")


def test_a_line_adds_to_the_project_that_is_looked_at(person: Client, project: Project) -> None:
    person.post(f"/tasks/?project={project.pk}", {"title": "Together"})

    assert Task.objects.get().project == project


def test_a_foreign_project_takes_nothing(
    project: Project, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    answer = sign_in(outsider).post(f"/tasks/?project={project.pk}", {"title": "Mine now"})

    assert answer.status_code == 422
    assert b"There is no such project." in answer.content
    assert Task.objects.count() == 0


@pytest.mark.parametrize("title", ["", "   ", "x" * 501, "nul \x00"])
def test_a_bad_line_adds_nothing(title: str, person: Client) -> None:
    before = rows()

    answer = person.post("/tasks/", {"title": title})

    assert answer.status_code == 422
    assert rows() == before


def test_a_form_without_its_token_does_nothing(owner: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    before = rows()

    assert strict.post("/tasks/", {"title": "Forged"}).status_code == 403
    assert rows() == before


def test_markup_in_titles_stays_text(person: Client, make_task: Callable[..., Task]) -> None:
    make_task(title='<script>alert("x")</script>')

    page = person.get("/tasks/").content

    assert b"<script>alert" not in page
    assert b"&lt;script&gt;alert" in page


def test_htmx_gets_the_same_page(person: Client, task: Task) -> None:
    assert person.get("/tasks/", headers=HTMX).status_code == 200
