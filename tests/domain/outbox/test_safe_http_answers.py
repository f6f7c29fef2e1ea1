"""What a receiver may do to the one way out: nothing that outlasts the deadline or outgrows 64 KiB."""

import gzip
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasktracker.outbox.gateways.safe_http import Unreachable, post
from tests.domain.outbox.receivers import (
    OK,
    Behaviour,
    MakeReceiver,
    answers,
    answers_and_hangs_up,
    call,
    reason_of,
    repeats,
)

pytestmark = pytest.mark.usefixtures("fresh_stores", "open_loopback")

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"


def test_a_gzip_bomb_stays_packed(make_receiver: MakeReceiver) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    receiver = make_receiver(answers(head.encode() + bomb))

    assert call(receiver.url).body == bomb
    assert b"\r\nAccept-Encoding: identity\r\n" in receiver.requests[0]


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(
            repeats(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", b"x" * 4096), id="length"
        ),
        pytest.param(repeats(CHUNKED, CHUNK), id="chunks"),
        pytest.param(repeats(b"HTTP/1.0 200 OK\r\n\r\n", b"x" * 4096), id="until closed"),
    ],
)
def test_reading_stops_at_64_kib(behaviour: Behaviour, make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(behaviour)

    assert call(receiver.url).body == b"x" * 65536
    receiver.behaviour = answers(OK)
    assert call(receiver.url).body == b"ok"
    assert receiver.connections == 2  # what is not read to its end is not used again


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(answers(b"SSH-2.0-OpenSSH_9.9\r\n"), id="not http"),
        pytest.param(answers(b"HTTP/1.1 abc\r\n\r\n"), id="no status"),
        pytest.param(answers(b"HTTP/2.0 200 OK\r\n\r\n"), id="other version"),
        pytest.param(answers(b"HTTP/1.1 101 Switching\r\n\r\n"), id="switching"),
        pytest.param(answers(b"HTTP/1.1 103 Hints\r\n\r\n" + OK), id="interim"),
        pytest.param(answers(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"), id="long header"),
        pytest.param(answers(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n"), id="many headers"),
        pytest.param(repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), id="endless interim"),
        pytest.param(
            repeats(CHUNKED, b"1;" + b"e" * 9999 + b"\r\nx\r\n"),
            id="endless extensions",
        ),
        pytest.param(answers(CHUNKED + b"nonsense\r\n"), id="chunk size"),
        pytest.param(repeats(CHUNKED + b"-1\r\n", b"x" * 9999), id="chunk of -1"),
    ],
)
def test_what_is_not_plain_http_is_refused(behaviour: Behaviour, make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(behaviour)

    assert reason_of(receiver.url) == "protocol"
    assert receiver.connections == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(lambda connection, request: True, id="silence"),
        pytest.param(repeats(b"", b"H", 0.02), id="slow status line"),
        pytest.param(repeats(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.02), id="slow headers"),
        pytest.param(
            repeats(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x", 0.02), id="slow body"
        ),
        pytest.param(repeats(CHUNKED, b"1\r\nx\r\n", 0.02), id="slow chunks"),
    ],
)
def test_a_receiver_that_dawdles_is_left_at_the_deadline(
    behaviour: Behaviour, make_receiver: MakeReceiver
) -> None:
    receiver = make_receiver(behaviour)
    started = time.monotonic()

    assert reason_of(receiver.url, timeout_seconds=0.3) == "timeout"
    assert 0.25 < time.monotonic() - started < 2


def test_a_receiver_that_does_not_read_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        with pytest.raises(Unreachable, match="timeout"):
            post(url, body=bytes(50_000_000), headers={}, timeout_seconds=0.3)


def test_a_receiver_that_reads_slowly_is_left_at_the_deadline() -> None:
    def sip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(400_000):
                time.sleep(0.02)

    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as slow, ThreadPoolExecutor(1) as pool:
        pool.submit(sip, slow)
        with pytest.raises(Unreachable, match="timeout"):
            post(
                f"http://127.0.0.1:{slow.getsockname()[1]}/",
                body=bytes(40_000_000),
                headers={},
                timeout_seconds=0.3,
            )
        assert time.monotonic() - started < 1


def test_an_answer_before_the_body_is_read_is_still_an_answer() -> None:
    def refuse(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(OK.replace(b"200 OK", b"413 Too Large"))

    with socket.create_server(("127.0.0.1", 0)) as curt, ThreadPoolExecutor(1) as pool:
        pool.submit(refuse, curt)

        reply = post(f"http://127.0.0.1:{curt.getsockname()[1]}/", body=bytes(20_000_000), headers={})

    assert (reply.status, reply.body) == (413, b"ok")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert reason_of(f"http://127.0.0.1:{port}/") == "connection refused"


def test_hanging_up_without_an_answer(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers_and_hangs_up(b""))

    assert reason_of(receiver.url) == "connection lost"
    assert len(receiver.requests) == 1


def test_threads_share_connections_without_mixing_answers(make_receiver: MakeReceiver) -> None:
    def echo(connection: socket.socket, request: bytes) -> bool:
        body = request.partition(b"\r\n\r\n")[2]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return True

    receiver = make_receiver(echo)
    bodies = [str(number).encode() for number in range(200)]

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda body: post(receiver.url, body=body, headers={}).body, bodies))

    assert replies == bodies
    assert receiver.connections <= 8
