"""Pushes as their services get them: encrypted, signed, and what follows from the answer."""

import base64
import json
import logging
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from accounts.models import PushToken, User
from accounts.operations.push_tokens import register_push_token, unregister_push_token
from accounts.rules.principal import Principal
from tasks.gateways import fcm_push
from tasks.gateways.web_push import NotASubscription, public_key, read_subscription
from tasks.models import Run, Task
from tasks.operations.pushes import push_run_news
from tasks.rules.runs import PushKind, RunStatus
from tasktracker.outbox.models import Attempt, Delivery
from tasktracker.outbox.operations.drain import drain
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
SECRET = base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()


def text(raw: bytes) -> str:
    """Base64url without padding, as browsers write keys."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """A browser that has let us push to it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.auth = os.urandom(16)
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def subscription(self) -> str:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": text(point), "auth": text(self.auth)}
        return json.dumps({"endpoint": self.endpoint, "expirationTime": None, "keys": keys})

    def read(self, body: bytes) -> Any:
        """Decrypt a message, as only this browser can."""
        clear = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        return json.loads(clear)


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    return principal_of(owner)


@pytest.fixture
def run(make_task: Callable[..., Task]) -> Run:
    """A run of a task of the owner's, with news."""
    task = make_task(title="Fix login")
    moments = {"created_at": NOW, "updated_at": NOW}
    return Run.objects.create(task=task, project=task.project, status=RunStatus.IN_PROGRESS, **moments)


@pytest.fixture
def told(run: Run) -> dict[str, Any]:
    """What devices are told of the run."""
    return {
        "title": "Task Tracker",
        "body": '"Fix login" finished',
        "data": {"taskId": str(run.task_id), "taskRunId": str(run.pk)},
    }


@pytest.fixture
def services(settings: Settings, httpserver: HTTPServer, tmp_path: Path) -> HTTPServer:
    """Every service set up, all of them on loopback."""
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    settings.TASKTRACKER_VAPID_PRIVATE_KEY = SECRET
    settings.TASKTRACKER_VAPID_SUBJECT = "mailto:ops@example.com"
    settings.TASKTRACKER_EXPO_PUSH = True
    settings.TASKTRACKER_EXPO_ACCESS_TOKEN = "expo-secret"
    settings.TASKTRACKER_EXPO_URL = httpserver.url_for("/expo")
    settings.TASKTRACKER_FCM_URL = httpserver.url_for("/fcm")
    settings.TASKTRACKER_FCM_ACCOUNT_FILE = str(tmp_path / "account.json")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    account = {
        "project_id": "acme-app",
        "client_email": "push@acme-app.example",
        "private_key": private.decode(),
        "token_uri": httpserver.url_for("/token"),
    }
    (tmp_path / "account.json").write_text(json.dumps(account))
    fcm_push._account.cache_clear()
    fcm_push._tokens.forget()
    return httpserver


def push(run: Run, caller: Principal, token: str, platform: str) -> Delivery:
    """Register a device, tell it the news, and send."""
    register_push_token(principal=caller, token=token, platform=platform, at=NOW)
    assert push_run_news(run=run, kind=PushKind.COMPLETED, at=NOW) == 1
    drain()
    return Delivery.objects.get(kind="push")


def test_a_browser_reads_what_only_it_can_read(
    services: HTTPServer, run: Run, caller: Principal, told: dict[str, Any]
) -> None:
    browser = Browser(services.url_for("/push/abc?x=1"))
    seen: list[Request] = []

    def receive(request: Request) -> Response:
        request.get_data()
        seen.append(request)
        return Response(status=201)

    services.expect_request("/push/abc", method="POST").respond_with_handler(receive)

    delivery = push(run, caller, browser.subscription, "web")

    (request,) = seen
    assert delivery.state == "delivered"
    assert browser.read(request.get_data()) == told
    assert b"Fix login" not in request.get_data()
    assert (request.headers["Content-Encoding"], request.headers["TTL"]) == ("aes128gcm", "14400")
    scheme, _, words = request.headers["Authorization"].partition(" ")
    parts = dict(word.split("=", 1) for word in words.split(", "))
    assert (scheme, parts["k"]) == ("vapid", public_key())
    point = base64.urlsafe_b64decode(parts["k"] + "=")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=services.url_for("").rstrip("/"))
    assert claims["sub"] == "mailto:ops@example.com"


@pytest.mark.parametrize(
    ("status", "state", "is_kept"),
    [
        (404, "failed", False),
        (410, "failed", False),
        (413, "failed", True),
        (403, "failed", True),
        (500, "pending", True),
        (429, "pending", True),
    ],
)
def test_what_a_browsers_service_answers(
    services: HTTPServer, run: Run, caller: Principal, status: int, state: str, *, is_kept: bool
) -> None:
    services.expect_request("/push/abc").respond_with_data("no", status=status)

    delivery = push(run, caller, Browser(services.url_for("/push/abc")).subscription, "web")

    assert (delivery.state, delivery.last_status) == (state, status)
    assert PushToken.objects.exists() == is_kept


