"""Logs of runs: appended to, read whole and in parts, watched."""

import json
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from accounts.models import User
from tasks.models import LogChunk, Run, StreamPlace
from tasks.operations import run_streams
from tasktracker.core import clock
from tests.dialects.agents.conftest import Api, everything, invalid, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(api: Api) -> dict[str, Any]:
    return api.make()


@pytest.fixture
def path(api: Api, task: dict[str, Any]) -> str:
    run = api.call("POST", f"tasks/{task['id']}/run/").json()["latest_run"]
    return f"tasks/{task['id']}/runs/{run['id']}/"


def entry(method: str, second: int, **params: Any) -> dict[str, Any]:
    notification = {"jsonrpc": "2.0", "method": method, "params": params}
    return {
        "type": "notification",
        "timestamp": f"2026-03-02T12:00:{second:02}.000Z",
        "notification": notification,
    }


ENTRIES = [
    entry("_posthog/run_started", 1),
    entry("session/update", 2, update={"sessionUpdate": "agent_message", "text": "é\u2028"}),
    entry("_posthog/console", 3, message="a\nb"),
    {"free": "form"},
]


NO_OBJECT = 'Expected a dictionary of items but got type "str".'


def append(api: Api, path: str, *entries: Any, **headers: str) -> Any:
    return api.call("POST", f"{path}append_log/", {"entries": entries}, **headers)


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()


def lines(response: Any) -> list[Any]:
    return [json.loads(line) for line in text_of(response).split("\n") if line]


# --- appended -----------------------------------------------------------------------------------------------
def test_entries_are_kept_in_order(api: Api, path: str) -> None:
    first = append(api, path, *ENTRIES[:2])
    append(api, path, *ENTRIES[2:])

    assert first.status_code == 200
    assert first.json()["log_url"].startswith("http")
    response = api.call("GET", f"{path}logs")  # as the published client asks
    assert response.headers["Content-Type"] == "application/jsonl"
    assert response.headers["Cache-Control"] == "no-cache"
    assert lines(response) == ENTRIES


def test_an_empty_log_is_empty(api: Api, path: str) -> None:
    assert text_of(api.call("GET", f"{path}logs/")) == ""
    assert api.call("GET", f"{path}session_logs/").json() == []


def test_a_call_that_is_sent_again_appends_once(api: Api, path: str) -> None:
    key = {"Idempotency-Key": str(uuid4())}

    append(api, path, ENTRIES[0], **key)
    assert append(api, path, ENTRIES[0], **key).status_code == 200

    assert lines(api.call("GET", f"{path}logs/")) == ENTRIES[:1]
    wrong = append(api, path, ENTRIES[0], **{"Idempotency-Key": "again"})
    assert refusal(wrong, with_detail=False) == invalid("invalid_input", "Idempotency-Key")


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"entries": []}, invalid("invalid_input", "entries", "At least one log entry is required")),
        ({}, invalid("required", "entries", "This field is required.")),
        (
            {"entries": ["x"]},
            invalid("not_a_dict", "entries__0", 'Expected a dictionary of items but got type "str".'),
        ),
    ],
)
def test_what_is_no_entry_is_refused(api: Api, path: str, body: Any, refused: Any) -> None:
    before = everything()

    assert refusal(api.call("POST", f"{path}append_log/", body)) == refused
    assert everything() == before


def test_a_log_is_full_some_day(api: Api, path: str) -> None:
    Run.objects.update(log_bytes=64 * 2**20 - 5)

    assert refusal(append(api, path, {"a": 1}), with_detail=False) == invalid("max_length", "entries")
    assert not LogChunk.objects.exists()


def test_the_logs_of_what_a_run_carries_on_come_first(api: Api, path: str, task: dict[str, Any]) -> None:
    append(api, path, {"n": 1})
    said = {"resume_from_run_id": path.split("/")[3]}
    run = api.call("POST", f"tasks/{task['id']}/run/", said).json()["latest_run"]
    second = f"tasks/{task['id']}/runs/{run['id']}/"
    append(api, second, {"n": 2})

    assert lines(api.call("GET", f"{second}logs/")) == [{"n": 1}, {"n": 2}]
    assert lines(api.call("GET", f"{path}logs/")) == [{"n": 1}]
    assert api.call("GET", f"{second}session_logs/").json() == [{"n": 2}]


def test_log_url_needs_no_key(api: Api, path: str) -> None:
    url = urlsplit(append(api, path, ENTRIES[0]).json()["log_url"])

    found = api.client.get(f"{url.path}?{url.query}")

    assert lines(found) == ENTRIES[:1]
    assert api.client.get(f"{url.path}?{url.query[:-1]}0x").status_code == 404
    assert api.client.get(url.path).status_code == 404


