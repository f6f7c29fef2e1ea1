"""Keys, public calls, limits, the end of an account, Beeminder: cases 36, 37, 39 and 40 of stakes.md."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from accounts.models import User
from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tests.architecture.tree import ROOT
from tests.dialects.stakes.conftest import (
    DAY,
    DUE_AT,
    FORBIDDEN,
    NOT_FOUND,
    Api,
    body_of,
    sweep,
)
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db

NO_CALENDAR = {
    "error": "Calendar token has not been generated for this user. "
    "Please use the POST /api2/me/calendar-token endpoint to generate a new calendar token."
}


# --- keys ---------------------------------------------------------------------------------------------------
def test_case_36_a_reset_ends_the_old_key(api: Api) -> None:
    fresh = body_of(api.post("/me/token"))

    assert body_of(api.get("/me"), 403) == FORBIDDEN
    for scheme in ("ApiKey-v2", "Bearer"):
        assert body_of(Api(api.client, fresh, scheme).get("/me/token")) == fresh
    assert fresh != api.key


def test_case_36_the_key_is_said_again(api: Api, outsider_api: Api) -> None:
    response = api.get("/me/token")

    assert body_of(response) == api.key
    assert response.headers["Cache-Control"] == "no-store"
    assert body_of(outsider_api.get("/me/token")) == outsider_api.key != api.key


def test_case_37_a_calendar_token_is_made_first(api: Api, client: Client) -> None:
    assert body_of(api.get("/me/calendar-token"), 400) == NO_CALENDAR
    assert body_of(api.get("/me"))["has_calendar_token"] is False

    token = body_of(api.post("/me/calendar-token"))

    assert body_of(api.get("/me/calendar-token")) == token
    assert body_of(api.get("/me"))["has_calendar_token"] is True
    assert client.get(f"/api2/calendar/{token}.ics").status_code == 200
    assert body_of(api.post("/me/calendar-token")) != token
    assert client.get(f"/api2/calendar/{token}.ics").status_code == 404


def test_a_calendar_token_is_no_key_and_a_key_no_calendar_token(api: Api, client: Client) -> None:
    token = body_of(api.post("/me/calendar-token"))

    assert body_of(Api(client, token).get("/me"), 403) == FORBIDDEN
    assert client.get(f"/api2/calendar/{api.key}.ics").status_code == 404


# --- for everybody ------------------------------------------------------------------------------------------
def test_case_39_health_says_whether_the_processor_is_there(client: Client, processor: FakeStripe) -> None:
    assert body_of(client.get("/api2/health/stripe")) == {"stripe": "ok"}


def test_case_39_health_says_that_it_is_not(client: Client, processor: FakeStripe) -> None:
    processor.fail({"kind": "500_before", "path": "/v1/balance", "probability": 1})

    assert body_of(client.get("/api2/health/stripe"), 503) == {"stripe": "unreachable"}


def test_case_39_health_without_any_processor(client: Client, db: None) -> None:
    assert body_of(client.get("/api2/health/stripe"), 503) == {"stripe": "unreachable"}


def test_stats_are_for_every_origin_and_kept(api: Api, client: Client) -> None:
    done, lost = api.make(), api.make()
    api.make()
    api.put(f"/me/tasks/{done['id']}", {"complete": True})
    api.post(f"/me/tasks/{lost['id']}/uncle")
    counted = {"totalTasks": 3, "activeStakes": 1, "percentageCompletion": 50}

    response = client.get("/api2/stats")

    assert body_of(response) == counted
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "public, max-age=21600"
    api.make()
    assert body_of(client.get("/api2/stats")) == counted


def test_stats_of_nothing(client: Client) -> None:
    assert body_of(client.get("/api2/stats")) == {
        "totalTasks": 0,
        "activeStakes": 0,
        "percentageCompletion": 0,
    }


def test_the_document_is_served_and_complete(client: Client) -> None:
    document = body_of(client.get("/api2/openapi.json"))

    assert sorted(document["paths"]) == [
        "/api2/health/stripe",
        "/api2/me",
        "/api2/me/calendar-token",
        "/api2/me/charges",
        "/api2/me/recurring",
        "/api2/me/recurring/{recurring_id}",
        "/api2/me/tasks",
        "/api2/me/tasks/{task_id}",
        "/api2/me/tasks/{task_id}/uncle",
        "/api2/me/token",
        "/api2/payments/checkout/session",
        "/api2/stats",
    ]
    public = {
        path
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if not operation.get("security")
    }
    assert public == {"/api2/health/stripe", "/api2/stats"}
    assert (ROOT / "docs" / "dialects" / "stakes.md").exists()


@pytest.mark.parametrize("path", ["/nowhere", "/me/nowhere", "/me/tasks/x/y", "", "/health", "/health/x"])
def test_a_path_that_is_not_there_is_404_in_json(api: Api, path: str) -> None:
    assert body_of(api.get(path), 404) == NOT_FOUND


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/me", "GET, PUT, DELETE, HEAD"),
        ("DELETE", "/me/tasks", "GET, POST, HEAD"),
        ("GET", "/me/charges", "POST"),
        ("POST", "/stats", "GET, HEAD"),
        ("OPTIONS", "/me", "GET, PUT, DELETE, HEAD"),
    ],
)
def test_a_wrong_method_is_405_in_json(api: Api, method: str, path: str, allowed: str) -> None:
    response = api.send(method, path)

    assert body_of(response, 405) == {"error": "Method Not Allowed"}
    assert set(response.headers["Allow"].split(", ")) == set(allowed.split(", "))


# --- limits -------------------------------------------------------------------------------------------------
def statuses(answers: Iterable[Any]) -> list[int]:
    return [answer.status_code for answer in answers]


def test_case_40_the_61st_call_in_ten_seconds_is_429(api: Api, outsider_api: Api) -> None:
    first = [Api(api.client, api.key, ("ApiKey-v2", "Bearer")[turn % 2]).get("/me") for turn in range(60)]

    last = api.get("/me")

    assert statuses(first) == [200] * 60
    assert body_of(last, 429) == {"error": "Too Many Requests"}
    assert 1 <= int(last.headers["Retry-After"]) <= 10
    assert outsider_api.get("/me").status_code == 200


def test_case_40_an_address_without_a_key_has_a_limit_of_its_own(api: Api, client: Client) -> None:
    strangers = [client.get("/api2/me") for _ in range(30)] + [
        client.get("/api2/me", headers={"Authorization": f"Bearer {number}"}) for number in range(30)
    ]

    refused = client.get("/api2/me")

    assert statuses(strangers) == [403] * 60
    assert body_of(refused, 429) == {"error": "Too Many Requests"}
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    assert api.get("/me").status_code == 200
    assert body_of(client.get("/api2/me", REMOTE_ADDR="10.1.2.3"), 403) == FORBIDDEN


# --- the end ------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("card")
def test_case_40_a_closed_account_is_charged_no_more(
    api: Api, outsider_api: Api, client: Client, processor: FakeStripe
) -> None:
    token = body_of(api.post("/me/calendar-token"))
    api.make(recurrence={"days": 7})
    given_up = api.make()
    api.post(f"/me/tasks/{given_up['id']}/uncle")

    response = api.delete("/me")

    assert (response.status_code, response.content) == (204, b"")
    assert body_of(api.get("/me"), 403) == FORBIDDEN
    assert client.get(f"/api2/calendar/{token}.ics").status_code == 404
    for day in (0, 1, 2, 8):
        sweep(DUE_AT + day * DAY)
    assert processor.movements() == []
    assert outsider_api.get("/me").status_code == 200
    assert not User.objects.filter(email="owner@example.com").exists()


def test_case_40_nobody_closes_anothers_account(teammate_api: Api, api: Api) -> None:
    assert teammate_api.delete("/me").status_code == 204

    assert body_of(teammate_api.get("/me"), 403) == FORBIDDEN
    assert body_of(api.get("/me"))["email"] == "owner@example.com"


# --- Beeminder ----------------------------------------------------------------------------------------------
class Goals:
    """Beeminder on loopback: which goals got which points."""

    def __init__(self, server: HTTPServer) -> None:
        self.points: list[tuple[str, dict[str, str]]] = []
        server.expect_request(re.compile(".*"), method="POST").respond_with_handler(self._take)
        self.url = server.url_for("/api/v1")

    def _take(self, request: Request) -> Response:
        self.points.append((request.path, request.form.to_dict()))
        return Response("{}", content_type="application/json")

    @property
    def goals(self) -> list[str]:
        return sorted(path.split("/")[-2] for path, _ in self.points)


@pytest.fixture
def goals(httpserver: HTTPServer, settings: Settings) -> Goals:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    receiver = Goals(httpserver)
    settings.TASKTRACKER_BEEMINDER_URL = receiver.url
    return receiver


def test_case_40_beeminder_hears_of_new_and_done_tasks(api: Api, goals: Goals) -> None:
    api.put("/me", {"beeminder_user": "jon", "beeminder_token": "t0k", "beeminder_goal_new_tasks": "d"})

    task = api.make(task="x &g1 *g2")
    sweep(clock.now())
    assert goals.goals == ["d", "g1"]
    api.put(f"/me/tasks/{task['id']}", {"complete": True})
    api.put(f"/me/tasks/{task['id']}", {"complete": False})
    api.put(f"/me/tasks/{task['id']}", {"complete": True})
    sweep(clock.now())

    assert goals.goals == ["d", "g1", "g2"]
    assert {point["value"] for _, point in goals.points} == {"1"}
    assert {point["auth_token"] for _, point in goals.points} == {"t0k"}
    assert goals.points[0][0].startswith("/api/v1/users/jon/goals/")


def test_case_40_without_beeminder_nothing_is_told(api: Api, goals: Goals) -> None:
    task = api.make(task="x &g1 *g2")
    api.put(f"/me/tasks/{task['id']}", {"complete": True})

    sweep(clock.now())

    assert goals.points == []
    assert not Delivery.objects.filter(kind="data_point").exists()
