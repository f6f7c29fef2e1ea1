"""Every page as it is shown: light and dark, desk and phone; readable, reachable by keyboard, and quiet."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import User
from accounts.operations.credentials import issue_triggers_token
from accounts.operations.personal_keys import issue_personal_key
from accounts.operations.project_keys import issue_project_key
from accounts.rules.principal import Principal
from charges.models import Charge
from charges.operations.mails import contest_link
from charges.operations.missed import expire_missed
from charges.operations.staking import create_staked_task
from tasks.models import Task
from tasks.operations.actions import NewAction
from tasks.operations.artifacts import WholeFile, add_files
from tasks.operations.editing import create_task
from tasks.operations.lifecycle import complete_task, skip_occurrence, trigger_task
from tasks.operations.monitors import add_monitor
from tasks.operations.progress import Report, track_task
from tasks.operations.project_actions import add_project_action
from tasks.operations.run_logs import append_log
from tasks.operations.runs import RunChange, edit_run, start_run
from tasks.operations.webhooks import register_project_webhook, register_webhook, send_test_event
from tasks.rules.monitors import Rhythm
from tasks.rules.run_requests import RunRequest
from tasks.rules.schedule import Frequency, Plan
from tasktracker.docs.guides import FILES
from tests.browser.conftest import DESKTOP, PHONE, Surfer
from tests.conftest import NOW

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
# Contrast hangs on the scheme, targets on the size: two looks see both. Pictures are taken of all four.
LOOKS = {"light-desktop": ("light", DESKTOP), "dark-phone": ("dark", PHONE)}
if os.environ.get("TEST_SCREENSHOTS"):
    LOOKS |= {"light-phone": ("light", PHONE), "dark-desktop": ("dark", DESKTOP)}
LONG = (
    "A title that goes on and on until it cannot possibly fit into one line of any list on any screen at all"
)


@pytest.fixture
def furnished(
    transactional_db: None,
    make_user: Callable[..., User],
    principal_of: Callable[..., Principal],
    settings: Any,
    tmp_path: Path,
) -> dict[str, str]:
    """An account with something of everything: its session cookie, and paths worth looking at."""
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    settings.TASKTRACKER_ARTIFACTS = tmp_path / "artifacts"
    owner = make_user("owner")
    caller = principal_of(owner)
    task = _busy_task(caller)
    issue_triggers_token(principal=caller, name="doorbell", scope=f"task:{task.pk}", at=NOW)
    webhook, _ = register_webhook(
        principal=caller, url="http://127.0.0.1:9/in", events=["task.triggered"], at=NOW
    )
    send_test_event(principal=caller, webhook_id=webhook.pk, at=NOW)
    project, monitor, public = _busy_project(owner, caller)
    client = Client()
    client.force_login(owner)
    return {
        "cookie": client.cookies["sessionid"].value,
        "task": f"/tasks/{task.pk}",
        "webhook": f"/webhooks/{webhook.pk}",
        "project": project,
        "organization": f"/organizations/{owner.personal_organization.pk}",
        "monitor": monitor,
        "public": public,
        "run": _busy_run(caller, task),
        **_missed_stake(caller),
    }


def _missed_stake(caller: Principal) -> dict[str, str]:
    """Stake a task and miss it. Returns the paths of its page and of the two that contest its charge."""
    due_at = NOW + timedelta(days=1)
    task = create_staked_task(
        principal=caller, title=LONG.replace("title", "stake"), due_at=due_at, stake_cents=123_456, at=NOW
    ).task
    expire_missed(due_at)
    charge = Charge.objects.get(task=task)
    own = f"/charges/{charge.pk}/contest/"
    return {
        "stake": f"/tasks/{task.pk}/stake/",
        "contest": own,
        "link": own + contest_link(charge).partition(own)[2],
    }


def _busy_run(caller: Principal, task: Task) -> str:
    """Let an agent fail at the task, with a log and a file. Returns the run's path."""
    run = start_run(principal=caller, task_id=task.pk, request=RunRequest(branch="b" * 200), at=NOW)
    where: dict[str, Any] = {"principal": caller, "task_id": task.pk, "run_id": run.pk, "at": NOW}
    said = [{"notification": {"params": {"level": "error", "message": LONG * number}}} for number in range(9)]
    append_log(**where, entries=[{"notification": {"method": "session/prompt", "params": {}}}, *said])
    add_files(**where, files=[WholeFile(name=f"{LONG}.md", type="output", content=b"# Plan")])
    edit_run(**where, change=RunChange(status="failed", error_message=LONG, output={"pr_url": "x" * 200}))
    issue_personal_key(principal=caller, name="laptop", scopes=["task:write"], at=NOW)
    return f"/tasks/{task.pk}/runs/{run.pk}"


