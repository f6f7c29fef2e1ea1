"""The board of a project in a browser: bars move while a job reports, without a reload."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import Project, User
from accounts.operations.project_keys import issue_project_key
from accounts.rules.principal import Principal
from tests.browser.conftest import DESKTOP, PHONE, Surfer
from tests.conftest import NOW

Call = Callable[..., Any]


@pytest.fixture
def session(transactional_db: None, owner: User) -> str:
    """Sign the owner in."""
    client = Client()
    client.force_login(owner)
    return client.cookies["sessionid"].value


@pytest.fixture
def board(session: str, project: Project, surfer: Surfer) -> Callable[..., Page]:
    """Open the board as its owner: board(java_script_enabled=False)."""

    def open_board(**options: Any) -> Page:
        page = surfer.open(**options)
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": surfer.base_url}])
        page.goto(f"/projects/{project.pk}")
        return page

    return open_board


@pytest.fixture
def job(
    transactional_db: None,
    owner: User,
    project: Project,
    principal_of: Callable[..., Principal],
    outside: Call,
) -> Call:
    """Report as a job runner does, through the API: job(name=...), then job(task_id, value=...)."""
    issued = issue_project_key(principal=principal_of(owner), project_id=project.pk, name="CI", at=NOW)
    headers = {"Authorization": f"Bearer {issued.secret}"}
    path = "/api/acme/web/tasks/"

    def report(task_id: str = "", **said: Any) -> str:
        call = Client().patch if task_id else Client().post
        target = f"{path}{task_id}/" if task_id else path
        answer = outside(lambda: call(target, said, content_type="application/json", headers=headers))
        assert answer.status_code in {200, 201}
        return str(answer.json()["id"])

    return report


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_bars_move_without_a_reload(size: ViewportSize, job: Call, board: Callable[..., Page]) -> None:
    page = board(size=size)
    page.evaluate("window.isSamePage = true")
    expect(page.get_by_text("Nothing runs.")).to_be_visible()

    task_id = job(name="nightly import", status="processing", value=10)
    bar = page.get_by_role("progressbar", name="Progress of nightly import")
    expect(bar).to_have_attribute("value", "10")
    job(task_id, value=55)
    expect(bar).to_have_attribute("value", "55")
    expect(page.get_by_text("55 %", exact=True).first).to_be_visible()
    job(task_id, status="success", value=100)

    newest = page.get_by_role("region", name="Newest of the others")
    expect(newest.get_by_text("Done")).to_be_visible()
    expect(page.get_by_text("Nothing runs.")).to_be_visible()
    assert page.evaluate("window.isSamePage") is True


def test_the_board_works_without_scripts(job: Call, board: Callable[..., Page]) -> None:
    page = board(java_script_enabled=False, size=PHONE)
    job(name="nightly import", status="processing", value=10)

    page.get_by_role("link", name="Look again").click()

    expect(page.get_by_role("progressbar", name="Progress of nightly import")).to_have_attribute(
        "value", "10"
    )


def test_a_public_page_follows(job: Call, surfer: Surfer) -> None:
    task_id = job(name="secret name", status="processing", value=10)
    page = surfer.open()
    page.goto(f"/public/tasks/{task_id}/")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "10")

    job(task_id, status="success", value=100)

    expect(page.get_by_role("progressbar")).to_have_attribute("value", "100", timeout=15_000)
    expect(page.get_by_text("Done")).to_be_visible()
    assert "secret name" not in page.content()
