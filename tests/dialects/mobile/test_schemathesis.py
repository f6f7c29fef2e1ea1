"""Every operation of docs/openapi/mobile.json, called with what fits its description and with what does not.

Bounded, and the same calls on every run: what is asked here is that no answer leaves the contract.
"""

from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import orjson
import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import strategies
from pytest_django import Settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)

from accounts.models import Credential, User
from accounts.operations.credentials import issue_triggers_token
from accounts.operations.push_tokens import register_push_token
from accounts.rules.principal import Principal
from tasks.models import Task, Webhook
from tasks.operations.lifecycle import trigger_task
from tasks.operations.webhooks import send_test_event
from tasktracker.outbox.models import Delivery
from tests.architecture.tree import ROOT
from tests.conftest import NOW
from tests.dialects.mobile.conftest import ABSENT, CODES, Phone

pytestmark = pytest.mark.django_db

ALLOWED = {200, 201, 204, 400, 401, 403, 404, 409, 422, 429, 500}
BOUNDS = hypothesis.settings(
    max_examples=6,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.generate],
)
CHECKS = [
    not_a_server_error,
    response_schema_conformance,
    response_headers_conformance,
    content_type_conformance,
]
DOCUMENT = orjson.loads((ROOT / "docs" / "openapi" / "mobile.json").read_bytes())
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Keep the test's own connection open after a request, as Django's test client does."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def real_ids(
    owner: User, principal_of: Callable[..., Principal], task: Task, webhook: Webhook
) -> dict[str, str]:
    """Things of the owner's, by the name that they have in paths."""
    caller = principal_of(owner)
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=NOW)
    send_test_event(principal=caller, webhook_id=webhook.pk, at=NOW)
    device = register_push_token(principal=caller, token="t", platform="ios", at=NOW)
    token = issue_triggers_token(principal=caller, name="t", scope="user", at=NOW).credential
    return {
        "task_id": str(task.pk),
        "occurrence_id": str(occurrence.pk),
        "webhook_id": str(webhook.pk),
        "delivery_id": str(Delivery.objects.filter(endpoint=str(webhook.pk)).latest("pk").pk),
        "token_id": str(token.pk),
        "push_device_id": str(device.pk),
    }


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_only_allowed_answers(
    phone: Phone, real_ids: dict[str, str], settings: Settings, path: str, method: str, mode: GenerationMode
) -> None:
    settings.TASKTRACKER_LIMIT_SCALE = 1000
    SCHEMA.app = get_wsgi_application()

    @BOUNDS
    @hypothesis.given(
        case=SCHEMA[path][method].as_strategy(generation_mode=mode), is_real=strategies.booleans()
    )
    def call(case: Any, is_real: bool) -> None:  # drawn
        if is_real:
            case.path_parameters = {
                name: real_ids.get(name, str(ABSENT)) for name in case.path_parameters or {}
            }
        Credential.objects.update(revoked_at=None)  # the call before may have signed out

        answer = case.call(headers={"Authorization": f"Bearer {phone.token}"})

        assert answer.status_code in ALLOWED
        if answer.status_code >= 400:
            assert orjson.loads(answer.content)["error"]["code"] == CODES[answer.status_code]
        case.validate_response(answer, checks=CHECKS)

    call()