# --- read in parts ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "found", "counts"),
    [
        ("", [0, 1, 2, 3], (4, 4, 4, "false")),
        ("limit=2", [0, 1], (4, 4, 2, "true")),
        ("limit=2&offset=2", [2, 3], (4, 4, 2, "false")),
        ("offset=9", [], (4, 4, 0, "false")),
        ("event_types=agent_message,_posthog/console", [1, 2], (4, 2, 2, "false")),
        ("event_types=agent_message,_posthog/console&limit=1", [1], (4, 2, 1, "true")),
        ("exclude_types=agent_message", [0, 2, 3], (4, 3, 3, "false")),
        ("after=2026-03-02T12:00:02Z", [2], (4, 1, 1, "false")),
        ("after=2026-03-02T12:00:00Z&exclude_types=_posthog/console", [0, 1], (4, 2, 2, "false")),
    ],
)
def test_entries_are_found_by_kind_and_moment(
    api: Api, path: str, query: str, found: list[int], counts: tuple[Any, ...]
) -> None:
    append(api, path, *ENTRIES[:3])
    append(api, path, *ENTRIES[3:])

    response = api.call("GET", f"{path}session_logs/?{query}")

    assert response.json() == [ENTRIES[number] for number in found]
    names = ("X-Total-Count", "X-Matching-Count", "X-Filtered-Count", "X-Has-More")
    assert tuple(response.headers[name] for name in names) == tuple(map(str, counts))


@pytest.mark.parametrize("query", ["limit=0", "limit=5001", "limit=x", "offset=-1", "after=soon"])
def test_a_wrong_part_is_refused(api: Api, path: str, query: str) -> None:
    response = api.call("GET", f"{path}session_logs/?{query}")

    assert (response.status_code, response.json()["attr"]) == (400, query.partition("=")[0])


# --- watched ------------------------------------------------------------------------------------------------
def events(response: Any) -> list[dict[str, str]]:
    """Read events as a browser does."""
    blocks = [block for block in text_of(response).split("\n\n") if block]
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


@pytest.fixture
def ended(api: Api, path: str) -> str:
    append(api, path, *ENTRIES)
    api.call("PATCH", path, {"status": "completed"})
    return path


def test_a_stream_tells_all_and_ends(api: Api, ended: str) -> None:
    response = api.call("GET", f"{ended}stream/")

    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-cache"
    state, *told, end = events(response)
    assert json.loads(state["data"])["type"] == "task_run_state"
    assert json.loads(state["data"])["status"] == "completed"
    assert [(each["id"], json.loads(each["data"])) for each in told] == [
        (str(number), each) for number, each in enumerate(ENTRIES)
    ]
    assert end == {"event": "stream-end", "data": '{"type":"stream_end"}'}
    assert StreamPlace.objects.get().held_until <= clock.now()


@pytest.mark.parametrize(
    ("query", "seen", "ids"),
    [
        ("", "1", ["2", "3"]),
        ("?start=latest", None, []),
        ("?start=latest", "2", ["3"]),
        ("", "x", list("0123")),
    ],
)
def test_a_stream_goes_on_where_the_reader_was(
    api: Api, ended: str, query: str, seen: str | None, ids: list[str]
) -> None:
    headers = {} if seen is None else {"Last-Event-ID": seen}

    response = api.call("GET", f"{ended}stream/{query}", **headers)

    assert [each["id"] for each in events(response) if "id" in each] == ids


def test_a_run_that_ended_in_silence_has_no_stream(api: Api, path: str) -> None:
    api.call("PATCH", path, {"status": "failed"})

    response = api.call("GET", f"{path}stream/")

    assert events(response)[-1] == {"event": "error", "data": '{"error":"Stream not available"}'}


def test_a_stream_ends_by_itself_and_shows_that_it_lives(
    api: Api, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_streams, "STREAM_SECONDS", 0.3)
    monkeypatch.setattr(run_streams, "KEEP_ALIVE_SECONDS", 0.1)
    monkeypatch.setattr(run_streams, "LOOK_SECONDS", 0.11)

    response = api.call("GET", f"{path}stream/")

    told = events(response)
    assert told[-1] == {"event": "keepalive", "data": '{"type":"keepalive"}'}
    assert "stream-end" not in {each.get("event") for each in told}


def test_an_account_watches_two_streams_at_a_time(api: Api, mates_api: Api, ended: str, owner: User) -> None:
    two = [api.call("GET", f"{ended}stream/") for _ in range(2)]

    third = api.call("GET", f"{ended}stream/")

    assert (third.status_code, third.json()["code"]) == (429, "throttled")
    assert int(third.headers["Retry-After"]) >= 1
    theirs = mates_api.call("GET", f"{ended}stream/")
    assert theirs.status_code == 200
    text_of(two.pop())
    again = api.call("GET", f"{ended}stream/")
    assert again.status_code == 200
    for response in (*two, theirs, again):
        text_of(response)


def test_a_process_keeps_threads_for_other_calls(
    api: Api, mates_api: Api, ended: str, make_user: Any, issue_key: Any
) -> None:
    open_ones = [caller.call("GET", f"{ended}stream/") for caller in (api, api, mates_api, mates_api)]
    StreamPlace.objects.all().delete()

    fifth = api.call("GET", f"{ended}stream/")

    assert fifth.status_code == 503
    assert "Retry-After" in fifth.headers
    for response in open_ones:
        text_of(response)
    assert text_of(api.call("GET", f"{ended}stream/"))
