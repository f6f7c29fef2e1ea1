"""The feed as a subscriber sees it: cases 37 and 38 of stakes.md, P28 of reliability.md."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import GuessCounter, Project, User
from accounts.operations.derived_keys import calendar_token, reset_calendar_token
from accounts.rules.principal import Principal
from calendarfeed import views
from charges.operations.staking import create_staked_task
from tasks.models import Task
from tasks.operations.editing import create_task, edit_task
from tasks.operations.lifecycle import complete_task
from tasks.operations.shelving import archive_task, delete_task
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

DUE = datetime(2040, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    return principal_of(owner)


@pytest.fixture
def address(caller: Principal) -> str:
    """The path of the owner's feed."""
    return f"/api2/calendar/{reset_calendar_token(principal=caller)}.ics"


def subscribe(client: Client, address: str, **headers: str) -> Any:
    return client.get(address, headers=headers)


def summaries(response: Any) -> list[str]:
    assert response.status_code == 200
    calendar = icalendar.Calendar.from_ical(response.content)
    return [str(event["SUMMARY"]) for event in calendar.walk("VEVENT")]


def test_the_feed_lists_what_is_pending_and_due(client: Client, caller: Principal, address: str) -> None:
    create_staked_task(
        principal=caller, title="Milk, eggs; \N{EGG}\nbread", due_at=DUE, stake_cents=500, at=NOW
    )
    create_task(principal=caller, title="Without a stake", due_at=DUE + timedelta(days=1), at=NOW)
    create_task(principal=caller, title="Without a deadline", at=NOW)
    done = create_task(principal=caller, title="Done", due_at=DUE, at=NOW)
    complete_task(principal=caller, task_id=done.pk, at=NOW)
    gone = create_task(principal=caller, title="Deleted", due_at=DUE, at=NOW)
    delete_task(principal=caller, task_id=gone.pk, at=NOW)
    away = create_task(principal=caller, title="Archived", due_at=DUE, at=NOW)
    archive_task(principal=caller, task_id=away.pk, at=NOW)
    for status in ("expired", "cancelled"):
        task = create_task(principal=caller, title=status, due_at=DUE, at=NOW)
        Task.objects.filter(pk=task.pk).update(status=status)

    response = subscribe(client, address)

    assert summaries(response) == ["Milk, eggs; \N{EGG}\nbread ($5.00)", "Without a stake"]
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("spelling", ["{}", "{}.ics", "{}/", "{}.ics/"])
def test_the_ending_is_optional(client: Client, caller: Principal, spelling: str) -> None:
    token = reset_calendar_token(principal=caller)

    assert summaries(subscribe(client, "/api2/calendar/" + spelling.format(token))) == []


