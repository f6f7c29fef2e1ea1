"""The one way out: no forbidden address is ever connected to, and nothing is followed.

Nothing here leaves loopback: names are answered by a patched resolver, foreign connects are only noted.
What receivers may do to us is in test_safe_http_answers.py.
"""

import socket
from ipaddress import ip_network

import pytest
from pytest_django import Settings

from tasktracker.outbox.gateways import safe_http
from tasktracker.outbox.gateways.safe_http import Reply, Unreachable, post
from tests.domain.outbox.receivers import OK, MakeReceiver, answers, call, reason_of

pytestmark = pytest.mark.usefixtures("fresh_stores")

PUBLIC = "93.184.216.34"
PUBLIC_V6 = "2606:2800:220:1::1"


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that is connected to; none of them is reached."""
    noted: list[str] = []

    def refuse(sock: socket.socket, address: tuple[str, int]) -> None:
        noted.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return noted


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers_in_turn: list[str]) -> list[str]:
    """Let the resolver give these answers, one for each question; return the list of questions."""
    asked: list[str] = []
    turns = iter(answers_in_turn)

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(turns)

    monkeypatch.setattr(safe_http, "resolve", resolve)
    return asked


# --- who is never connected to --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://127.0.0.1/", "forbidden address"),
        ("https://169.254.169.254/latest/meta-data/", "forbidden address"),
        ("https://[::ffff:7f00:1]/", "forbidden address"),
        ("https://localhost/", "forbidden address"),
        ("https://2130706433/", "bad url"),
        ("https://127.1/", "bad url"),
        ("http://example.com/", "bad url"),
        ("https://example.com:22/", "bad url"),
        ("https://user@example.com/", "bad url"),
        ("", "bad url"),
    ],
)
def test_bad_urls_reach_neither_resolver_nor_network(url: str, reason: str, connects: list[str]) -> None:
    assert reason_of(url) == reason
    assert connects == []


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"],
        ["127.0.0.53"],
        ["0.0.0.0"],
        ["10.0.0.1"],
        ["172.17.0.1"],
        ["192.168.1.1"],
        ["100.100.100.200"],
        ["169.254.169.254"],
        ["168.63.129.16"],
        ["192.0.0.192"],
        ["::1"],
        ["::"],
        ["fd00:ec2::254"],
        ["fe80::1%eth0"],
        ["fec0::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::a9fe:a9fe"],
        ["2002:7f00:1::"],
        ["2001:0:a9fe:a9fe::"],
        [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
        [PUBLIC, PUBLIC_V6, "fd00::1"],
        [PUBLIC_V6] * 20 + ["10.0.0.1"],
        ["localhost"],
        [""],
    ],
)
def test_a_name_with_any_forbidden_address_is_refused(
    answer: list[str], monkeypatch: pytest.MonkeyPatch, connects: list[str]
) -> None:
    resolve_to(monkeypatch, answer)

    assert reason_of("https://hooks.example.com/") == "forbidden address"
    assert connects == []


def test_a_name_that_turns_private_is_refused_the_second_time(
    monkeypatch: pytest.MonkeyPatch, connects: list[str]
) -> None:
    resolve_to(monkeypatch, [PUBLIC], ["127.0.0.1"])

    assert reason_of("https://hooks.example.com/") == "connection refused"
    assert reason_of("https://hooks.example.com/") == "forbidden address"
    assert connects == [PUBLIC]


def test_rebinding_between_check_and_connect_has_no_second_look_up_to_hit(
    monkeypatch: pytest.MonkeyPatch, connects: list[str]
) -> None:
    asked = resolve_to(monkeypatch, [PUBLIC, PUBLIC_V6], ["127.0.0.1"])

    assert reason_of("https://hooks.example.com/") == "connection refused"
    assert asked == ["hooks.example.com"]
    assert connects == [PUBLIC, PUBLIC_V6]


def test_a_connection_that_ends_elsewhere_is_dropped_unused(
    monkeypatch: pytest.MonkeyPatch, make_receiver: MakeReceiver
) -> None:
    receiver = make_receiver(answers(OK))
    connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda sock, _: connect(sock, ("127.0.0.1", receiver.port)))
    resolve_to(monkeypatch, [PUBLIC])

    assert reason_of("https://hooks.example.com/") == "forbidden address"
    assert receiver.requests == []


def test_our_own_addresses_are_refused(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, connects: list[str]
) -> None:
    settings.TASKTRACKER_OWN_ADDRESSES = (ip_network("93.184.216.0/24"),)

    assert reason_of(f"https://{PUBLIC}/") == "forbidden address"
    monkeypatch.setattr(safe_http, "is_on_this_machine", lambda address: address == PUBLIC_V6)
    assert reason_of(f"https://[{PUBLIC_V6}]/") == "forbidden address"
    assert connects == []


def test_a_name_without_addresses(monkeypatch: pytest.MonkeyPatch, connects: list[str]) -> None:
    resolve_to(monkeypatch, [])

    assert reason_of("https://hooks.example.com/") == "name not found"
    assert connects == []


def test_no_more_than_three_addresses_are_tried_of_both_families(
    monkeypatch: pytest.MonkeyPatch, connects: list[str]
) -> None:
    resolve_to(monkeypatch, ["2606::1", "2606::2", "2606::3", "93.184.216.34", "93.184.216.35"])

    assert reason_of("https://hooks.example.com/") == "connection refused"
    assert connects == ["2606::1", "93.184.216.34", "2606::2"]


def test_no_reason_names_an_address(monkeypatch: pytest.MonkeyPatch, connects: list[str]) -> None:
    resolve_to(monkeypatch, ["10.1.2.3"])

    with pytest.raises(Unreachable) as refused:
        call("https://hooks.example.com/")

    assert str(refused.value) == "forbidden address"


# --- loopback, when it is open --------------------------------------------------------------------------


def test_loopback_is_closed_by_default(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers(OK))

    assert reason_of(receiver.url) == "forbidden address"
    assert receiver.connections == 0


@pytest.mark.usefixtures("open_loopback")
def test_a_request_and_its_reply_to_the_byte(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers(OK.replace(b"200 OK", b"418 Short  and Stout\r\nRetry-After:  7 ")))

    reply = call(f"{receiver.url}/hook?é=1#part")

    assert receiver.requests == [
        b"POST /hook?%C3%A9=1 HTTP/1.1\r\nHost: localhost:" + str(receiver.port).encode() + b"\r\n"
        b"Accept-Encoding: identity\r\nContent-Length: 2\r\n"
        b"Content-Type: application/json\r\nwebhook-id: msg_1\r\n\r\n{}"
    ]
    assert reply == Reply(
        status=418,
        headers={"retry-after": "7", "content-type": "text/plain", "content-length": "2"},
        body=b"ok",
        duration_ms=reply.duration_ms,
    )
    assert 0 <= reply.duration_ms < 10_000


@pytest.mark.usefixtures("open_loopback")
@pytest.mark.parametrize("answer", [["10.0.0.1"], [PUBLIC], ["127.0.0.1", PUBLIC], ["::2"]])
def test_a_loopback_name_that_leads_elsewhere_is_refused(
    answer: list[str], monkeypatch: pytest.MonkeyPatch, connects: list[str]
) -> None:
    resolve_to(monkeypatch, answer)

    assert reason_of("http://localhost:9000/") == "forbidden address"
    assert connects == []


@pytest.mark.usefixtures("open_loopback")
@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::2", "::127.0.0.1", "2002:7f00:1::"])
def test_nothing_but_loopback_is_opened(
    address: str, monkeypatch: pytest.MonkeyPatch, connects: list[str]
) -> None:
    resolve_to(monkeypatch, [address])

    assert reason_of("https://hooks.example.com/") == "forbidden address"
    assert connects == []


# --- redirects and proxies ------------------------------------------------------------------------------


@pytest.mark.usefixtures("open_loopback")
@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
@pytest.mark.parametrize("location", ["{trap}/", "//127.0.0.1:{port}/", "/again", "https://169.254.169.254/"])
def test_redirects_are_answers_and_are_not_followed(
    status: int, location: str, make_receiver: MakeReceiver
) -> None:
    trap = make_receiver(answers(OK))
    target = location.format(trap=trap.url, port=trap.port)
    head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
    receiver = make_receiver(answers(head.encode()))

    reply = call(receiver.url)

    assert (reply.status, reply.headers["location"], reply.body) == (status, target, b"")
    assert (len(receiver.requests), receiver.connections, trap.connections) == (1, 1, 0)


@pytest.mark.usefixtures("open_loopback")
def test_proxies_in_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, make_receiver: MakeReceiver
) -> None:
    proxy, receiver = make_receiver(answers(OK)), make_receiver(answers(OK))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("NO_PROXY", "")

    assert call(receiver.url).status == 200
    assert (receiver.connections, proxy.connections) == (1, 0)


@pytest.mark.usefixtures("open_loopback")
@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nHost: other.test"},
        {"X\r\nY": "a"},
        {"X": "a\0"},
        {"X": "snow \u2603"},
        {"": "a"},
        {"X Y": "a"},
        {"host": "other.test"},
        {"Transfer-Encoding": "chunked"},
        {"content-length": "0"},
        {"Accept-Encoding": "gzip"},
    ],
)
def test_headers_cannot_be_smuggled(headers: dict[str, str], make_receiver: MakeReceiver) -> None:
    receiver = make_receiver(answers(OK))

    with pytest.raises(ValueError, match="header"):
        post(receiver.url, body=b"{}", headers=headers)
    assert receiver.connections == 0
