"""Connections of the one way out: whom TLS believes, and when a connection is used again."""

import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from tasktracker.outbox.gateways import connections, safe_http
from tasktracker.outbox.gateways.connections import Endpoint, IdleConnections, idle_connections
from tasktracker.outbox.rules import targets
from tests.domain.outbox.receivers import (
    OK,
    Behaviour,
    MakeReceiver,
    answers,
    answers_and_hangs_up,
    call,
    reason_of,
    resets_after,
)

pytestmark = pytest.mark.usefixtures("fresh_stores", "open_loopback")

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Certificate:
    """A self-signed certificate for one name, and what a server and a caller need of it."""

    def __init__(self, folder: Path, name: str, *, days: int = 1) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self.pem = _signed(name, key, days).public_bytes(serialization.Encoding.PEM).decode()
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._path = folder / f"{name}.pem"
        self._path.write_text(self.pem + secret.decode())
        self.greeted: list[str | None] = []

    def server(self) -> ssl.SSLContext:
        """Return a server's context that notes the names it is greeted by."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._path)
        context.sni_callback = lambda _sock, name, _context: self.greeted.append(name)
        return context

    def trust(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Add the certificate to the policy in force, changing nothing else of it."""
        context = connections.tls_context.__wrapped__()
        context.load_verify_locations(cadata=self.pem)
        monkeypatch.setattr(connections, "tls_context", lambda: context)


def _signed(name: str, key: ec.EllipticCurvePrivateKey, days: int) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    until = datetime.now(UTC) + timedelta(days=days)
    return (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(until - timedelta(days=2))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )


# --- TLS -------------------------------------------------------------------------------------------------


def test_tls_connections_are_kept_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_receiver: MakeReceiver
) -> None:
    certificate = Certificate(tmp_path, "localhost")
    certificate.trust(monkeypatch)
    receiver = make_receiver(answers(OK), tls=certificate.server())

    assert [call(receiver.url).status for _ in range(3)] == [200, 200, 200]
    assert receiver.connections == 1


def test_the_checked_address_is_greeted_by_the_original_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_receiver: MakeReceiver
) -> None:
    certificate = Certificate(tmp_path, "hooks.example.com")
    certificate.trust(monkeypatch)
    receiver = make_receiver(answers(OK), tls=certificate.server())
    monkeypatch.setattr(targets, "ALLOWED_PORTS", {receiver.port})
    monkeypatch.setattr(safe_http, "resolve", lambda host, port: ["127.0.0.1"])

    assert call(f"https://Hooks.Example.com.:{receiver.port}/").status == 200
    assert certificate.greeted == ["hooks.example.com"]
    assert f"\r\nHost: hooks.example.com:{receiver.port}\r\n".encode() in receiver.requests[0]


@pytest.mark.parametrize(("name", "days"), [("other.test", 1), ("localhost", -1)])
def test_a_trusted_certificate_of_another_name_or_time_is_refused(
    name: str, days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_receiver: MakeReceiver
) -> None:
    certificate = Certificate(tmp_path, name, days=days)
    certificate.trust(monkeypatch)
    receiver = make_receiver(answers(OK), tls=certificate.server())

    assert reason_of(receiver.url) == "tls"
    assert receiver.requests == []


def test_trust_from_the_environment_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_receiver: MakeReceiver
) -> None:
    certificate = Certificate(tmp_path, "localhost")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(tmp_path / "localhost.pem"))
    monkeypatch.setattr(connections, "tls_context", connections.tls_context.__wrapped__)
    receiver = make_receiver(answers(OK), tls=certificate.server())

    assert reason_of(receiver.url) == "tls"
    assert receiver.requests == []


def test_a_receiver_that_never_shakes_hands_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"https://localhost:{deaf.getsockname()[1]}/"

        assert reason_of(url, timeout_seconds=0.2) == "timeout"


# --- used again ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(OK, id="length"),
        pytest.param(NO_CONTENT, id="no content"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", id="chunks"
        ),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, id="continue"),
    ],
)
def test_a_connection_is_used_again(raw: bytes, make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers(raw))

    assert {call(receiver.url).status for _ in range(3)} <= {200, 204}
    assert (len(receiver.requests), receiver.connections) == (3, 1)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(OK.replace(b"\r\n", b"\r\nConnection: close\r\n", 1), id="asked to close"),
        pytest.param(OK.replace(b"1.1", b"1.0"), id="old version"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="two lengths",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n" + b"x" * 65536, id="more to come"),
    ],
)
def test_a_connection_is_not_used_again(raw: bytes, make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers(raw))

    assert [call(receiver.url).status for _ in range(3)] == [200] * 3
    assert receiver.connections == 3


