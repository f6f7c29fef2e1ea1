"""/projects/: the list, the board of running tasks, members, public pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.operations.actions import NewAction
from tasks.operations.progress import Report, track_task
from tasks.rules.progress import Tracked
from tests.conftest import NOW
from tests.dialects.web.conftest import HTMX

pytestmark = pytest.mark.django_db

TABS = ["", "/keys", "/keys/new", "/actions", "/monitors", "/webhooks", "/members", "/settings", "/board"]
FORMS = ["/actions/new", "/monitors/new", "/webhooks/new"]
Report_ = Callable[..., Tracked]


@pytest.fixture
def report(owner: User, project: Project, principal_of: Callable[..., Principal]) -> Report_:
    """Make a task as a job runner does: report(name="import", status="processing", value=5)."""
    caller = principal_of(
        owner, kind="project_key", project_id=project.pk, organization_id=project.organization_id
    )

    def make(**said: Any) -> Tracked:
        return track_task(principal=caller, said=Report(**{"name": "import", **said}), at=NOW)

    return make


@pytest.mark.parametrize("tab", TABS)
def test_owner_teammate_and_outsider(
    tab: str, project: Project, owner: User, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    path = f"/projects/{project.pk}{tab}"

    answers = [sign_in(user).get(path).status_code for user in (owner, teammate, outsider)]

    assert answers == [200, 200, 404]
    assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("form", FORMS)
def test_forms_are_the_managers(
    form: str,
    project: Project,
    owner: User,
    teammate: User,
    outsider: User,
    sign_in: Callable[[User], Client],
) -> None:
    path = f"/projects/{project.pk}{form}"

    answers = [sign_in(user).get(path).status_code for user in (owner, teammate, outsider)]

    assert answers == [200, 403, 404]


def test_the_list_names_every_project_in_reach(
    project: Project, owner: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    shown = [
        [each.slug for each in sign_in(user).get("/projects/").context["projects"]]
        for user in (owner, outsider)
    ]

    assert shown == [["inbox", "web"], ["inbox"]]


# --- the board --------------------------------------------------------------------------------------------
def test_what_runs_is_apart_from_the_newest(person: Client, project: Project, report: Report_) -> None:
    waiting = report(name="waiting")
    running = [
        report(name=status, status=status) for status in ("pre_processing", "processing", "post_processing")
    ]
    done = report(name="done", status="success")

    context = person.get(f"/projects/{project.pk}").context

    assert [task.id for task in context["running"]] == [task.id for task in reversed(running)]
    assert [task.id for task in context["newest"]] == [done.id, waiting.id]


def test_a_bar_says_how_far_it_is(person: Client, project: Project, report: Report_) -> None:
    report(name="<b>import</b>", status="processing", value=30, value_max=120, queue="fast")

    page = person.get(f"/projects/{project.pk}").content.decode()

    assert '<progress class="progress progress-primary" value="30" max="120"' in page
    assert "25 %" in page
    assert "queue fast" in page
    assert "<b>import</b>" not in page


def test_the_live_board_is_the_board_alone(person: Client, project: Project, report: Report_) -> None:
    report(status="processing", value=5)

    page = person.get(f"/projects/{project.pk}").content.decode()
    part = person.get(f"/projects/{project.pk}/board", headers=HTMX).content.decode()

    assert "<html" not in part
    assert part.strip() in page
    assert f'hx-get="/projects/{project.pk}/board" hx-trigger="every 2s"' in part


def test_the_live_board_has_a_budget_of_its_own(person: Client, project: Project, settings: Settings) -> None:
    settings.TASKTRACKER_LIMITS = {
        **settings.TASKTRACKER_LIMITS,
        "account": ((1, 60),),
        "fragment": ((2, 60),),
    }
    path = f"/projects/{project.pk}"

    answers = [person.get(each).status_code for each in (f"{path}/board", f"{path}/board", path, path)]

    assert answers == [200, 200, 200, 429]
    refused = person.get(f"{path}/board", headers=HTMX)
    assert (refused.status_code, "Retry-After" in refused) == (429, True)


def test_an_ended_session_leads_back_to_the_page(project: Project) -> None:
    headers = {**HTMX, "HX-Current-URL": f"http://testserver/projects/{project.pk}"}

    answer = Client().get(f"/projects/{project.pk}/board", headers=headers)

    assert answer["HX-Redirect"] == f"/accounts/login/?next=/projects/{project.pk}"


def test_thirty_cost_as_much_as_one(person: Client, project: Project, report: Report_) -> None:
    path = f"/projects/{project.pk}/board"

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            person.get(path)
        return len(captured)

    report(status="processing", value=1)
    one = statements()
    for number in range(29):
        report(status="processing", value=number)

    assert len(person.get(path).context["running"]) == 30
    assert statements() == one


def test_more_than_a_hundred_are_counted_only(person: Client, project: Project, report: Report_) -> None:
    for _ in range(101):
        report(status="processing")

    context = person.get(f"/projects/{project.pk}").context

    assert (len(context["running"]), context["has_more"]) == (100, True)


def test_a_tasks_page_shows_what_was_reported(person: Client, report: Report_) -> None:
    task = report(
        status="processing",
        value=3,
        value_max=4,
        tags={"env": "prod"},
        data='{"rows": "<i>7</i>"}',
        external_id="ext-1",
        stale_timeout=60,
        actions=(NewAction("50%,error", "email", {"to": "ann@example.com"}),),
    )

    page = person.get(f"/tasks/{task.id}").content.decode()

    assert "75 % · 3 of 4" in page
    assert "env: prod" in page
    assert "ext-1" in page
    assert "1 minute of silence" in page
    assert "50%,error" in page
    assert "Active" in page
    assert "&lt;i&gt;7&lt;/i&gt;" in page


# --- members and public pages -----------------------------------------------------------------------------
def test_members_are_named(teammate: User, project: Project, sign_in: Callable[[User], Client]) -> None:
    members = sign_in(teammate).get(f"/projects/{project.pk}/members").context["members"]

    assert [(member.user.email, member.role) for member in members] == [
        ("owner@example.com", "owner"),
        ("teammate@example.com", "member"),
    ]


def test_public_pages_are_switched(person: Client, project: Project, report: Report_) -> None:
    task = report()

    answer = person.post(f"/projects/{project.pk}/public-pages/off", follow=True)
    assert b"Public pages are off." in answer.content
    assert Client().get(f"/public/tasks/{task.id}/").status_code == 404
    person.post(f"/projects/{project.pk}/public-pages/on")
    assert Client().get(f"/public/tasks/{task.id}/").status_code == 200


def test_managers_only_switch_public_pages(
    project: Project, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    path = f"/projects/{project.pk}/public-pages/off"

    answers = [sign_in(user).post(path).status_code for user in (teammate, outsider)]

    project.refresh_from_db()
    assert (answers, project.public_pages_off_at) == ([403, 404], None)


def test_a_public_page_that_is_over_asks_no_more(report: Report_) -> None:
    live, over = report(status="processing"), report(status="success", value=100)

    pages = [Client().get(f"/public/tasks/{task.id}/").content.decode() for task in (live, over)]

    assert ["hx-trigger" in page for page in pages] == [True, False]
