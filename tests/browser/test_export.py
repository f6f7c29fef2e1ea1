"""Everything, to take with you: asked for, watched while it is written, fetched; at a desk and on a phone."""

import json
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from playwright.sync_api import ViewportSize, expect

from accounts.models import User
from accounts.operations.exports import write_exports
from accounts.rules.principal import Principal
from tasks.operations.editing import create_task
from tasktracker.core import clock
from tests.browser.conftest import DESKTOP, PHONE, Surfer
from tests.conftest import NOW


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_export_is_written_while_its_page_is_open(
    size: ViewportSize,
    transactional_db: None,
    make_user: Callable[..., User],
    principal_of: Callable[..., Principal],
    surfer: Surfer,
    outside: Callable[[Callable[[], Any]], Any],
) -> None:
    def furnish() -> str:
        owner = make_user("owner")
        create_task(principal=principal_of(owner), title="Water the plants", at=NOW)
        client = Client()
        client.force_login(owner)
        return client.cookies["sessionid"].value

    cookie = outside(furnish)
    page = surfer.open(size=size)
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": surfer.base_url}])
    page.goto("/settings/")
    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_role("button", name="Write an export").click()
    expect(page.get_by_text("Being written: 0 %")).to_be_visible()
    page.evaluate("window.isSamePage = true")

    outside(lambda: write_exports(clock.now()))

    link = page.get_by_role("link", name="Download")
    expect(link).to_be_visible()
    with page.expect_download() as waiting:
        link.click()
    with ZipFile(waiting.value.path()) as archive:
        (task,) = json.loads(archive.read("json/tasks.json"))
    assert task["title"] == "Water the plants"
    assert page.evaluate("window.isSamePage") is True
