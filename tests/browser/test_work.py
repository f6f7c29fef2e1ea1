"""A day of work, at a desk and on a phone: a task from one line, done in place, its history."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import RecurringStake
from tasks.models import Task
from tasks.operations.editing import create_task
from tasks.operations.lifecycle import trigger_task
from tasktracker.core import clock
from tests.browser.conftest import DESKTOP, PHONE, Surfer

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest.fixture
def caller(
    transactional_db: None, make_user: Callable[..., User], principal_of: Callable[..., Principal]
) -> Principal:
    return principal_of(make_user("owner"))


@pytest.fixture
def arrive(caller: Principal, surfer: Surfer, outside: Callable[..., Any]) -> Callable[..., Page]:
    """Sign in, and open a page."""

    def cookie() -> str:
        client = Client()
        client.force_login(User.objects.get(pk=caller.user_id))
        return client.cookies["sessionid"].value

    def open_page(path: str, size: ViewportSize, **options: Any) -> Page:
        page = surfer.open(size=size, **options)
        page.context.add_cookies([{"name": "sessionid", "value": outside(cookie), "url": surfer.base_url}])
        page.goto(path)
        return page

    return open_page


@pytest.fixture
def three(caller: Principal) -> None:
    for title in ("One", "Two", "Three"):
        create_task(principal=caller, title=title, due_at=clock.now() - timedelta(hours=1), at=clock.now())


@pytest.fixture
def task(caller: Principal) -> Task:
    task = create_task(principal=caller, title="Water the plants", at=clock.now())
    trigger_task(principal=caller, task_id=task.pk, at=clock.now())
    return task


@SIZES
def test_a_line_becomes_a_task(
    size: ViewportSize, arrive: Callable[..., Page], outside: Callable[..., Any]
) -> None:
    page = arrive("/today/", size)

    page.get_by_label("New task").press_sequentially("pay rent next friday 9am $20 every month", delay=5)
    expect(page.locator("#understood")).to_contain_text("$20.00 at stake")
    expect(page.locator("#understood")).to_contain_text("every month")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Put $20.00 at stake?")).to_be_visible()
    page.get_by_role("button", name="Add with $20.00 at stake").click()

    expect(page.get_by_text("Added “pay rent”")).to_be_visible()
    stakes = page.get_by_role("region", name="At stake")
    expect(stakes.get_by_role("link", name="pay rent")).to_be_visible()
    assert outside(lambda: list(RecurringStake.objects.values_list("stake_cents", "months"))) == [(2000, 1)]


@SIZES
def test_tasks_are_done_in_place(size: ViewportSize, three: None, arrive: Callable[..., Page]) -> None:
    page = arrive("/today/", size)
    page.evaluate("window.isSamePage = true")

    page.get_by_role("button", name="Complete: One").click()
    undo = page.get_by_role("button", name="Take the completion back: One")
    expect(undo).to_be_visible()
    expect(undo).to_be_focused()  # where the button was that was pressed
    undo.click()
    expect(page.get_by_role("button", name="Complete: One")).to_be_visible()
    page.get_by_role("button", name="Trigger: Two").click()
    expect(page.get_by_text("Waiting", exact=True)).to_be_visible()

    assert page.evaluate("window.isSamePage") is True


@SIZES
def test_several_tasks_at_once(size: ViewportSize, three: None, arrive: Callable[..., Page]) -> None:
    page = arrive("/tasks/", size)
    page.evaluate("window.isSamePage = true")
    expect(page.get_by_role("button", name="Archive")).to_be_hidden()

    page.get_by_label("Choose One").check()
    page.get_by_label("Choose Two").check()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("Archived: 2 tasks.")).to_be_visible()
    expect(page.get_by_role("link", name="One", exact=True)).to_have_count(0)
    page.get_by_label("Choose Three").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete 1 task?")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted: 1 task.")).to_be_visible()


def test_all_boxes_are_chosen_at_once(three: None, arrive: Callable[..., Page]) -> None:
    page = arrive("/tasks/?due=overdue", DESKTOP)

    page.get_by_label("Choose One").check()
    page.get_by_label("All", exact=True).check()
    page.get_by_role("button", name="Complete", exact=True).click()

    expect(page.get_by_text("Done: 3 tasks.")).to_be_visible()
    assert page.url.endswith("/tasks/?due=overdue")


def test_the_same_without_scripts(
    three: None, arrive: Callable[..., Page], outside: Callable[..., Any]
) -> None:
    page = arrive("/today/", PHONE, java_script_enabled=False)

    page.get_by_role("button", name="Complete: One").click()
    expect(page.get_by_role("button", name="Take the completion back: One")).to_be_visible()
    page.get_by_label("New task").fill("call home tomorrow 6pm $5")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Add without money").click()
    assert page.url.endswith("/today/")
    page.goto("/tasks/")
    page.get_by_label("Choose Two").check()
    page.get_by_role("button", name="Complete", exact=True).click()

    expect(page.get_by_text("Done: 1 task.")).to_be_visible()
    assert outside(lambda: Task.objects.filter(stake_cents=None, title="call home").count()) == 1


@SIZES
def test_a_task_shows_its_history(size: ViewportSize, task: Task, arrive: Callable[..., Page]) -> None:
    page = arrive(f"/tasks/{task.pk}", size)

    page.get_by_label("New sub-task").fill("Fill the can")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Complete: Fill the can")).to_be_visible()
    page.get_by_label("Tags, with commas between").fill("home, garden")
    page.get_by_role("button", name="Save tags").click()
    expect(page.get_by_role("link", name="garden")).to_be_visible()
    history = page.get_by_role("region", name="History")
    history.get_by_role("button", name="Complete").click()

    expect(history.get_by_role("button", name="Take back")).to_be_visible()