@pytest.mark.parametrize("token", ["x", "{}", '{"endpoint": "http://127.0.0.1/", "keys": {}}', "[1]"])
def test_what_is_no_subscription_is_not_tried_again(
    services: HTTPServer, run: Run, caller: Principal, token: str
) -> None:
    with pytest.raises(NotASubscription):
        read_subscription(token)

    delivery = push(run, caller, token, "web")

    assert (delivery.state, delivery.last_error) == ("failed", "not a subscription")


def test_a_browser_cannot_send_us_inside(
    services: HTTPServer, settings: Settings, run: Run, caller: Principal
) -> None:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = False

    delivery = push(run, caller, Browser("https://10.0.0.1/push").subscription, "web")

    assert (delivery.state, delivery.last_error) == ("pending", "forbidden address")


@pytest.mark.parametrize(
    ("answer", "state", "is_kept"),
    [
        ({"data": [{"status": "ok", "id": "1"}]}, "delivered", True),
        ({"data": {"status": "ok", "id": "1"}}, "delivered", True),
        (
            {"data": [{"status": "error", "details": {"error": "DeviceNotRegistered"}}]},
            "failed",
            False,
        ),
        ({"data": [{"status": "error", "details": {"error": "MessageTooBig"}}]}, "failed", True),
        ({"data": [{"status": "error", "details": {"error": "MessageRateExceeded"}}]}, "pending", True),
        ({"data": []}, "pending", True),
        ([], "pending", True),
    ],
)
def test_expo_says_in_its_ticket_what_became_of_a_push(
    services: HTTPServer,
    run: Run,
    caller: Principal,
    told: dict[str, Any],
    answer: Any,
    state: str,
    *,
    is_kept: bool,
) -> None:
    token = "ExponentPushToken[abc]"
    services.expect_request(
        "/expo", headers={"Authorization": "Bearer expo-secret"}, json={"to": token, **told}
    ).respond_with_json(answer)

    delivery = push(run, caller, token, "ios")

    assert (delivery.state, PushToken.objects.exists()) == (state, is_kept)


def test_fcm_is_signed_in_to_once(
    services: HTTPServer, run: Run, caller: Principal, told: dict[str, Any]
) -> None:
    services.expect_ordered_request("/token", method="POST").respond_with_json(
        {"access_token": "bought", "expires_in": 3600}
    )
    message = {
        "token": "phone",
        "notification": {"title": told["title"], "body": told["body"]},
        "data": told["data"],
    }
    for _ in range(2):
        services.expect_ordered_request(
            "/fcm/v1/projects/acme-app/messages:send",
            headers={"Authorization": "Bearer bought"},
            json={"message": message},
        ).respond_with_json({"name": "1"})

    push(run, caller, "phone", "android")
    push_run_news(run=run, kind=PushKind.COMPLETED, at=NOW + timedelta(hours=1))
    drain()

    services.check_assertions()
    assert list(Delivery.objects.values_list("state", flat=True)) == ["delivered", "delivered"]


@pytest.mark.parametrize(
    ("token_status", "status", "state", "error"),
    [
        (500, 200, "pending", "sign-in: status 500"),
        (200, 404, "failed", "status 404"),
        (200, 400, "failed", "status 400"),
        (200, 401, "pending", "status 401"),
        (200, 503, "pending", "status 503"),
    ],
)
def test_what_fcm_answers(
    services: HTTPServer,
    run: Run,
    caller: Principal,
    token_status: int,
    status: int,
    state: str,
    error: str,
) -> None:
    bought = {"access_token": "bought", "expires_in": 3600}
    services.expect_request("/token").respond_with_json(bought, status=token_status)
    services.expect_request("/fcm/v1/projects/acme-app/messages:send").respond_with_data("", status=status)

    delivery = push(run, caller, "phone", "ios")

    assert (delivery.state, delivery.last_error) == (state, error)
    assert PushToken.objects.exists() == (status != 404)


@pytest.mark.parametrize("platform", ["ios", "android", "web"])
def test_without_a_service_a_push_is_logged_without_its_token(
    run: Run, caller: Principal, caplog: pytest.LogCaptureFixture, platform: str
) -> None:
    with caplog.at_level(logging.INFO, logger="tasks.gateways.push_services"):
        delivery = push(run, caller, "ExponentPushToken[secret]", platform)

    (record,) = [each for each in caplog.records if each.message == "push.logged"]
    assert delivery.state == "delivered"
    assert "Fix login" in str(vars(record))
    assert "secret" not in str(vars(record))


def test_old_news_is_not_sent(run: Run, caller: Principal) -> None:
    register_push_token(principal=caller, token="phone", platform="ios", at=NOW)
    push_run_news(run=run, kind=PushKind.COMPLETED, at=NOW)
    row = Delivery.objects.get()
    Delivery.objects.update(created_at=row.created_at - timedelta(hours=4, seconds=1))

    drain()

    assert Delivery.objects.values_list("state", "last_error").get() == ("failed", "too late")


def test_a_device_that_was_forgotten_meanwhile_gets_nothing(run: Run, caller: Principal) -> None:
    register_push_token(principal=caller, token="phone", platform="ios", at=NOW)
    push_run_news(run=run, kind=PushKind.COMPLETED, at=NOW)
    unregister_push_token(principal=caller, token="phone")

    drain()

    assert Delivery.objects.get().state == "cancelled"
    assert not Attempt.objects.exists()
