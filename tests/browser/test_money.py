"""A stake from the card to the contest, as a person does it: card page, stake, giving up, the mail's link."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tasktracker.core import clock
from tasktracker.sweeps import run_sweeps
from tests.browser.conftest import DESKTOP, PHONE, Surfer
from tests.browser.test_first_day import join, make_task
from tests.browser.test_pages import complaints_about
from tests.plugins.fake_stripe import FakeStripe

Outside = Callable[[Callable[[], Any]], Any]


def readable(page: Page) -> None:
    assert list(complaints_about(page)) == []


def add_card(page: Page) -> None:
    page.get_by_role("link", name="Settings").first.click()
    page.get_by_role("link", name="Billing").click()
    expect(page.get_by_text("There is no card on file.")).to_be_visible()
    page.get_by_role("button", name="Add a card").click()
    page.get_by_label("visa ending in 4242").check()  # the practice processor's page
    page.get_by_role("button", name="Add this card").click()
    expect(page.get_by_text("Your card is on file.")).to_be_visible()
    expect(page.get_by_text("Visa ending in 4242")).to_be_visible()


def set_stake(page: Page, task_id: str) -> None:
    page.goto(f"/tasks/{task_id}/stake/")
    page.get_by_label("Stake in dollars").fill("7.50")
    page.get_by_label("Deadline").fill("2100-01-04")
    page.get_by_label("At", exact=True).fill("12:00")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Set the stake").click()
    page.goto(f"/tasks/{task_id}/stake/")
    expect(page.get_by_text("$7.50")).to_be_visible()
    expect(page.get_by_text("At stake")).to_be_visible()


def give_up(page: Page) -> None:
    page.get_by_role("link", name="Give up").click()
    page.get_by_role("button", name="Give up").click()
    expect(page.get_by_text("Given up on")).to_be_visible()
    expect(page.get_by_text("Will be charged")).to_be_visible()


def contest(page: Page) -> None:
    page.goto("/dev/mail")
    page.get_by_role("link", name="/contest/").click()
    expect(page.get_by_role("heading", name="Contest this charge?")).to_be_visible()
    readable(page)
    page.get_by_label("What happened?").fill("The task was done, and not ticked off.")
    page.get_by_role("button", name="Contest the charge").click()
    expect(page.get_by_role("heading", name="Contested")).to_be_visible()
    expect(page.get_by_text("The task was done, and not ticked off.")).to_be_visible()
    readable(page)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_stake_is_paid_for_given_up_and_contested(
    size: ViewportSize,
    surfer: Surfer,
    processor: FakeStripe,
    deliver: Callable[[], None],
    outside: Outside,
) -> None:
    page, elsewhere = surfer.open(size=size), surfer.open(size=size)
    join(page, deliver)
    add_card(page)
    set_stake(page, make_task(page, "Water the plants"))
    readable(page)
    give_up(page)
    readable(page)
    deliver()

    contest(elsewhere)  # without signing in

    page.goto("/settings/billing/")
    expect(page.get_by_text("Contested", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name="Staked and charged per month")).to_be_visible()
    readable(page)
    outside(lambda: run_sweeps(clock.now() + timedelta(days=3), finish_work=True))
    assert processor.movements() == []


def test_money_works_without_scripts(
    surfer: Surfer, processor: FakeStripe, deliver: Callable[[], None]
) -> None:
    page = surfer.open(java_script_enabled=False)
    join(page, deliver)
    add_card(page)
    set_stake(page, make_task(page, "Water the plants"))
    give_up(page)
