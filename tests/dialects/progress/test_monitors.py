"""Monitors: a run that is missing is told once, one that comes late is told too."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import CheckIn, Monitor
from tasks.operations.monitors import add_monitor, check_in, delete_monitor, edit_monitor, watch_monitors
from tasks.operations.webhooks import register_project_webhook
from tasks.queries.monitors import check_ins_of, monitor_visible_to, monitors_of
from tasks.queries.progress import tracked_by_id
from tasks.rules.monitors import Rhythm
from tasktracker.core.errors import Forbidden, Invalid, NotFound
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW
from tests.dialects.progress.conftest import Api, mails

pytestmark = pytest.mark.django_db

HOURLY = Rhythm("interval", 3600, grace_seconds=60)
NIGHTLY = Rhythm("cron", cron="0 2 * * *", time_zone="Europe/Berlin", grace_seconds=300)
TO = {"to": "a@example.com"}


@pytest.fixture
def add(owner: User, project: Project, principal_of: Callable[..., Principal]) -> Callable[..., Monitor]:
    def make(rhythm: Rhythm = HOURLY, user: User = owner, **values: Any) -> Monitor:
        whole: dict[str, Any] = {
            "principal": principal_of(user),
            "project_id": project.pk,
            "name": "backup",
            "rhythm": rhythm,
            "integration": "email",
            "config": TO,
            "at": NOW,
            **values,
        }
        return add_monitor(**whole)

    return make


@pytest.fixture
def come(api: Api) -> Callable[[Monitor, datetime], CheckIn]:
    """Let a run come by at a moment."""

    def run(monitor: Monitor, at: datetime) -> CheckIn:
        task = tracked_by_id(UUID(api.make()["id"]))
        check_in(monitor_id=monitor.pk, task=task, at=at)
        return check_ins_of(monitor, limit=1)[0]

    return run


def after(**ahead: float) -> datetime:
    return NOW + timedelta(**ahead)


def test_a_missing_run_is_told_once(add: Callable[..., Monitor]) -> None:
    monitor = add()

    told = [watch_monitors(after(seconds=seconds)) for seconds in (3600, 3660, 3661, 3662, 36_000)]

    monitor.refresh_from_db()
    assert told == [0, 0, 1, 0, 0]
    assert monitor.missing_since == after(seconds=3600)
    assert mails() == ["backup: a run is missing"]


def test_runs_in_time_keep_it_quiet(
    add: Callable[..., Monitor], come: Callable[[Monitor, datetime], CheckIn]
) -> None:
    monitor = add()

    late = [come(monitor, after(seconds=seconds)).was_late for seconds in (3600, 7230, 10_890)]

    assert late == [False, False, False]
    assert watch_monitors(after(seconds=10_890 + 3660)) == 0
    assert watch_monitors(after(seconds=10_890 + 3661)) == 1


def test_a_run_after_the_alarm_is_late_and_ends_it(
    add: Callable[..., Monitor], come: Callable[[Monitor, datetime], CheckIn]
) -> None:
    monitor = add()
    watch_monitors(after(seconds=4000))

    assert come(monitor, after(seconds=5000)).was_late

    monitor.refresh_from_db()
    assert (monitor.missing_since, monitor.expected_at) == (None, after(seconds=8600))
    assert mails() == ["backup: a run came late", "backup: a run is missing"]
    assert watch_monitors(after(seconds=8661)) == 1


def test_a_late_run_that_nobody_missed_yet_is_told_too(
    add: Callable[..., Monitor], come: Callable[[Monitor, datetime], CheckIn]
) -> None:
    monitor = add()

    assert come(monitor, after(seconds=3661)).was_late
    assert not come(monitor, after(seconds=3662)).was_late

    assert mails() == ["backup: a run came late"]


def test_cron_expects_the_next_slot_of_its_zone(
    add: Callable[..., Monitor], come: Callable[[Monitor, datetime], CheckIn]
) -> None:
    monitor = add(NIGHTLY)
    first = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
    assert monitor.expected_at == first

    assert not come(monitor, first + timedelta(seconds=7)).was_late

    monitor.refresh_from_db()
    assert monitor.expected_at == first + timedelta(days=1)
    assert watch_monitors(first + timedelta(days=1, seconds=300)) == 0
    assert watch_monitors(first + timedelta(days=1, seconds=301)) == 1


def test_a_webhook_can_be_told(
    add: Callable[..., Monitor], owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    hook, _ = register_project_webhook(
        principal=principal_of(owner), project_id=project.pk, slug="hook", url="https://x.example.com", at=NOW
    )
    monitor = add(integration="webhook:hook", config={})

    watch_monitors(after(seconds=4000))

    delivery = Delivery.objects.get()
    assert (delivery.endpoint, delivery.event, delivery.account_id) == (
        str(hook.pk),
        "monitor.missing",
        owner.pk,
    )
    assert orjson.loads(delivery.payload) == {
        "event": "monitor.missing",
        "monitor": {
            "id": str(monitor.pk),
            "name": "backup",
            "organization": "acme",
            "project": "web",
            "expected_at": "2026-03-02T13:00:00Z",
            "last_check_in_at": None,
        },
        "at": "2026-03-02T13:06:40Z",
    }


def edit(monitor: Monitor, principal: Principal, **values: Any) -> Monitor:
    whole: dict[str, Any] = {
        "principal": principal,
        "monitor_id": monitor.pk,
        "name": "backup",
        "rhythm": HOURLY,
        "integration": "email",
        "config": TO,
        "is_enabled": True,
        "at": after(hours=2),
        **values,
    }
    return edit_monitor(**whole)


def test_a_monitor_that_is_off_expects_nothing_and_notes_who_comes(
    add: Callable[..., Monitor],
    come: Callable[[Monitor, datetime], CheckIn],
    owner: User,
    principal_of: Callable[..., Principal],
) -> None:
    monitor = add()

    edit(monitor, principal_of(owner), is_enabled=False)
    assert watch_monitors(after(days=9)) == 0
    assert not come(monitor, after(days=9)).was_late
    assert watch_monitors(after(days=10)) == 0
    again = edit(monitor, principal_of(owner), at=after(days=10))

    assert again.expected_at == after(days=10, hours=1)
    assert mails() == []


def test_a_monitor_is_deleted_with_its_book(
    add: Callable[..., Monitor],
    come: Callable[[Monitor, datetime], CheckIn],
    owner: User,
    principal_of: Callable[..., Principal],
) -> None:
    monitor = add()
    come(monitor, after(minutes=5))

    delete_monitor(principal=principal_of(owner), monitor_id=monitor.pk)

    assert (Monitor.objects.count(), CheckIn.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"rhythm": Rhythm("interval")}, ["interval_seconds"]),
        ({"rhythm": Rhythm("interval", 0)}, ["interval_seconds"]),
        ({"rhythm": Rhythm("interval", 10**9)}, ["interval_seconds"]),
        ({"rhythm": Rhythm("interval", 60, grace_seconds=-1)}, ["grace_seconds"]),
        ({"rhythm": Rhythm("cron", cron="* * *")}, ["cron"]),
        ({"rhythm": Rhythm("cron", cron="0 0 30 2 *")}, ["cron"]),
        ({"rhythm": Rhythm("cron", cron="* " * 60)}, ["cron"]),
        ({"rhythm": Rhythm("cron", cron="* * * * *", time_zone="Mars/Base")}, ["time_zone"]),
        ({"rhythm": Rhythm("hourly", 60)}, ["kind"]),
        ({"name": " "}, ["name"]),
        ({"config": {}}, ["config"]),
        ({"integration": "webhook:none"}, ["integration"]),
    ],
)
def test_a_monitor_that_cannot_work_is_refused(
    add: Callable[..., Monitor], values: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        add(**values)

    assert [problem.field for problem in refused.value.problems] == fields
    assert Monitor.objects.count() == 0


def test_who_may_make_see_and_change_monitors(
    add: Callable[..., Monitor],
    owner: User,
    teammate: User,
    outsider: User,
    project: Project,
    principal_of: Callable[..., Principal],
) -> None:
    monitor = add()
    mate, stranger = principal_of(teammate), principal_of(outsider)

    assert monitor_visible_to(mate, monitor.pk) == monitor
    assert list(monitors_of(mate, project_id=project.pk)) == [monitor]
    for caller, refusal in ((mate, Forbidden), (stranger, NotFound)):
        with pytest.raises(refusal):
            edit(monitor, caller)
        with pytest.raises(refusal):
            delete_monitor(principal=caller, monitor_id=monitor.pk)
        with pytest.raises(refusal):
            add(principal=caller)
    with pytest.raises(NotFound):
        monitors_of(stranger, project_id=project.pk)
    assert Monitor.objects.count() == 1
