"""/tasks/<id>/runs and /projects/<id>/agents: runs are asked for, watched, given files, and cancelled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Artifact, LogChunk, Run, Task
from tasks.operations.run_logs import append_log
from tasks.operations.runs import RunChange, edit_run, start_run
from tasks.rules.run_requests import RunRequest
from tasktracker.http import page_uploads
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where the files are."""
    settings.TASKTRACKER_ARTIFACTS = tmp_path
    return tmp_path


@pytest.fixture
def make_run(owner: User, principal_of: Callable[..., Principal], shared_task: Task) -> Callable[..., Run]:
    """Ask for a run of the shared task: make_run(status="failed", error_message="...")."""

    def make(task: Task = shared_task, **changes: Any) -> Run:
        caller = principal_of(owner)
        run = start_run(principal=caller, task_id=task.pk, request=RunRequest(), at=NOW)
        if changes:
            change = RunChange(**changes)
            edit_run(principal=caller, task_id=task.pk, run_id=run.pk, change=change, at=NOW)
        return Run.objects.get(pk=run.pk)

    return make


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    """A queued run of the shared task."""
    return make_run()


def page_of(run: Run) -> str:
    return f"/tasks/{run.task_id}/runs/{run.pk}"


def upload(name: str = "a.txt", content: bytes = b"hello", kind: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def everything() -> list[Any]:
    models: tuple[Any, ...] = (Run, Artifact, Task, LogChunk)
    return [list(model.objects.order_by("pk").values()) for model in models]


# --- asked for ----------------------------------------------------------------------------------------------
def test_a_run_is_asked_for_with_words_and_files(person: Client, shared_task: Task, owner: User) -> None:
    said = {"message": "hurry", "branch": "dev", "uploads": [upload(), upload("../b.md", b"more")]}

    answer = person.post(f"/tasks/{shared_task.pk}/runs/new", said)

    run = Run.objects.get()
    assert answer["Location"] == page_of(run)
    assert (run.status, run.branch, run.creator_id) == ("queued", "dev", owner.pk)
    assert orjson.loads(run.state)["pending_user_message"] == "hurry"
    files = (
        Artifact.objects.filter(run=run).order_by("position").values_list("name", "type", "source", "size")
    )
    assert list(files) == [("a.txt", "user_attachment", "web", 5), ("b.md", "user_attachment", "web", 4)]


def test_a_run_needs_no_words(person: Client, shared_task: Task) -> None:
    assert person.post(f"/tasks/{shared_task.pk}/runs/new", {}).status_code == 302
    assert (Run.objects.count(), Artifact.objects.count()) == (1, 0)


def test_too_much_is_refused(
    person: Client, shared_task: Task, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(page_uploads, "MOST_BYTES", 100_000)
    before = everything()

    files = [upload(str(number), b"x" * 40_000) for number in range(3)]
    answer = person.post(f"/tasks/{shared_task.pk}/runs/new", {"uploads": files})

    assert answer.status_code == 413
    assert (everything(), list(folder.iterdir())) == (before, [])


def test_too_many_files_are_refused(person: Client, shared_task: Task) -> None:
    files = [upload(str(number)) for number in range(21)]

    answer = person.post(f"/tasks/{shared_task.pk}/runs/new", {"uploads": files})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["uploads"])
    assert Run.objects.count() == 0


def test_a_pdf_for_an_agent_has_a_limit_of_its_own(person: Client, shared_task: Task) -> None:
    pdf = upload("b.pdf", b"x" * (10 * 1024 * 1024 + 1), "application/pdf")

    answer = person.post(f"/tasks/{shared_task.pk}/runs/new", {"uploads": [pdf]})

    assert answer.status_code == 422
    assert "b.pdf exceeds the 10MB attachment limit" in answer.content.decode()
    assert Run.objects.count() == 0


# --- watched ------------------------------------------------------------------------------------------------
def test_the_page_shows_how_a_run_stands(person: Client, make_run: Callable[..., Run]) -> None:
    run = make_run(status="failed", error_message="exit 3 <b>", stage="build", output={"sha": "1"})

    page = person.get(page_of(run)).content.decode()

    for text in ("Failed", "exit 3 &lt;b&gt;", "build", "{&quot;sha&quot;:&quot;1&quot;}", "Start another"):
        assert text in page
    assert ("data-stream" in page, "hx-get" in page, "Cancel the run" in page) == (False, False, False)


def test_the_log_is_there_without_a_script(
    person: Client, run: Run, owner: User, principal_of: Callable[..., Principal]
) -> None:
    entries = [
        {"notification": {"method": "_posthog/console", "params": {"level": "error", "message": "<oops>"}}},
        {
            "notification": {
                "method": "session/update",
                "params": {
                    "update": {"sessionUpdate": "agent_message_chunk", "content": {"text": "I think"}}
                },
            }
        },
        {"notification": {"method": "_posthog/user_message", "params": {"content": "go on"}}},
        {"anything": 1},
    ]
    append_log(principal=principal_of(owner), task_id=run.task_id, run_id=run.pk, entries=entries, at=NOW)

    answer = person.get(page_of(run))

    lines = [(line.kind, line.level, line.text) for line in answer.context["lines"]]
    assert lines == [
        ("", "error", "<oops>"),
        ("agent_message_chunk", "", "I think"),
        ("_posthog/user_message", "", "go on"),
        ("", "", '{"anything":1}'),
    ]
    page = answer.content.decode()
    assert ("&lt;oops&gt;" in page, "<oops>" in page) == (True, False)
    assert 'data-next="4"' in page
    assert f'data-stream="/api/projects/{run.project_id}/tasks/{run.task_id}/runs/{run.pk}/stream/"' in page


def test_only_the_end_of_a_long_log_is_shown(
    person: Client, run: Run, owner: User, principal_of: Callable[..., Principal]
) -> None:
    for start in (0, 300):
        entries = [{"notification": {"params": {"message": str(start + n)}}} for n in range(300)]
        append_log(principal=principal_of(owner), task_id=run.task_id, run_id=run.pk, entries=entries, at=NOW)

    answer = person.get(page_of(run))

    assert [line.text for line in answer.context["lines"]] == [str(number) for number in range(100, 600)]
    assert "The first 100 lines are in the whole log." in answer.content.decode()
    whole = person.get(f"/api/projects/{run.project_id}/tasks/{run.task_id}/runs/{run.pk}/logs/")
    assert len(b"".join(whole.streaming_content).splitlines()) == 600


def test_the_standing_alone_can_be_asked_for(person: Client, run: Run) -> None:
    page = person.get(f"{page_of(run)}/standing").content.decode()

    assert page.startswith('<div id="run"')
    assert ("Queued" in page, "<html" in page, 'hx-trigger="refresh, every 5s"' in page) == (
        True,
        False,
        True,
    )


def test_runs_are_listed_on_pages(person: Client, make_run: Callable[..., Run], shared_task: Task) -> None:
    for _ in range(27):
        make_run()

    first = person.get(f"/tasks/{shared_task.pk}/runs")
    second = person.get(f"/tasks/{shared_task.pk}/runs?page=2")

    assert (len(first.context["runs"].runs), first.context["has_more"]) == (25, True)
    assert (len(second.context["runs"].runs), second.context["has_more"]) == (2, False)
    for text in ("", "0", "-1", "x", "9" * 30):
        assert person.get(f"/tasks/{shared_task.pk}/runs?page={text}").status_code == 200


# --- changed ------------------------------------------------------------------------------------------------
def test_a_run_is_cancelled_once(person: Client, run: Run) -> None:
    first = person.post(f"{page_of(run)}/cancel", follow=True).content.decode()
    second = person.post(f"{page_of(run)}/cancel", follow=True).content.decode()

    assert ("The run is cancelled." in first, "The run had ended before." in second) == (True, True)
    assert Run.objects.get().status == "cancelled"


def test_files_come_and_go(person: Client, run: Run) -> None:
    answer = person.post(f"{page_of(run)}/files", {"uploads": [upload("é.html", b"<b>", "text/html")]})

    assert answer["Location"] == page_of(run)
    file = Artifact.objects.get()
    assert "é.html" in person.get(page_of(run)).content.decode()
    got = person.get(f"{page_of(run)}/files/{file.pk}")
    assert (got.status_code, got.getvalue()) == (200, b"<b>")
    assert got["Content-Type"] == "application/octet-stream"
    assert got["Content-Disposition"].startswith("attachment")
    assert got["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got["Content-Security-Policy"]


def test_no_file_is_no_upload(person: Client, run: Run) -> None:
    before = everything()

    answer = person.post(f"{page_of(run)}/files", {})

    assert (answer.status_code, everything()) == (422, before)
    assert "This field is required." in answer.content.decode()


# --- the board ----------------------------------------------------------------------------------------------
def test_the_board_groups_tasks_by_their_newest_run(
    person: Client, project: Project, make_task: Callable[..., Task], make_run: Callable[..., Run]
) -> None:
    failed, running = (make_task(title=title, project_id=project.pk) for title in ("One", "Two"))
    make_task(title="Not an agent's", project_id=project.pk)
    make_run(failed, status="completed")
    Run.objects.update(created_at="2026-01-01T00:00Z")
    make_run(failed, status="failed")
    make_run(running, status="in_progress")

    answer = person.get(f"/projects/{project.pk}/agents")

    columns = [(name, [each.task.title for each in tasks]) for name, tasks in answer.context["columns"]]
    assert columns == [("Running", ["Two"]), ("Failed", ["One"])]
    assert "Not an agent's" not in answer.content.decode()


def test_the_live_board_is_a_part_of_the_page(person: Client, project: Project) -> None:
    page = person.get(f"/projects/{project.pk}/agents/board").content.decode()

    assert page.startswith('<div id="agent-board"')
    assert "No task of agents yet." in page


def test_the_board_takes_as_many_statements_however_many_there_are(
    person: Client, project: Project, make_task: Callable[..., Task], make_run: Callable[..., Run]
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert person.get(f"/projects/{project.pk}/agents").status_code == 200
        return len(seen)

    make_run(make_task(project_id=project.pk))
    statements()
    one = statements()
    for _ in range(3):
        make_run(make_task(project_id=project.pk))

    assert statements() == one


def test_the_project_that_was_opened_last_is_the_current_one(
    person: Client, project: Project, owner: User
) -> None:
    current = "/api/projects/@current/tasks/"
    inbox = Project.objects.get(organization__personal_of=owner)
    made = person.post(current, {"title": "x"}, content_type="application/json").json()["id"]

    person.get(f"/projects/{project.pk}")
    later = person.post(current, {"title": "x"}, content_type="application/json").json()["id"]

    places = [Task.objects.get(pk=UUID(id_)).project_id for id_ in (made, later)]
    assert places == [inbox.pk, project.pk]


# --- who ----------------------------------------------------------------------------------------------------
def test_a_team_mate_sees_and_does_all(
    sign_in: Callable[[User], Client], teammate: User, run: Run, project: Project
) -> None:
    browser = sign_in(teammate)

    assert browser.get(page_of(run)).status_code == 200
    assert browser.get(f"/projects/{project.pk}/agents").status_code == 200
    assert browser.post(f"{page_of(run)}/files", {"uploads": [upload()]}).status_code == 302
    assert browser.get(f"{page_of(run)}/files/{Artifact.objects.get().pk}").status_code == 200
    assert browser.post(f"{page_of(run)}/cancel").status_code == 302
    assert browser.post(f"/tasks/{run.task_id}/runs/new", {}).status_code == 302


def test_an_outsider_finds_nothing(
    sign_in: Callable[[User], Client], outsider: User, person: Client, run: Run, project: Project
) -> None:
    person.post(f"{page_of(run)}/files", {"uploads": [upload()]})
    file, browser, before = Artifact.objects.get(), sign_in(outsider), everything()

    for path in (
        page_of(run),
        f"{page_of(run)}/standing",
        f"{page_of(run)}/files/{file.pk}",
        f"/tasks/{run.task_id}/runs",
        f"/tasks/{run.task_id}/runs/new",
        f"/projects/{project.pk}/agents",
        f"/projects/{project.pk}/agents/board",
    ):
        assert browser.get(path).status_code == 404, path
    for path in ("/cancel", "/files"):
        assert browser.post(page_of(run) + path, {"uploads": [upload()]}).status_code == 404
    assert browser.post(f"/tasks/{run.task_id}/runs/new", {}).status_code == 404
    assert everything() == before


def test_what_is_not_there_is_not_found(person: Client, run: Run, make_task: Callable[..., Task]) -> None:
    for path in (
        f"/tasks/{run.task_id}/runs/{ABSENT}",
        f"/tasks/{make_task().pk}/runs/{run.pk}",
        f"{page_of(run)}/files/{ABSENT}",
    ):
        assert person.get(path).status_code == 404


def test_strangers_have_to_sign_in(client: Client, run: Run) -> None:
    for path in (page_of(run), f"{page_of(run)}/files/{ABSENT}", f"/tasks/{run.task_id}/runs"):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"
