"""A real browser against a live server: Debian's chromium, loopback only, a fresh one for each test.

Playwright keeps an event loop in the test's thread while it is open, and Django refuses the database there:
what needs the database runs in a thread of its own (`outside`).
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tasktracker.outbox.operations.drain import drain

Result = TypeVar("Result")

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
_WATCH = """addEventListener("securitypolicyviolation", (event) => {
  console.error("CSP", event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber);
});"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))  # dozens of pages, on a machine that is busy


@dataclass
class Surfer:
    """Somebody at a browser. complaints: what the console said, which must be nothing."""

    browser: Browser
    base_url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, *, size: ViewportSize = DESKTOP, **options: Any) -> Page:
        """Open a window with cookies of its own."""
        page = self.browser.new_context(base_url=self.base_url, viewport=size, **options).new_page()
        page.set_default_timeout(10_000)
        page.add_init_script(_WATCH)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@pytest.fixture
def site(live_server: LiveServer, settings: Settings, tmp_path: Path) -> str:
    """A running site in its development form: mails become files."""
    settings.TASKTRACKER_BASE_URL = live_server.url
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    settings.DEVELOPMENT = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    url: str = live_server.url
    return url


@pytest.fixture
def surfer(site: str) -> Iterator[Surfer]:
    """A browser; the test fails when the console complains."""
    if not CHROMIUM.exists():
        pytest.skip("there is no /usr/bin/chromium; install it with: apt-get install --yes chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        somebody = Surfer(browser, site)
        yield somebody
        browser.close()
    assert somebody.complaints == []


@pytest.fixture
def outside() -> Iterator[Callable[[Callable[[], Result]], Result]]:
    """Run something that needs the database: outside(lambda: ...)."""

    def run(work: Callable[[], Result]) -> Result:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        yield lambda work: pool.submit(run, work).result(30)


@pytest.fixture
def deliver(outside: Callable[[Callable[[], Any]], Any]) -> Callable[[], None]:
    """Do what a worker does: send all that is due."""
    return lambda: outside(drain)


@pytest.fixture
def shots() -> Path | None:
    """Where to put pictures, when somebody wants to look: TEST_SCREENSHOTS=<folder>."""
    folder = os.environ.get("TEST_SCREENSHOTS")
    return Path(folder) if folder else None