def _busy_project(owner: User, caller: Principal) -> tuple[str, str, str]:
    """Fill the Inbox with all that job runners need. Returns its path, a monitor's and a public one."""
    project = owner.personal_organization.projects.get()
    place: dict[str, Any] = {"principal": caller, "project_id": project.pk, "at": NOW}
    issue_project_key(**place, name="nightly import")
    register_project_webhook(**place, slug="ci", url="http://127.0.0.1:9/ci")
    new = NewAction("error,*/25%", "webhook:ci")
    add_project_action(**place, name="Import failed", pattern="^import-", new=new)
    rhythm = Rhythm("interval", interval_seconds=3600)
    told = {"integration": "email", "config": {"to": "a@example.com"}}
    monitor = add_monitor(**place, name="hourly import", rhythm=rhythm, **told)
    organization_id = project.organization_id
    key = replace(caller, kind="project_key", project_id=project.pk, organization_id=organization_id)
    said = Report(
        name=LONG.replace("title", "name"),
        status="processing",
        value=7,
        value_max=9,
        queue="q" * 60,
        tags={"env": "t" * 90},
    )
    task = track_task(principal=key, said=said, monitor_id=monitor.pk, at=NOW)
    track_task(principal=key, said=replace(said, name="failed", status="error", data='{"a": 1}'), at=NOW)
    path = f"/projects/{project.pk}"
    return path, f"{path}/monitors/{monitor.pk}", f"/public/tasks/{task.id}/"


def _busy_task(caller: Principal) -> Task:
    plan = Plan(
        frequency=Frequency.WEEKLY,
        interval=2,
        time_of_day=NOW.time(),
        time_zone="Europe/Berlin",
        anchor_date=NOW.date(),
        weekday=0,
    )
    create_task(principal=caller, title=LONG, at=NOW, due_at=NOW + timedelta(days=1))
    done = create_task(principal=caller, title="Call grandmother", at=NOW)
    complete_task(principal=caller, task_id=done.pk, at=NOW)
    task = create_task(
        principal=caller,
        title="Water the plants",
        description="All of them.\n\nSee https://example.com/plants",
        at=NOW,
        due_at=NOW - timedelta(days=1),
        schedule=plan,
        notification_cooldown_seconds=3600,
    )
    first = trigger_task(principal=caller, task_id=task.pk, at=NOW)
    skip_occurrence(principal=caller, occurrence_id=first.pk, at=NOW)
    for _ in range(2):
        trigger_task(principal=caller, task_id=task.pk, at=NOW)
    return task


def paths_of(furnished: dict[str, str]) -> Iterator[str]:
    yield from ("/today/", "/numbers/", "/tasks/", "/tasks/?view=board", "/tasks/new")
    yield from ("/tasks/?show=completed", "/tasks/?q=nothing")
    yield from (furnished["task"] + part for part in ("", "/edit", "/schedule", "/delete"))
    yield from ("/tokens/", "/tokens/new", "/webhooks/", "/webhooks/new")
    yield from (furnished["webhook"] + part for part in ("", "/edit", "/delete"))
    yield from (furnished["task"] + "/runs", furnished["task"] + "/runs/new", furnished["run"])
    tabs = ("", "/agents", "/keys", "/actions", "/monitors", "/webhooks", "/members", "/settings")
    forms = ("/keys/new", "/actions/new", "/monitors/new", "/webhooks/new")
    yield from (furnished["project"] + part for part in tabs + forms)
    yield from (furnished["monitor"], furnished["monitor"] + "/edit", furnished["public"])
    yield from ("/projects/", "/projects/new")
    yield from ("/settings/", "/settings/enrollment", "/settings/email", "/settings/password")
    yield from (furnished["stake"], furnished["contest"], furnished["link"])
    yield from ("/settings/devices", "/settings/mail", "/settings/calendar", "/settings/stakes-key")
    yield from ("/settings/beeminder", "/settings/export", "/settings/close")
    yield from ("/organizations/", "/organizations/new", furnished["organization"])
    yield from (furnished["task"] + "/stake/", furnished["task"] + "/stake/uncle/", "/settings/billing/")
    yield from ("/settings/keys", "/settings/keys/new")
    yield from (
        "/settings/sessions",
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/",
        "/accounts/reauthenticate/",
        "/accounts/logout/",
    )
    yield from ("/terms", "/dev/mail")


STRANGERS = [
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/confirm-email/",
    "/docs/",
    "/docs/limits/",
    *(f"/docs/{name}/" for name in FILES),
]


def sign_in(page: Page, surfer: Surfer, cookie: str) -> None:
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": surfer.base_url}])


def look(page: Page, path: str, shots: Path | None) -> list[str]:
    answer = page.goto(path)
    assert answer
    assert answer.status == 200, path
    if shots:
        size = page.viewport_size or DESKTOP
        name = path.strip("/").replace("/", "-").replace("?", "-") or "home"
        page.screenshot(path=shots / f"{name}-{size['width']}.png", full_page=True)
    return [f"{path}: {complaint}" for complaint in complaints_about(page)]


