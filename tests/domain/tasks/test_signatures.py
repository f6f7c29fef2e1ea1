"""Both signatures of a webhook, and the check that the documents give to receivers."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tasks.rules.signatures import new_secret, sign, verify

AT = datetime(2026, 3, 1, 12, 0, 0, 900_000, tzinfo=UTC)
SENT_AT = "1772366400"
BODY = '{"event":"task.completed","task":{"name":"Zähne putzen"}}'.encode()
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OLDER_SECRET = "whsec_" + base64.b64encode(b"o" * 32).decode()


def signed(*secrets: str, at: datetime = AT, body: bytes = BODY) -> dict[str, str]:
    return sign(body=body, secrets=secrets or (SECRET,), message_id="msg_1", at=at)


def hex_of(secret: str, moment: str = SENT_AT, body: bytes = BODY) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def base64_of(key: bytes) -> str:
    digest = hmac.new(key, b"msg_1." + SENT_AT.encode() + b"." + BODY, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def test_all_headers_of_one_secret() -> None:
    assert signed() == {
        "X-Tasktracker-Signature": f"t={SENT_AT},v1={hex_of(SECRET)}",
        "webhook-id": "msg_1",
        "webhook-timestamp": SENT_AT,
        "webhook-signature": f"v1,{base64_of(b'k' * 32)}",
    }


def test_a_known_signature_never_changes() -> None:
    headers = sign(
        body=b"{}", secrets=["whsec_AAAA"], message_id="msg_1", at=datetime(2026, 1, 1, tzinfo=UTC)
    )

    assert headers == {
        "X-Tasktracker-Signature": "t=1767225600,"
        "v1=fc470f34da26472d4424988f8876153702c00b4e828417e310f16e2ace86e5bf",
        "webhook-id": "msg_1",
        "webhook-timestamp": "1767225600",
        "webhook-signature": "v1,a4H3AxrCEOcqsZANsKIJZxUJ0TqkxUMn2LFsDhZS9Is=",
    }


def test_every_secret_signs_while_a_rotation_overlaps() -> None:
    headers = signed(SECRET, OLDER_SECRET)

    assert headers["X-Tasktracker-Signature"] == (
        f"t={SENT_AT},v1={hex_of(SECRET)},v1={hex_of(OLDER_SECRET)}"
    )
    assert headers["webhook-signature"] == f"v1,{base64_of(b'k' * 32)} v1,{base64_of(b'o' * 32)}"


def test_the_moment_is_the_same_in_every_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-7)))

    assert signed(at=elsewhere) == signed(at=AT)


@pytest.mark.parametrize("secret", [SECRET, OLDER_SECRET])
def test_the_standard_library_accepts_either_secret(secret: str) -> None:
    now = datetime.now(UTC)
    headers = signed(SECRET, OLDER_SECRET, at=now)

    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)


def test_the_standard_library_refuses_another_body() -> None:
    headers = signed(at=datetime.now(UTC))

    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b"{}", headers)


def test_a_new_secret_is_32_random_bytes_that_both_schemes_take() -> None:
    first, second = new_secret(), new_secret()

    assert first != second
    assert first.startswith("whsec_")
    assert len(base64.b64decode(first.removeprefix("whsec_"), validate=True)) == 32
    headers = signed(first, at=datetime.now(UTC))
    assert Webhook(first).verify(BODY, headers) == json.loads(BODY)
    assert verify(headers["X-Tasktracker-Signature"], BODY, first, datetime.now(UTC))


def test_signing_without_a_secret_is_a_bug() -> None:
    with pytest.raises(ValueError, match="secret"):
        sign(body=BODY, secrets=[], message_id="msg_1", at=AT)


def test_a_moment_without_a_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="aware"):
        signed(at=datetime(2026, 3, 1))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("secret", [SECRET, OLDER_SECRET])
def test_verify_accepts_either_secret_of_a_rotation(secret: str) -> None:
    header = signed(SECRET, OLDER_SECRET)["X-Tasktracker-Signature"]

    assert verify(header, BODY, secret, AT)


@pytest.mark.parametrize(
    ("seconds_later", "accepted"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)]
)
def test_verify_accepts_300_seconds_either_way(seconds_later: int, accepted: bool) -> None:
    header = signed()["X-Tasktracker-Signature"]
    now = datetime.fromtimestamp(int(SENT_AT) + seconds_later, tz=UTC)

    assert verify(header, BODY, SECRET, now) is accepted


def test_verify_takes_another_tolerance() -> None:
    header = signed()["X-Tasktracker-Signature"]

    assert not verify(header, BODY, SECRET, AT + timedelta(seconds=11), tolerance_seconds=10)
    assert verify(header, BODY, SECRET, AT + timedelta(seconds=500), tolerance_seconds=600)


@pytest.mark.parametrize(
    ("header", "body", "secret"),
    [
        pytest.param(f"t={SENT_AT},v1={hex_of(SECRET)}", BODY + b" ", SECRET, id="other body"),
        pytest.param(f"t={SENT_AT},v1={hex_of(SECRET)}", BODY, OLDER_SECRET, id="other secret"),
        pytest.param(f"t=1772366401,v1={hex_of(SECRET)}", BODY, SECRET, id="other moment"),
        pytest.param(f"t={SENT_AT},v0={hex_of(SECRET)}", BODY, SECRET, id="other version"),
        pytest.param(f"t={SENT_AT},v1={hex_of(SECRET).upper()}", BODY, SECRET, id="upper case"),
        pytest.param(f"t={SENT_AT},v1={hex_of(SECRET)[:-1]}", BODY, SECRET, id="cut short"),
        pytest.param(f"t={SENT_AT},v1=", BODY, SECRET, id="empty signature"),
        pytest.param(f"t={SENT_AT},v1=\udcff\u0661", BODY, SECRET, id="not ascii"),
        pytest.param(f"t={SENT_AT}", BODY, SECRET, id="no signature"),
        pytest.param(f"v1={hex_of(SECRET)}", BODY, SECRET, id="no moment"),
        pytest.param(f"t={SENT_AT},t=1,v1={hex_of(SECRET)}", BODY, SECRET, id="two moments"),
        pytest.param(f"t=+{SENT_AT},v1={hex_of(SECRET, '+' + SENT_AT)}", BODY, SECRET, id="signed number"),
        pytest.param(f"t=x,v1={hex_of(SECRET, 'x')}", BODY, SECRET, id="not a number"),
        pytest.param("t=" + "9" * 5000 + ",v1=00", BODY, SECRET, id="huge number"),
        pytest.param("", BODY, SECRET, id="empty"),
        pytest.param(",,=,", BODY, SECRET, id="only commas"),
    ],
)
def test_verify_refuses(header: str, body: bytes, secret: str) -> None:
    assert verify(header, body, secret, AT) is False


def test_verify_ignores_fields_of_later_versions() -> None:
    header = f"t={SENT_AT}, v2=abc, v1={hex_of(SECRET)}, note=a=b"

    assert verify(header, BODY, SECRET, AT)
