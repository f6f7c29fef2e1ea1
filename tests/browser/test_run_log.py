"""The page of a run in a browser: its log grows while it is written, without a reload."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django import Settings

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Artifact, Run
from tasks.operations.editing import create_task
from tasks.operations.run_logs import append_log
from tasks.operations.runs import RunChange, edit_run, start_run
from tasks.rules.run_requests import RunRequest
from tests.browser.conftest import DESKTOP, PHONE, Surfer
from tests.conftest import NOW

Call = Callable[..., Any]


@pytest.fixture
def session(transactional_db: None, owner: User, settings: Settings, tmp_path: Path) -> str:
    """Sign the owner in."""
    settings.TASKTRACKER_ARTIFACTS = tmp_path / "artifacts"
    client = Client()
    client.force_login(owner)
    return client.cookies["sessionid"].value


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    """The owner, as whoever runs it."""
    return principal_of(owner)


@pytest.fixture
def run(transactional_db: None, caller: Principal, project: Project) -> Run:
    """A queued run."""
    task = create_task(principal=caller, project_id=project.pk, title="Fix login", at=NOW)
    return start_run(principal=caller, task_id=task.pk, request=RunRequest(), at=NOW)


@pytest.fixture
def write(caller: Principal, run: Run, outside: Call) -> Callable[..., None]:
    """Write lines to its log, as a runner does."""

    def lines(*texts: str) -> None:
        entries = [
            {"notification": {"method": "_posthog/console", "params": {"message": text}}} for text in texts
        ]
        where = {"principal": caller, "task_id": run.task_id, "run_id": run.pk}
        outside(lambda: append_log(**where, entries=entries, at=NOW))

    return lines


@pytest.fixture
def report(caller: Principal, run: Run, outside: Call) -> Callable[..., None]:
    """Report on it, as a runner does."""

    def change(**said: Any) -> None:
        where = {"principal": caller, "task_id": run.task_id, "run_id": run.pk}
        outside(lambda: edit_run(**where, change=RunChange(**said), at=NOW))

    return change


@pytest.fixture
def opened(session: str, run: Run, surfer: Surfer) -> Callable[..., Page]:
    """Open the page of the run: opened(java_script_enabled=False)."""

    def open_page(**options: Any) -> Page:
        page = surfer.open(**options)
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": surfer.base_url}])
        page.goto(f"/tasks/{run.task_id}/runs/{run.pk}")
        return page

    return open_page


def lines_of(page: Page) -> Any:
    return page.get_by_label("Lines of the log").get_by_role("listitem")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_log_grows_without_a_reload(
    size: ViewportSize,
    opened: Callable[..., Page],
    write: Callable[..., None],
    report: Callable[..., None],
) -> None:
    write("first")
    page = opened(size=size)
    page.evaluate("window.isSamePage = true")
    expect(lines_of(page)).to_have_text(["first"])

    report(status="in_progress")
    expect(page.get_by_text("Running")).to_be_visible()
    write("second", "<b>third</b>")
    expect(lines_of(page)).to_have_text(["first", "second", "<b>third</b>"])
    write("last")
    report(status="failed", error_message="exit 3")

    expect(lines_of(page)).to_have_text(["first", "second", "<b>third</b>", "last"])
    expect(page.get_by_text("exit 3")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the run")).to_have_count(0)
    assert page.evaluate("window.isSamePage") is True


def test_the_log_can_be_read_without_a_script(
    opened: Callable[..., Page], write: Callable[..., None]
) -> None:
    write("first")
    page = opened(java_script_enabled=False)
    write("second")

    expect(lines_of(page)).to_have_text(["first"])
    page.get_by_role("link", name="Look again").click()

    expect(lines_of(page)).to_have_text(["first", "second"])


def test_files_are_uploaded_and_downloaded(
    opened: Callable[..., Page], tmp_path: Path, run: Run, outside: Call
) -> None:
    page = opened(size=PHONE)
    page.get_by_label("Files", exact=True).set_input_files(
        [{"name": "plan.md", "mimeType": "text/markdown", "buffer": b"# Plan"}]
    )

    page.get_by_role("button", name="Upload").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="plan.md").click()

    download.value.save_as(tmp_path / "came.md")
    assert (tmp_path / "came.md").read_bytes() == b"# Plan"
    assert outside(lambda: Artifact.objects.get().run_id) == run.pk
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
