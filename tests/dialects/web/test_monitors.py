"""/projects/<id>/monitors: expecting runs by interval or cron, and seeing which came."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import CheckIn, Monitor
from tasks.operations.monitors import add_monitor, watch_monitors
from tasks.operations.progress import Report, track_task
from tasks.rules.monitors import Rhythm
from tests.conftest import NOW
from tests.dialects.web.conftest import rows

pytestmark = pytest.mark.django_db

HOURLY = {
    "name": "hourly import",
    "kind": "interval",
    "every": "1",
    "unit": "3600",
    "cron": "",
    "time_zone": "UTC",
    "grace": "60",
    "integration": "email",
    "to": "a@example.com",
}


@pytest.fixture
def monitor(owner: User, project: Project, principal_of: Callable[..., Principal]) -> Monitor:
    """An hourly monitor."""
    return add_monitor(
        principal=principal_of(owner),
        project_id=project.pk,
        name="hourly import",
        rhythm=Rhythm("interval", interval_seconds=3600),
        integration="email",
        config={"to": "a@example.com"},
        at=NOW,
    )


def test_an_interval_is_written(person: Client, project: Project) -> None:
    person.post(f"/projects/{project.pk}/monitors/new", HOURLY)

    monitor = Monitor.objects.get()
    assert (monitor.project, monitor.name, monitor.kind) == (project, "hourly import", "interval")
    assert (monitor.interval_seconds, monitor.cron, monitor.grace_seconds) == (3600, "", 60)
    assert monitor.expected_at == monitor.created_at + timedelta(hours=1)


def test_cron_is_written(person: Client, project: Project) -> None:
    said = {**HOURLY, "kind": "cron", "cron": "30 2 * * 1-5", "time_zone": "Europe/Berlin", "grace": "0"}

    answer = person.post(f"/projects/{project.pk}/monitors/new", said)

    monitor = Monitor.objects.get()
    assert answer["Location"] == f"/projects/{project.pk}/monitors/{monitor.pk}"
    assert (monitor.kind, monitor.cron, monitor.time_zone) == ("cron", "30 2 * * 1-5", "Europe/Berlin")
    assert (monitor.interval_seconds, monitor.grace_seconds) == (None, 0)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"every": ""}, "every"),
        ({"every": "0"}, "every"),
        ({"every": "367", "unit": "86400"}, "every"),
        ({"kind": "cron", "cron": ""}, "cron"),
        ({"kind": "cron", "cron": "61 * * * *"}, "cron"),
        ({"kind": "sometimes"}, "kind"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"to": "nobody"}, "to"),
        ({"integration": "webhook:none"}, "integration"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, str], field: str, person: Client, project: Project) -> None:
    answer = person.post(f"/projects/{project.pk}/monitors/new", {**HOURLY, **given})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not Monitor.objects.exists()


def test_its_state_is_shown(
    monitor: Monitor, person: Client, project: Project, owner: User, principal_of: Callable[..., Principal]
) -> None:
    def shown() -> list[bool]:
        pages = [person.get(path).content for path in (place, f"{place}/{monitor.pk}")]
        return [all(word in page for page in pages) for word in (b"Waiting", b"Missing", b"On time")]

    place = f"/projects/{project.pk}/monitors"
    assert shown() == [True, False, False]
    watch_monitors(NOW + timedelta(hours=2))
    assert shown() == [False, True, False]
    caller = principal_of(
        owner, kind="project_key", project_id=project.pk, organization_id=project.organization_id
    )
    at = NOW + timedelta(hours=3)
    track_task(principal=caller, said=Report(name="import run"), monitor_id=monitor.pk, at=at)
    assert shown() == [False, False, True]

    page = person.get(f"{place}/{monitor.pk}").content
    assert (b"import run" in page, b"Late" in page, CheckIn.objects.count()) == (True, True, 1)


def test_an_edit_is_written(monitor: Monitor, person: Client, project: Project) -> None:
    path = f"/projects/{project.pk}/monitors/{monitor.pk}/edit"
    assert person.get(path).context["form"].initial == {
        **HOURLY,
        "every": 1,
    }

    person.post(path, {**HOURLY, "name": "daily import", "unit": "86400", "grace": "3600"})

    monitor.refresh_from_db()
    assert (monitor.name, monitor.interval_seconds, monitor.grace_seconds) == ("daily import", 86400, 3600)


def test_off_and_on(monitor: Monitor, person: Client, project: Project) -> None:
    place = f"/projects/{project.pk}/monitors/{monitor.pk}"
    watch_monitors(NOW + timedelta(hours=2))

    answer = person.post(f"{place}/disable", follow=True)

    monitor.refresh_from_db()
    assert (monitor.is_enabled, monitor.expected_at, monitor.alarm_at) == (False, None, None)
    assert monitor.missing_since is None
    assert b"The monitor is off." in answer.content
    assert [word in answer.content for word in (b"Switch on", b"Switch off", b"Missing")] == [
        True,
        False,
        False,
    ]

    person.post(f"{place}/enable")
    monitor.refresh_from_db()
    assert monitor.is_enabled
    assert monitor.expected_at == monitor.updated_at + timedelta(hours=1)
    expected_at = monitor.expected_at
    person.post(f"{place}/enable")  # twice is as good as once
    monitor.refresh_from_db()
    assert monitor.expected_at == expected_at


def test_an_edit_leaves_it_off(monitor: Monitor, person: Client, project: Project) -> None:
    place = f"/projects/{project.pk}/monitors/{monitor.pk}"
    person.post(f"{place}/disable")

    person.post(f"{place}/edit", {**HOURLY, "name": "daily import"})

    monitor.refresh_from_db()
    assert (monitor.name, monitor.is_enabled, monitor.alarm_at) == ("daily import", False, None)


def test_it_can_be_deleted(monitor: Monitor, person: Client, project: Project) -> None:
    answer = person.post(f"/projects/{project.pk}/monitors/{monitor.pk}/delete", follow=True)

    assert b"The monitor is deleted." in answer.content
    assert not Monitor.objects.exists()


def test_members_read_and_managers_change(
    monitor: Monitor, project: Project, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    place, before = f"/projects/{project.pk}/monitors", rows()
    for user, reads, changes in ((teammate, 200, 403), (outsider, 404, 404)):
        somebody = sign_in(user)
        paths = (place, f"{place}/{monitor.pk}")
        assert [somebody.get(path).status_code for path in paths] == [reads] * 2
        posts = ("new", *(f"{monitor.pk}/{change}" for change in ("edit", "enable", "disable", "delete")))
        statuses = [somebody.post(f"{place}/{path}", HOURLY).status_code for path in posts]
        assert statuses == [changes] * len(posts)
        assert b"Switch off" not in somebody.get(f"{place}/{monitor.pk}").content

    assert rows() == before


def test_a_monitor_of_another_project_is_not_found_here(
    monitor: Monitor, person: Client, owner: User
) -> None:
    inbox = owner.personal_organization.projects.get()

    paths = [f"/projects/{inbox.pk}/monitors/{monitor.pk}{part}" for part in ("", "/edit")]

    assert [person.get(path).status_code for path in paths] == [404, 404]
    posts = [f"{paths[0]}/{change}" for change in ("delete", "enable", "disable")]
    assert [person.post(path).status_code for path in posts] == [404] * 3
    assert Monitor.objects.exists()
