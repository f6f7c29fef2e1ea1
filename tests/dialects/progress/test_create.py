"""POST /api/{org}/{project}/tasks: cases 1 to 3, 7 to 9 and 34 of progress.md, and what may be in a body."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Action, CheckIn, Monitor, Occurrence, Progress, Task
from tasks.operations.monitors import add_monitor
from tasks.rules.monitors import Rhythm
from tests.conftest import NOW
from tests.dialects.progress.conftest import Api, everything, invalid, moment, refusal

pytestmark = pytest.mark.django_db

MAIL = {"integration": "email", "config": {"to": "a@example.com"}}


def test_case_01_a_bare_task(api: Api, owner: User, project: Project) -> None:
    response = api.call("POST", "", {"name": "t", "status": "pending"})

    task = Task.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": str(task.pk),
        "organization": "acme",
        "project": "web",
        "name": "t",
        "status": "pending",
        "value": None,
        "value_max": 100,
        "value_percent": None,
        "data": None,
        "tags": {},
        "start_time": None,
        "end_time": None,
        "time_to_start": None,
        "max_runtime": None,
        "stale_timeout": None,
        "queue": "",
        "external_id": "",
        "parent": None,
        "created": response.json()["created"],
        "updated": response.json()["created"],
        "url": f"{settings.TASKTRACKER_BASE_URL}/a/acme/tasks/{task.pk}/",
        "public_url": f"{settings.TASKTRACKER_BASE_URL}/public/tasks/{task.pk}/",
    }
    assert moment(response.json()["created"]) == task.created_at
    assert (task.owner_id, task.project_id, task.title) == (owner.pk, project.pk, "t")


def test_case_02_everything_at_once_is_echoed(
    api: Api, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    monitor = add_monitor(
        principal=principal_of(owner),
        project_id=project.pk,
        name="nightly",
        rhythm=Rhythm("interval", 3600),
        at=NOW,
        **MAIL,
    )
    said: dict[str, Any] = {
        "name": "n" * 255,
        "status": "processing",
        "value": 7,
        "value_max": 30,
        "data": {"a": [1, 2.5, None, {"ü": "😀"}], "": True},
        "tags": {"env": "prod", "a.b": "cc", "long": "x" * 255},
        "start_time": "2026-03-02T12:00:00.123456Z",
        "end_time": "2026-03-02T14:00:00+02:00",
        "time_to_start": "1 02:03:04.500000",
        "max_runtime": 2147483647,
        "stale_timeout": 1,
        "queue": "q" * 255,
        "external_id": "e" * 255,
        "parent": None,
    }
    actions = [{"trigger": "100%", **MAIL}]

    response = api.call("POST", "", {**said, "actions": actions}, **{"X-TASKBADGER-MONITOR": str(monitor.pk)})

    body = response.json()
    assert response.status_code == 201
    assert {name: body[name] for name in said} == {**said, "end_time": "2026-03-02T12:00:00Z"}
    assert body["value_percent"] == 23
    assert "actions" not in body
    assert api.get(body["id"]) == body
    assert Action.objects.get().trigger == "100%"
    assert CheckIn.objects.get().monitor == monitor


@pytest.mark.parametrize("slash", ["", "/"])
def test_case_03_both_spellings_without_a_redirect(api: Api, slash: str) -> None:
    response = api.client.post(
        f"/api/acme/web/tasks{slash}",
        {"name": "t"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {api.key}"},
    )

    assert response.status_code == 201
    assert Task.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"name": ""}, "blank"),
        ({"name": "   "}, "blank"),
        ({"name": None}, "null"),
        ({"name": "n" * 256}, "max_length"),
        ({"name": ["n"]}, "invalid"),
        ({"name": True}, "invalid"),
    ],
)
def test_case_07_a_name_is_needed(api: Api, body: dict[str, Any], code: str) -> None:
    before = everything()

    assert refusal(api.call("POST", "", body)) == invalid(code, "name")
    assert everything() == before


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("status", "running", "invalid_choice"),
        ("status", "expired", "invalid_choice"),
        ("status", None, "null"),
        ("status", "", "invalid_choice"),
        ("status", ["pending"], "invalid_choice"),
        ("value", -1, "min_value"),
        ("value", "abc", "invalid"),
        ("value", 1.5, "invalid"),
        ("value", True, "invalid"),
        ("value", "1_000", "invalid"),
        ("value", "\u0665", "invalid"),
        ("value", {}, "invalid"),
        ("value", 2**63, "max_value"),
        ("value_max", -1, "min_value"),
        ("value_max", None, "null"),
        ("stale_timeout", 0, "min_value"),
        ("stale_timeout", 2147483648, "max_value"),
        ("max_runtime", 0, "min_value"),
        ("max_runtime", 1e300, "invalid"),
        ("start_time", "x", "invalid"),
        ("start_time", 5, "invalid"),
        ("start_time", "1969-12-31T23:59:59Z", "overflow"),
        ("start_time", "0001-01-01T00:00:00+14:00", "overflow"),
        ("end_time", "9999-12-31T23:59:59Z", "overflow"),
        ("end_time", "2026-13-01T00:00:00Z", "invalid"),
        ("time_to_start", "x", "invalid"),
        ("time_to_start", "-00:00:01", "min_value"),
        ("time_to_start", "99999999 00:00:00", "max_value"),
        ("queue", "q" * 256, "max_length"),
        ("queue", None, "null"),
        ("external_id", "e" * 256, "max_length"),
        ("parent", "x", "invalid"),
        ("parent", 5, "invalid"),
        ("actions", None, "null"),
        ("data", {"x": "y" * 262_144}, "max_length"),
    ],
)
def test_case_08_a_value_out_of_range(api: Api, field: str, value: Any, code: str) -> None:
    before = everything()

    assert refusal(api.call("POST", "", {"name": "t", field: value})) == invalid(code, field)
    assert everything() == before


def test_actions_are_a_list(api: Api) -> None:
    response = api.call("POST", "", {"name": "t", "actions": {}})

    assert refusal(response) == invalid("not_a_list", "actions.non_field_errors")


@pytest.mark.parametrize(
    ("tags", "code", "attr"),
    [
        ({"a": "b"}, "min_length", "tags.a"),
        ({"a": "b" * 256}, "max_length", "tags.a"),
        ({"a": None}, "null", "tags.a"),
        ({"a": ""}, "blank", "tags.a"),
        ({"a": ["bb"]}, "invalid", "tags.a"),
        (["aa"], "not_a_dict", "tags"),
        ("aa", "not_a_dict", "tags"),
        (None, "null", "tags"),
        ({str(number): "x" * 255 for number in range(1100)}, "max_length", "tags"),
    ],
)
def test_case_09_a_bad_tag(api: Api, tags: Any, code: str, attr: str) -> None:
    before = everything()

    assert refusal(api.call("POST", "", {"name": "t", "tags": tags})) == invalid(code, attr)
    assert everything() == before


def test_several_wrong_values_are_told_at_once(api: Api) -> None:
    response = api.call("POST", "", {"name": "", "value": -1, "tags": {"a": "b"}})

    assert refusal(response) == (
        400,
        "validation_error",
        [
            {"code": "blank", "attr": "name"},
            {"code": "min_value", "attr": "value"},
            {"code": "min_length", "attr": "tags.a"},
        ],
    )


@pytest.mark.parametrize("body", [[], [{"name": "t"}], "name", 5, None, True])
def test_a_body_is_an_object(api: Api, body: Any) -> None:
    response = api.client.post(
        "/api/acme/web/tasks/",
        body if isinstance(body, list) else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {api.key}"},
    )

    assert refusal(response) == invalid("null" if body is None else "invalid", "non_field_errors")
    assert Task.objects.count() == 0


def test_unknown_fields_and_read_only_ones_are_ignored(api: Api) -> None:
    made = api.make(id=str(uuid4()), organization="other", created="x", url=5, owner=1, project_id=9)

    assert (made["organization"], made["project"]) == ("acme", "web")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"value": "50"}, 50),
        ({"value": " 50 "}, 50),
        ({"value": 50.0}, 50),
        ({"value": 2**63 - 1}, 2**63 - 1),
        ({"value": None}, None),
    ],
)
def test_numbers_are_read_as_generously_as_by_the_original(
    api: Api, said: dict[str, Any], read: int | None
) -> None:
    assert api.make(**said)["value"] == read


@pytest.mark.parametrize(
    "data",
    [None, True, 0, -1, 1.5, 1e300, 2**64 - 1, "", "text", [], {}, {"b": 1, "a": 2}, [[[]]], {"x": None}],
)
def test_data_comes_back_as_it_was_sent(api: Api, data: Any) -> None:
    made = api.make(data=data)

    assert made["data"] == data
    assert api.get(made["id"])["data"] == data
    assert api.call("GET", "").json()["results"][0]["data"] == data
    if isinstance(data, dict):
        assert list(made["data"]) == list(data)


def test_a_task_that_is_made_running_has_begun(api: Api) -> None:
    made = api.make(status="processing", value=0)

    assert (made["start_time"], made["time_to_start"]) == (made["created"], "00:00:00")
    assert (made["end_time"], made["value_percent"]) == (None, 0)


def test_a_task_that_is_made_done_is_completed(api: Api) -> None:
    made = api.make(status="success")

    task = Task.objects.get()
    assert (made["status"], made["start_time"], made["end_time"]) == ("success", None, made["created"])
    assert task.completed_at == task.created_at
    assert list(Occurrence.objects.values_list("status", "source")) == [("completed", "completion")]


@pytest.mark.parametrize(
    ("status", "has_begun", "has_ended"),
    [
        ("pre_processing", True, False),
        ("post_processing", True, False),
        ("error", False, True),
        ("cancelled", False, True),
        ("stale", False, False),
    ],
)
def test_every_other_status_can_be_the_first(api: Api, status: str, has_begun: bool, has_ended: bool) -> None:
    made = api.make(status=status)

    assert made["status"] == status
    assert (made["start_time"] is not None, made["end_time"] is not None) == (has_begun, has_ended)


# --- who ----------------------------------------------------------------------------------------------------
def test_a_team_mate_makes_tasks_of_their_own_in_the_project(
    mates_api: Api, api: Api, teammate: User
) -> None:
    made = mates_api.make()

    assert Task.objects.get().owner_id == teammate.pk
    assert api.get(made["id"]) == made


def test_an_outsider_makes_nothing_here(foreign_api: Api, project: Project) -> None:
    before = everything()

    response = Api(foreign_api.client, foreign_api.key).call("POST", "", {"name": "t"})

    assert (response.status_code, response.json()["errors"][0]["code"]) == (404, "not_found")
    assert everything() == before


# --- monitors -----------------------------------------------------------------------------------------------
@pytest.fixture
def monitor(owner: User, project: Project, principal_of: Callable[..., Principal]) -> Monitor:
    return add_monitor(
        principal=principal_of(owner),
        project_id=project.pk,
        name="nightly",
        rhythm=Rhythm("interval", 3600),
        at=datetime(2100, 1, 1, tzinfo=UTC),  # expected later than any clock that runs this
        **MAIL,
    )


def test_case_34_a_monitor_records_the_run(api: Api, monitor: Monitor) -> None:
    response = api.call("POST", "", {"name": "t"}, **{"X-TASKBADGER-MONITOR": str(monitor.pk)})

    task, check_in = Task.objects.get(), CheckIn.objects.get()
    assert response.status_code == 201
    assert (check_in.monitor_id, check_in.task_id, check_in.was_late) == (monitor.pk, task.pk, False)
    monitor.refresh_from_db()
    assert monitor.last_check_in_at == check_in.created_at == task.created_at


@pytest.mark.parametrize("header", ["not-a-uuid", "5", "{}", "0190a0b000007000800000000000aaaa"])
def test_case_34_a_malformed_monitor_is_refused(api: Api, monitor: Monitor, header: str) -> None:
    before = everything()

    response = api.call("POST", "", {"name": "t"}, **{"X-TASKBADGER-MONITOR": header})

    assert refusal(response) == invalid("invalid", "X-TASKBADGER-MONITOR")
    assert everything() == before


def test_an_unknown_or_foreign_monitor_changes_nothing(
    api: Api, foreign_api: Api, monitor: Monitor, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = {"X-TASKBADGER-MONITOR": str(monitor.pk)}

    assert foreign_api.call("POST", "", {"name": "t"}, **theirs).status_code == 201
    assert api.call("POST", "", {"name": "t"}, **{"X-TASKBADGER-MONITOR": str(uuid4())}).status_code == 201

    assert CheckIn.objects.count() == 0
    assert [record.message for record in caplog.records].count("monitor.unknown") == 2
    assert Progress.objects.count() == 2