def complaints_about(page: Page) -> Iterator[str]:
    """Yield what is wrong with a page: serious breaches of WCAG 2.2 AA, and what axe does not look at."""
    for broken in Axe().run(page, options=RULES).response["violations"]:
        if broken["impact"] in {"serious", "critical"}:
            yield from (f"{broken['id']}: {node['html'][:160]}" for node in broken["nodes"])
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        yield "wider than the window"
    for landmark in ("h1", "main"):
        if (count := page.locator(landmark).count()) != 1:
            yield f"{count} times {landmark}"


@pytest.mark.parametrize(("scheme", "size"), LOOKS.values(), ids=LOOKS)
def test_every_page_can_be_read(
    scheme: Any, size: ViewportSize, furnished: dict[str, str], surfer: Surfer, shots: Path | None
) -> None:
    page = surfer.open(size=size, color_scheme=scheme, reduced_motion="reduce")
    folder = shots / scheme if shots else None

    complaints = [complaint for path in STRANGERS for complaint in look(page, path, folder)]
    sign_in(page, surfer, furnished["cookie"])
    complaints += [complaint for path in paths_of(furnished) for complaint in look(page, path, folder)]

    assert "\n".join(complaints) == ""


def test_the_audit_sees_what_is_wrong(surfer: Surfer) -> None:
    page = surfer.open()
    page.goto("/accounts/login/")
    assert list(complaints_about(page)) == []

    page.evaluate("""
        document.querySelectorAll("label").forEach((label) => label.remove());
        const faint = document.createElement("p");
        faint.textContent = "Faint and wide";
        Object.assign(faint.style, {color: "#ddd", width: "3000px"});
        document.querySelector("h1").replaceWith(faint);
    """)

    seen = {complaint.partition(":")[0] for complaint in complaints_about(page)}
    assert seen >= {"label", "color-contrast", "wider than the window", "0 times h1"}


def test_the_keyboard_reaches_everything(furnished: dict[str, str], surfer: Surfer) -> None:
    page = surfer.open()
    sign_in(page, surfer, furnished["cookie"])
    page.goto("/tasks/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Finish setting it up")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.get_by_label("New task")).to_be_focused()
    page.keyboard.type("Typed")
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="Typed")).to_be_visible()


def test_lines_change_in_place(furnished: dict[str, str], surfer: Surfer) -> None:
    page = surfer.open()
    sign_in(page, surfer, furnished["cookie"])
    page.goto("/tasks/")
    page.evaluate("window.isSamePage = true")

    page.get_by_role("button", name="Complete: Water the plants").click()
    expect(page.get_by_role("button", name="Take the completion back: Water the plants")).to_be_visible()
    page.get_by_role("button", name="Trigger: Water the plants").click()
    expect(page.get_by_role("button", name="Complete: Water the plants")).to_be_visible()
    page.get_by_role("searchbox").fill("GOES ON")
    expect(page.get_by_role("link", name="Water the plants")).to_have_count(0)
    expect(page.get_by_role("link", name=LONG)).to_be_visible()

    assert page.url.endswith("/tasks/?q=GOES%20ON")
    assert page.evaluate("window.isSamePage") is True


def test_the_schedule_form_asks_for_what_it_needs(furnished: dict[str, str], surfer: Surfer) -> None:
    page = surfer.open()
    sign_in(page, surfer, furnished["cookie"])
    page.goto("/tasks/new")
    fields = {
        name: page.get_by_label(name, exact=True)
        for name in ("Weekday", "Which one of the month", "Day of the month", "Every")
    }
    needs = {
        "": set(),
        "daily": {"Every"},
        "weekly": {"Every", "Weekday"},
        "every_n_days": {"Every"},
        "monthly_by_day": {"Every", "Day of the month"},
        "monthly_by_weekday": {"Every", "Weekday", "Which one of the month"},
    }

    for frequency, needed in needs.items():
        page.get_by_label("Repeats").select_option(frequency)
        assert {name for name, each in fields.items() if each.is_visible()} == needed


def test_everything_works_without_scripts(furnished: dict[str, str], surfer: Surfer) -> None:
    page = surfer.open(java_script_enabled=False)
    sign_in(page, surfer, furnished["cookie"])
    page.goto("/tasks/?q=plants")

    page.get_by_role("button", name="Complete: Water the plants").click()
    assert page.url.endswith("/tasks/?q=plants")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.goto(furnished["task"])
    page.get_by_role("button", name="Take the completion back").click()
    expect(page.get_by_text("The completion is taken back.")).to_be_visible()
    page.get_by_role("button", name="Archive").click()
    page.get_by_role("button", name="Bring back").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_text("The task is deleted.")).to_be_visible()
    assert page.url.endswith("/tasks/")


def test_the_browsers_zone_is_proposed(furnished: dict[str, str], surfer: Surfer) -> None:
    page = surfer.open(timezone_id="Asia/Tokyo")
    sign_in(page, surfer, furnished["cookie"])
    page.goto("/settings/enrollment")

    assert page.get_by_label("Time zone").input_value() == "Asia/Tokyo"