def test_a_kept_connection_that_was_closed_is_replaced(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers_and_hangs_up(OK))

    assert [call(receiver.url).status for _ in range(3)] == [200] * 3
    assert (len(receiver.requests), receiver.connections) == (3, 3)


def test_what_arrives_unasked_is_never_taken_for_an_answer(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers(OK))
    call(receiver.url)
    receiver.open[0].sendall(b"HTTP/1.1 408 Too Late\r\nContent-Length: 0\r\n\r\n")

    assert call(receiver.url).status == 200
    assert receiver.connections == 2


def test_a_kept_connection_that_dies_under_a_request_is_replaced_once(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers(OK))
    call(receiver.url)
    receiver.behaviour = answers_and_hangs_up(b"")

    assert reason_of(receiver.url) == "connection lost"
    assert (len(receiver.requests), receiver.connections) == (3, 2)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        pytest.param(answers_and_hangs_up(b"HTTP/1.1 2"), "protocol", id="closed"),
        pytest.param(resets_after(b"HTTP/1.1 200 OK\r\nX: y"), "connection lost", id="reset"),
    ],
)
def test_a_request_that_was_half_answered_is_not_sent_again(
    behaviour: Behaviour, reason: str, make_receiver: MakeReceiver
) -> None:
    receiver = make_receiver(answers(OK))
    call(receiver.url)
    receiver.behaviour = behaviour

    assert reason_of(receiver.url) == reason
    assert (len(receiver.requests), receiver.connections) == (2, 1)


@pytest.mark.parametrize("raw", [OK[:-1], OK[:40], OK[:16]])
def test_an_answer_cut_short_after_its_status_counts(raw: bytes, make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers_and_hangs_up(raw))

    assert call(receiver.url).status == 200
    assert len(receiver.requests) == 1


def test_a_request_that_is_never_answered_is_not_sent_again(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers(OK))
    call(receiver.url)
    receiver.behaviour = answers(b"")

    assert reason_of(receiver.url, timeout_seconds=0.1) == "timeout"
    assert (len(receiver.requests), receiver.connections) == (2, 1)


def test_names_do_not_share_connections(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers(OK))

    call(receiver.url)
    call(receiver.url.replace("localhost", "127.0.0.1"))

    assert receiver.connections == 2


def test_a_kept_connection_is_checked_like_a_new_one(make_receiver: MakeReceiver, settings: Settings) -> None:
    receiver = make_receiver(answers(OK))
    call(receiver.url)
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = False

    assert reason_of(receiver.url) == "forbidden address"
    assert len(receiver.requests) == 1


# --- the store of idle connections -----------------------------------------------------------------------


ENDPOINT = Endpoint("https", "hooks.example.com", 443, "93.184.216.34")


def close_all(pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    for ours, theirs in pairs:
        ours.close()
        theirs.close()


def test_the_youngest_connection_is_handed_out_first() -> None:
    idle = IdleConnections()
    pairs = [socket.socketpair() for _ in range(2)]
    for ours, _ in pairs:
        idle.keep(ENDPOINT, ours)

    assert [idle.take(ENDPOINT), idle.take(ENDPOINT)] == [pairs[1][0], pairs[0][0]]
    close_all(pairs)


def test_each_connection_is_handed_out_once() -> None:
    idle = IdleConnections()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        idle.keep(ENDPOINT, ours)

        assert idle.take(ENDPOINT) is ours
        assert idle.take(ENDPOINT) is None


def test_what_idles_too_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = IdleConnections()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        idle.keep(ENDPOINT, ours)
        monkeypatch.setattr(connections, "IDLE_SECONDS", 0)

        assert idle.take(ENDPOINT) is None
        assert ours.fileno() == -1


def test_connections_nobody_asks_for_again_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0)
    idle = IdleConnections()
    pairs = [socket.socketpair() for _ in range(2)]
    idle.keep(ENDPOINT, pairs[0][0])
    idle.keep(Endpoint("https", "other.test", 443, "93.184.216.35"), pairs[1][0])

    assert pairs[0][0].fileno() == -1
    close_all(pairs)


def test_the_store_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_CONNECTIONS_MAX", 1)
    idle = IdleConnections()
    pairs = [socket.socketpair() for _ in range(2)]
    for ours, _ in pairs:
        idle.keep(ENDPOINT, ours)

    assert idle.take(ENDPOINT) is pairs[0][0]
    assert pairs[1][0].fileno() == -1
    close_all(pairs)


def test_a_forked_child_starts_without_connections() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        idle_connections().keep(ENDPOINT, ours)

        if (child := os.fork()) == 0:
            os._exit(0 if idle_connections().take(ENDPOINT) is None else 1)

        assert os.waitpid(child, 0) == (child, 0)
        assert idle_connections().take(ENDPOINT) is ours
