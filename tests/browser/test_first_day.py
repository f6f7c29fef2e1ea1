"""From sign-up to the first signed webhook, as a person does it, on a desk and on a phone."""

import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from pytest_httpserver import HTTPServer

from tasks.rules.signatures import SIGNATURE_HEADER, verify
from tests.browser.conftest import DESKTOP, PHONE, Surfer

PASSWORD = "Correct horse 1 battery"


@pytest.fixture
def receiver(httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request("/in", method="POST").respond_with_data("thanks")
    return httpserver


def join(page: Page, deliver: Callable[[], None]) -> None:
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill("ann@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()
    deliver()
    page.goto("/dev/mail")
    page.get_by_role("link", name="/accounts/confirm-email/").click()
    page.get_by_role("button", name="Yes, confirm it").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def enrol(page: Page) -> None:
    page.get_by_role("link", name="Finish setting it up").click()
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_label("I accept the terms").check()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("Welcome. Your account is ready.")).to_be_visible()


def make_webhook(page: Page, url: str) -> str:
    page.get_by_role("link", name="Settings", exact=True).first.click()
    page.get_by_role("link", name="Webhooks").first.click()
    page.get_by_role("link", name="New webhook").click()
    page.get_by_label("Address").fill(url)
    page.get_by_role("button", name="Make the webhook").click()
    return page.locator("#secret").inner_text()


def make_task(page: Page, title: str) -> str:
    page.get_by_role("link", name="Tasks", exact=True).first.click()
    page.get_by_label("New task").fill(title)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name=title).click()
    return page.locator("#task-id").inner_text()


def make_token(page: Page) -> str:
    page.get_by_role("link", name="New token for this task").click()
    page.get_by_label("Name").fill("doorbell")
    page.get_by_role("button", name="Make the token").click()
    return page.locator("#token").inner_text()


def trigger(url: str, token: str) -> tuple[int, bytes]:
    """Do what the page's curl line does."""
    request = urllib.request.Request(url, method="POST", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.read()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_first_day(
    size: ViewportSize, surfer: Surfer, receiver: HTTPServer, deliver: Callable[[], None]
) -> None:
    page = surfer.open(size=size)
    join(page, deliver)
    enrol(page)
    secret = make_webhook(page, receiver.url_for("/in"))
    task_id = make_task(page, "Water the plants")
    token = make_token(page)

    assert trigger(f"{surfer.base_url}/api/v1/tasks/{task_id}/trigger", token) == (200, b"")
    deliver()

    (request, _), *more = receiver.log
    body = request.get_json()
    assert more == []
    assert (body["event"], body["task"]) == (
        "task.triggered",
        {"id": task_id, "name": "Water the plants", "url": f"{surfer.base_url}/tasks/{task_id}"},
    )
    assert verify(request.headers[SIGNATURE_HEADER], request.get_data(), secret, datetime.now(UTC))

    page.goto("/webhooks/")
    page.get_by_role("link", name=receiver.url_for("/in")).click()
    expect(page.get_by_text("Delivered", exact=True)).to_be_visible()
    page.get_by_role("button", name="Send again: task.triggered").click()
    expect(page.get_by_text("On its way")).to_be_visible()
    deliver()
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("2 attempts")).to_be_visible()
    assert len({request.headers["webhook-id"] for request, _ in receiver.log}) == 1
    assert len(receiver.log) == 2


def test_a_token_is_revoked(surfer: Surfer, deliver: Callable[[], None]) -> None:
    page = surfer.open()
    join(page, deliver)
    task_id = make_task(page, "Water the plants")
    token = make_token(page)
    page.get_by_role("link", name="I have copied it").click()
    assert token not in page.content()

    page.get_by_role("button", name="Revoke: doorbell").click()

    expect(page.get_by_text("The token is revoked.")).to_be_visible()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        trigger(f"{surfer.base_url}/api/v1/tasks/{task_id}/trigger", token)