def test_only_its_owners_tasks_are_shown(
    client: Client, address: str, teammate: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    create_task(principal=principal_of(teammate), title="Shared", due_at=DUE, project_id=project.pk, at=NOW)

    assert summaries(subscribe(client, address)) == []


@pytest.mark.parametrize(
    "path",
    [
        "/api2/calendar/nothing.ics",
        "/api2/calendar/cal_1_" + "0" * 40,
        "/api2/calendar/cal_999999999999999999999_" + "0" * 40,
        "/api2/calendar/%00",
        "/api2/calendar/%F0%9F%8E%89.ics",
        "/api2/calendar/a/b",
        "/api2/calendar/",
        "/api2/calendar",
    ],
)
def test_every_miss_is_the_same(client: Client, address: str, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response.content) == (404, b"Not Found")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_stakes_key_or_an_old_token_opens_nothing(client: Client, caller: Principal) -> None:
    old = reset_calendar_token(principal=caller)
    reset_calendar_token(principal=caller)

    assert client.get(f"/api2/calendar/{old}.ics").content == b"Not Found"
    assert summaries(client.get(f"/api2/calendar/{calendar_token(principal=caller)}.ics")) == []


def test_a_closed_account_has_no_feed(client: Client, owner: User, address: str) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_can_only_be_read(client: Client, address: str, method: str) -> None:
    response = client.generic(method, address)

    assert (response.status_code, response.content) == (405, b"Method Not Allowed")
    assert response.headers["Allow"] == "GET, HEAD"


def test_head_says_what_get_would(client: Client, address: str) -> None:
    head, get = client.head(address), client.get(address)

    assert head.status_code == 200
    assert head.headers["ETag"] == get.headers["ETag"]


# --- again and again ----------------------------------------------------------------------------------------
def test_an_unchanged_feed_is_304(client: Client, caller: Principal, address: str) -> None:
    create_task(principal=caller, title="Water", due_at=DUE, at=NOW)
    first = subscribe(client, address)

    by_etag = subscribe(client, address, if_none_match=first.headers["ETag"])
    by_time = subscribe(client, address, if_modified_since=first.headers["Last-Modified"])

    assert first.headers["Last-Modified"] == "Mon, 02 Mar 2026 12:00:00 GMT"
    assert (by_etag.status_code, by_etag.content) == (304, b"")
    assert (by_time.status_code, by_time.content) == (304, b"")
    assert by_etag.headers["ETag"] == first.headers["ETag"]
    assert by_etag.headers["Cache-Control"] == "no-cache"


def test_each_change_is_told(client: Client, caller: Principal, address: str) -> None:
    task = create_task(principal=caller, title="Water", due_at=DUE, at=NOW)
    first = subscribe(client, address)
    later = NOW + timedelta(hours=1)

    edit_task(principal=caller, task_id=task.pk, title="Water plants", at=later)
    second = subscribe(client, address, if_none_match=first.headers["ETag"])
    complete_task(principal=caller, task_id=task.pk, at=later + timedelta(hours=1))
    third = subscribe(client, address, if_modified_since=second.headers["Last-Modified"])

    assert summaries(second) == ["Water plants"]
    assert summaries(third) == []


def test_a_change_of_this_very_second_is_not_hidden_by_the_last(
    client: Client, caller: Principal, address: str
) -> None:
    task = create_task(principal=caller, title="Water", due_at=DUE, at=NOW)
    from tasktracker.core import clock

    edit_task(principal=caller, task_id=task.pk, title="Just now", at=clock.now())
    first = subscribe(client, address)

    again = subscribe(client, address, if_modified_since=first.headers["Last-Modified"])

    assert summaries(again) == ["Just now"]


# --- limits, faults, size -----------------------------------------------------------------------------------
def test_guessing_ends_in_429_and_right_tokens_do_not_count(
    client: Client, address: str, settings: Settings
) -> None:
    settings.TASKTRACKER_GUESS_LIMITS = {**settings.TASKTRACKER_GUESS_LIMITS, "calendar.address": (3, 900)}

    polls = [client.get(address).status_code for _ in range(5)]
    guesses = [client.get(f"/api2/calendar/cal_1_{number:040x}").status_code for number in range(4)]
    refused = client.get(address)

    assert polls == [200] * 5
    assert guesses == [404, 404, 404, 429]
    assert (refused.status_code, refused.content) == (429, b"Too Many Requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 900
    assert client.get(address, REMOTE_ADDR="10.1.2.3").status_code == 200
    assert GuessCounter.objects.get().guesses == 3


def test_a_feed_that_cannot_be_made_says_so(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(views, "open_deadlines", fail)
    client.raise_request_exception = False

    response = client.get(address)

    assert (response.status_code, response.content) == (500, b"Internal Server Error")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_an_outage_says_when_to_come_back(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(views, "open_deadlines", fail)

    response = client.get(address)

    assert (response.status_code, response.content) == (503, b"Service Unavailable")
    assert response.headers["Retry-After"] == "1"


def test_ten_thousand_deadlines_take_as_many_statements_as_one(
    client: Client, caller: Principal, address: str
) -> None:
    task = create_task(principal=caller, title="Task 0", due_at=DUE, at=NOW)
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(address)
    many_tasks = [
        Task(
            project_id=task.project_id,
            owner_id=task.owner_id,
            title=f"Task {number}, with \N{PARTY POPPER} and more",
            due_at=DUE + timedelta(minutes=number),
            created_at=NOW,
            updated_at=NOW,
        )
        for number in range(1, 10_000)
    ]
    Task.objects.bulk_create(many_tasks, batch_size=1000)

    with CaptureQueriesContext(connection) as many:
        response = client.get(address)

    assert len(many) == len(few) <= 5
    assert response.content.count(b"BEGIN:VEVENT") == 10_000
    assert len(summaries(response)) == 10_000


def test_no_token_is_logged(client: Client, address: str, caplog: pytest.LogCaptureFixture) -> None:
    token = address.rpartition("/")[2].removesuffix(".ics")

    client.get(address)
    client.get(address + "x")

    assert token not in "".join(str(record.__dict__) for record in caplog.records)
