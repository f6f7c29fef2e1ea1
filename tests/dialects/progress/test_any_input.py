"""Whatever is sent: an answer in its own words, and nothing stored that cannot be read again (P18, P19)."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from tasks.rules.progress import REPORTABLE
from tests.dialects.progress.conftest import Api

pytestmark = pytest.mark.django_db

NASTY = [
    *(
        "",
        " ",
        "\0",
        "\ud800",
        "\u202e",
        "é",
        "😀" * 3,
        "x" * 255,
        "x" * 256,
        "x" * 501,
        "<b>",
        "%00",
        "\u0665",
    ),
    *("null", "NaN", "1e999", "-1", "0", "2147483648", "9223372036854775808", "1_0", "00:00:01"),
    *("2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "2026-W01"),
    *("01900000-0000-7000-8000-000000000000", "{01900000-0000-7000-8000-000000000000}", "urn:uuid:x"),
    *("*/10%", "success", "email", "webhook:hook", "a@example.com"),
]
NUMBERS = [0, 1, -1, 100, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63), 10**40, 0.5, 1e300, 5.0]
plain = st.sampled_from([*NASTY, *NUMBERS, None, True, False]) | st.text(max_size=20)
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NASTY, "to", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)
action = st.fixed_dictionaries(
    {},
    optional={"trigger": values, "integration": values, "config": values | st.just({"to": "a@example.com"})},
)
body = values | st.fixed_dictionaries(
    {},
    optional={
        "name": values | st.just("job"),
        "status": values | st.sampled_from(sorted(REPORTABLE)),
        "tags": values | st.dictionaries(st.sampled_from(NASTY), st.sampled_from(NASTY), max_size=3),
        "actions": values | st.lists(action, max_size=3),
        **dict.fromkeys(("value", "value_max", "max_runtime", "stale_timeout", "data"), values),
        **dict.fromkeys(("start_time", "end_time", "time_to_start"), values),
        **dict.fromkeys(("queue", "external_id", "parent", "id", "organization"), values),
    },
)
many = hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _without_limits(settings: Settings) -> None:
    settings.TASKTRACKER_LIMIT_SCALE = 1000


def send(api: Api, method: str, path: str, said: Any) -> Any:
    return Client(raise_request_exception=False).generic(
        method,
        f"/api/{api.place}/tasks/{path}",
        json.dumps(said).encode("utf-8", "surrogatepass"),
        content_type="application/json",
        headers={"Authorization": f"Bearer {api.key}"},
    )


def require_answer(response: Any) -> bool:
    """Tell whether it was taken; a refusal is one in the envelope."""
    if response.status_code in {200, 201}:
        return True
    assert response.status_code in {400, 409}, response.content
    told = response.json()
    assert set(told) == {"type", "errors"}
    assert all(set(each) == {"code", "detail", "attr"} for each in told["errors"])
    return False


@given(body, body)
@many
def test_any_task_and_any_report(api: Api, made: Any, said: Any) -> None:
    response = send(api, "POST", "", made)
    if not require_answer(response):
        response = send(api, "POST", "", {"name": "job"})
    task_id = response.json()["id"]

    for method in ("PATCH", "PUT"):
        require_answer(send(api, method, f"{task_id}/", said))

    shown = api.get(task_id)
    assert shown in api.call("GET", "").json()["results"]
    assert shown["status"] in REPORTABLE
    assert api.client.get(f"/public/tasks/{task_id}/").status_code == 200


@given(action | values, action | values)
@many
def test_any_action(api: Api, made: Any, said: Any) -> None:
    task_id = api.make()["id"]
    response = send(api, "POST", f"{task_id}/actions/", made)
    if not require_answer(response):
        good = {"trigger": "*/1", "integration": "email", "config": {"to": "a@example.com"}}
        response = send(api, "POST", f"{task_id}/actions/", good)
    action_id = response.json()["id"]

    for method in ("PATCH", "PUT"):
        require_answer(send(api, method, f"{task_id}/actions/{action_id}/", said))

    (shown,) = api.call("GET", f"{task_id}/actions/").json()
    assert shown == api.call("GET", f"{task_id}/actions/{action_id}/").json()
    assert api.patch(task_id, value=100, status="success")["status"] == "success"
