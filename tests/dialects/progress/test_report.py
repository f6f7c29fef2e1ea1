"""PATCH, PUT and POST on one task: cases 10 to 14, 21 and 22 of progress.md."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tasks.models import Occurrence, Progress, Task
from tasks.rules.vocabulary import Event
from tests.dialects.progress.conftest import Api, everything, invalid, moment, refusal

pytestmark = pytest.mark.django_db

FAR = datetime(2100, 1, 1, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
CONFLICT = (409, "client_error", [{"code": "conflict", "attr": None}])


def log() -> list[tuple[str, str]]:
    return list(Occurrence.objects.order_by("pk").values_list("status", "source"))


# --- values -------------------------------------------------------------------------------------------------
def test_case_10_value_and_percent(api: Api) -> None:
    made = api.make()

    seen = [
        api.patch(made["id"], **said)
        for said in ({"value": 50}, {"value_max": 200}, {"value": None}, {"value": 5, "value_max": 0})
    ]

    assert [(each["value"], each["value_max"], each["value_percent"]) for each in seen] == [
        (50, 100, 50),
        (50, 200, 25),
        (None, 200, None),
        (5, 0, None),
    ]


def test_percent_is_rounded_down(api: Api) -> None:
    made = api.make(value=2, value_max=3)

    assert made["value_percent"] == 66
    assert api.patch(made["id"], value=7)["value_percent"] == 233
    assert api.patch(made["id"], value=2**63 - 1, value_max=1)["value_percent"] == 2**63 - 1


def test_case_11_a_heartbeat_moves_updated_and_nothing_else(api: Api) -> None:
    made = api.make(status="processing", value=3, data={"a": 1}, tags={"a": "bb"}, stale_timeout=60)

    beaten = api.patch(made["id"])

    assert moment(beaten["updated"]) > moment(made["updated"])
    assert {**beaten, "updated": ""} == {**made, "updated": ""}
    assert api.get(made["id"]) == beaten


def test_case_12_data_is_replaced_and_tags_are_added(api: Api) -> None:
    made = api.make(data={"a": 1, "b": 2}, tags={"a": "one", "c": "three"})

    patched = api.patch(made["id"], data={"c": 3}, tags={"b": "two", "c": "drei"})

    assert patched["data"] == {"c": 3}
    assert patched["tags"] == {"a": "one", "b": "two", "c": "drei"}
    assert api.get(made["id"]) == patched
    assert api.patch(made["id"], data=None)["data"] is None
    assert api.patch(made["id"], tags={})["tags"] == patched["tags"]


def test_case_13_put_takes_a_name_and_sets_the_status_back(api: Api) -> None:
    made = api.make("old", status="processing", value=7, data={"a": 1}, tags={"a": "aa"}, queue="q")

    response = api.call("PUT", f"{made['id']}/", {"name": "n"})

    assert response.status_code == 200
    changed = {"name": "n", "status": "pending", "updated": response.json()["updated"]}
    assert response.json() == {**made, **changed}
    assert refusal(api.call("PUT", f"{made['id']}/", {"value": 5})) == invalid("required", "name")
    assert api.call("PUT", f"{made['id']}/", {"name": "n", "status": "error"}).json()["status"] == "error"


def test_post_is_an_alias_of_patch(api: Api) -> None:
    made = api.make(value=5)

    response = api.call("POST", f"{made['id']}/", {"value": 6})

    assert (response.status_code, response.json()["value"]) == (200, 6)
    assert Task.objects.count() == 1


def test_everything_else_can_be_reported(api: Api) -> None:
    made = api.make()
    said = {
        "name": "new",
        "max_runtime": 60,
        "stale_timeout": 10,
        "queue": "",
        "external_id": "abc",
        "time_to_start": "00:00:05.120000",
        "start_time": "2026-03-02T12:00:00Z",
    }

    patched = api.patch(made["id"], **said)

    assert {name: patched[name] for name in said} == said
    assert Task.objects.get().search_text == "new\n"
    cleared = api.patch(made["id"], max_runtime=None, stale_timeout=None, time_to_start=None, start_time=None)
    assert (cleared["max_runtime"], cleared["stale_timeout"]) == (None, None)
    assert (cleared["time_to_start"], cleared["start_time"]) == (None, None)


def test_tags_stay_small_together(api: Api) -> None:
    made = api.make(tags={str(number): "x" * 255 for number in range(900)})
    before = everything()

    response = api.call("PATCH", f"{made['id']}/", {"tags": {f"b{n}": "x" * 255 for n in range(200)}})

    assert refusal(response) == invalid("max_length", "tags")
    assert everything() == before


def test_a_refused_report_changes_nothing(api: Api) -> None:
    made = api.make(status="processing", value=1)
    before = everything()

    for said in (
        {"value": 2, "status": "running"},
        {"value": 2, "name": ""},
        {"name": "n", "tags": {"a": "b"}},
    ):
        assert api.call("PATCH", f"{made['id']}/", said).status_code == 400

    assert everything() == before


def test_a_task_of_another_door_gets_its_progress_on_first_use(api: Api, owner: User) -> None:
    made = api.make()
    Progress.objects.all().delete()
    Task.objects.update(title="x" * 500)

    assert api.patch(made["id"])["value_max"] == 100
    assert Progress.objects.count() == 0
    patched = api.patch(made["id"], value=40)

    assert (patched["value_percent"], len(patched["name"])) == (40, 500)
    assert Progress.objects.count() == 1


# --- the way ------------------------------------------------------------------------------------------------
def test_case_14_the_moments_of_a_way(api: Api) -> None:
    made = api.make()

    begun = api.patch(made["id"], status="processing")
    later = api.patch(made["id"], status="post_processing", value=90)
    ended = api.patch(made["id"], status="success")

    assert begun["start_time"] == begun["updated"]
    assert begun["time_to_start"] is not None
    assert (later["start_time"], later["end_time"]) == (begun["start_time"], None)
    assert (ended["start_time"], ended["end_time"]) == (begun["start_time"], ended["updated"])
    assert ended["time_to_start"] == begun["time_to_start"]


def test_case_14_what_is_said_wins(api: Api) -> None:
    made = api.make()
    start, end = "2026-03-02T12:00:00Z", "2026-03-02T13:00:00.500000Z"

    begun = api.patch(made["id"], status="processing", start_time=start, time_to_start="00:01:00")
    ended = api.patch(made["id"], status="error", end_time=end)

    assert (begun["start_time"], begun["time_to_start"]) == (start, "00:01:00")
    assert (ended["start_time"], ended["end_time"]) == (start, end)


def test_case_21_a_clients_life(api: Api) -> None:
    made = api.make("import")

    api.patch(made["id"], status="processing", value=0)
    api.patch(made["id"], status="processing", value=10)
    api.patch(made["id"], value=15)
    api.patch(made["id"], status="post_processing", value=40)
    final = api.patch(made["id"], status="success", value=50)

    assert (final["status"], final["value"], final["value_percent"]) == ("success", 50, 50)
    assert log() == [("completed", "completion")]
    assert Task.objects.get().completed_at == moment(final["end_time"])


def test_case_22_a_cancelled_task_goes_on(api: Api) -> None:
    made = api.make(status="processing")

    cancelled = api.patch(made["id"], status="cancelled")
    resumed = api.patch(made["id"], status="processing")

    assert (cancelled["status"], cancelled["end_time"]) == ("cancelled", cancelled["updated"])
    assert (resumed["status"], resumed["end_time"]) == ("processing", None)
    assert resumed["start_time"] == made["start_time"]


@pytest.mark.parametrize("status", ["success", "error", "cancelled", "stale"])
@pytest.mark.parametrize("then", ["pending", "pre_processing", "error", "stale", "cancelled", "success"])
def test_any_status_may_follow_any_other(api: Api, status: str, then: str) -> None:
    made = api.make(status=status)

    assert api.patch(made["id"], status=then)["status"] == then
    assert api.get(made["id"])["status"] == then


def test_leaving_success_takes_the_completion_back(api: Api) -> None:
    made = api.make(status="success")

    api.patch(made["id"], status="processing")

    assert Task.objects.get().completed_at is None
    assert log() == [("invalidated", "completion")]


def test_the_same_status_again_is_nothing_new(api: Api) -> None:
    made = api.make(status="success")

    again = api.patch(made["id"], status="success", value=5)

    assert (again["end_time"], again["value"]) == (made["end_time"], 5)
    assert log() == [("completed", "completion")]


def test_a_pending_occurrence_is_completed_with_the_task(api: Api, owner: User) -> None:
    made = api.make()
    Occurrence.objects.create(task_id=made["id"], source="manual", created_at=PAST)

    api.patch(made["id"], status="success")

    assert log() == [("completed", "manual")]


def test_an_archived_task_is_not_reopened(api: Api) -> None:
    made = api.make(status="success")
    Task.objects.update(archived_at=PAST)
    before = everything()

    assert refusal(api.call("PATCH", f"{made['id']}/", {"status": "processing"})) == CONFLICT
    assert everything() == before


# --- who ----------------------------------------------------------------------------------------------------
def test_a_team_mate_reports_on_tasks_of_the_project(api: Api, mates_api: Api) -> None:
    made = api.make()

    assert mates_api.patch(made["id"], value=5)["value"] == 5


def test_an_outsider_reads_and_changes_nothing(api: Api, foreign_api: Api) -> None:
    made = api.make(data={"secret": "SECRET"}, actions=[])
    before = everything()

    for method in ("GET", "PUT", "PATCH", "POST", "DELETE"):
        body = None if method in {"GET", "DELETE"} else {"name": "mine"}
        response = foreign_api.call(method, f"{made['id']}/", body)
        assert refusal(response) == (404, "client_error", [{"code": "not_found", "attr": None}])
        assert b"SECRET" not in response.content
    assert everything() == before


# --- whom it tells ------------------------------------------------------------------------------------------
def test_webhooks_of_the_owner_hear_of_completion_and_its_undoing(
    api: Api, owner: User, principal_of: Any, at: datetime
) -> None:
    from tasks.operations.webhooks import register_webhook
    from tasktracker.outbox.models import Delivery

    register_webhook(
        principal=principal_of(owner),
        url="https://hooks.example.com",
        events=[str(event) for event in Event],
        at=at,
    )
    made = api.make()

    for status in ("processing", "success", "success", "error"):
        api.patch(made["id"], status=status)

    told = Delivery.objects.filter(kind="webhook").order_by("pk").values_list("event", flat=True)
    assert list(told) == ["task.completed", "task.invalidated"]


# --- cost ---------------------------------------------------------------------------------------------------
def work(captured: CaptureQueriesContext) -> list[str]:
    statements = [query["sql"] for query in captured]
    return [sql for sql in statements if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


def test_a_heartbeat_takes_at_most_four_statements(api: Api) -> None:
    made = api.make(stale_timeout=10, actions=[{"trigger": "*/10%", "integration": "email", "config": TO}])
    api.patch(made["id"])  # hot statements are compiled once

    with CaptureQueriesContext(connection) as captured:
        api.patch(made["id"])

    assert len(captured) == 3, "\n".join(query["sql"] for query in captured)


def test_a_report_takes_six_statements(api: Api) -> None:
    made = api.make(status="processing", actions=[{"trigger": "50%", "integration": "email", "config": TO}])
    api.patch(made["id"], value=1)

    with CaptureQueriesContext(connection) as captured:
        api.patch(made["id"], value=10)

    assert len(work(captured)) == 6, "\n".join(work(captured))


def test_a_creation_takes_a_constant_number_of_statements(api: Api) -> None:
    api.make()
    numbers = set()
    for _ in range(3):
        with CaptureQueriesContext(connection) as captured:
            api.make()
        numbers.add(len(work(captured)))

    assert len(numbers) == 1
    assert max(numbers) <= 8


TO = {"to": "a@example.com"}


def test_updated_never_stands_still(api: Api) -> None:
    made = api.make()
    before = Task.objects.get().updated_at

    Task.objects.update(updated_at=before - timedelta(seconds=5))
    api.patch(made["id"], value=None)

    assert Task.objects.get().updated_at > before - timedelta(seconds=5)
