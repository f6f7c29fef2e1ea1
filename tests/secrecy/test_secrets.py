"""P15 of reliability.md for money: no card number, key or token in any log line, mail or database dump.

Everything that the stakes dialect knows of is done once, at the most talkative log level; then all is
searched.
"""

import json
import re
import secrets
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
import pytest
import stripe
from django.conf import settings

from charges.fake_stripe.cards import CARDS
from tests.plugins import loopback
from tests.secrecy.house import House

PASSWORD = "Nobody knows 1 this"
CARD, DECLINED_CARD = "4242424242424242", "4000000000000341"
pytestmark = pytest.mark.timeout(400)  # a whole house, and some commands beside it
LINK = re.compile(r"https?://\S+\?key=([\w-]+)")


@pytest.fixture(scope="module")
def receiver() -> Iterator[str]:
    """Somebody who takes data points and webhooks."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name it has there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """A database of its own, on the server of this run; "" for SQLite."""
    database = settings.DATABASES["default"]
    if "postgresql" not in database["ENGINE"]:
        yield ""
        return
    name = f"secrecy_{secrets.token_hex(4)}"
    place = {"host": database["HOST"], "port": database["PORT"], "user": database["USER"]}
    url = f"postgres://{place['user']}:{database['PASSWORD']}@{place['host']}:{place['port']}"
    with psycopg.connect(f"{url}/postgres", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield f"{url}/{name}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, database_url: str, receiver: str) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("secrecy"), database_url=database_url, receiver=receiver)
    house.open()
    yield house
    house.close()


class Walk:
    """What a person, their programs and staff do with money. secret: what nobody may find anywhere."""

    def __init__(self, house: House, receiver: str) -> None:
        self.house = house
        self.receiver = receiver
        self.secret: dict[str, str] = {}
        self.links: dict[str, str] = {}

    def run(self) -> None:
        self._keys()
        self._cards()
        self._charges()
        self._stakes()
        self._links()
        self.house.manage("sweep")

    def _keys(self) -> None:
        """Have every key, use each, reset those that can be reset, guess wrongly."""
        account = ("--email", "secret@example.com", "--password", PASSWORD)
        made = json.loads(self.house.manage("provision", *account, "--card", "none", "--json"))
        self.secret |= {
            name: made[name]
            for name in ("triggers_jwt", "stakes_key", "project_key", "project_key_encoded", "calendar_token")
        }
        hook = json.loads(
            self.house.manage("webhook", "--email", "secret@example.com", "--url", f"{self.receiver}/hook")
        )
        self.secret |= {"password": PASSWORD, "webhook secret": hook["secret"]}
        processor = self.house.processor()
        self.secret |= {"processor key": processor["api_key"], "events": processor["webhook_secret"]}

        old_key, old_feed = made["stakes_key"], made["calendar_token"]
        self.key = self.house.call("POST", "/api2/me/token", key=old_key)
        feed = self.house.call("POST", "/api2/me/calendar-token", key=self.key)
        self.secret |= {"new stakes_key": self.key, "new calendar_token": feed}
        for token in (old_feed, feed, feed + "x"):
            for ending in ("", ".ics"):
                self.house.call("GET", f"/api2/calendar/{token}{ending}")
        for key in (old_key, self.key, self.key + "x", self.secret["triggers_jwt"]):
            self.house.call("GET", "/api2/me", key=key)
        assert self.house.call("GET", "/api2/me/token", key=self.key) == self.key
        connected = {"beeminder_user": "alice", "beeminder_token": "bee-" + secrets.token_hex(10)}
        self.secret["beeminder token"] = connected["beeminder_token"]
        self.house.call("PUT", "/api2/me", key=self.key, body=connected)
        profile = {"beeminder_goal_new_tasks": "tasks", "monthly_charge_limit_cents": 50_000}
        assert self.house.call("PUT", "/api2/me", key=self.key, body=profile)["id"]

    def _cards(self) -> None:
        """Add cards by their numbers on the processor's page: a good one, one that declines, a good one."""
        self.secret |= {f"card {card.number}": card.number for card in CARDS.values()}
        self._add_card(DECLINED_CARD)
        declined = self._charge("declined")
        assert "error" in declined
        self._add_card(CARD)

    def _add_card(self, number: str) -> None:
        processor = self.house.processor()
        client = stripe.StripeClient(processor["api_key"], base_addresses={"api": processor["api_base"]})
        card = {"number": number, "exp_month": 12, "exp_year": 2060, "cvc": "314"}
        method = client.v1.payment_methods.create({"type": "card", "card": card})  # type: ignore[typeddict-item]
        urls = dict.fromkeys(("success_url", "cancel_url"), "https://app.example.com/billing")
        session = self.house.call("POST", "/api2/payments/checkout/session", key=self.key, body=urls)
        page = client.v1.checkout.sessions.retrieve(session["id"]).url
        assert page
        self.house.send_form(page, {"card": method.id})
        body = {"checkout_session_id": session["id"]}
        assert self.house.call("PUT", "/api2/me", key=self.key, body=body)["has_stripe_customer"]

    def _charge(self, request_id: str) -> Any:
        body = {"cents": 500, "note": "A note", "requestid": request_id}
        return self.house.call("POST", "/api2/me/charges", key=self.key, body=body)

    def _charges(self) -> None:
        assert self._charge("good") == self._charge("good")
        assert self._charge("good")["status"] == "succeeded"

    def _stakes(self) -> None:
        """Give up on two tasks, let the digest come; one charge is contested before it is taken."""
        due = int((datetime.now(UTC) + timedelta(days=90)).timestamp())
        for title in ("First &made *done", "Second", "Kept"):
            body = {"task": title, "due": due, "cents": 300}
            made = self.house.call("POST", "/api2/me/tasks", key=self.key, body=body)
            if title != "Kept":
                assert self.house.call("POST", f"/api2/me/tasks/{made['id']}/uncle", key=self.key) == "ok"
        for days in (2, 4):
            self.house.manage("sweep", "--at", (datetime.now(UTC) + timedelta(days=days)).isoformat())

    def _links(self) -> None:
        """Follow the links of the mails, as people and mail programs do; also with a wrong key."""
        mails = self.house.mails()
        found = {
            key: url.group() for mail in mails for url in LINK.finditer(mail["plain"]) for key in url.groups()
        }
        self.links = {url.split("?")[0]: key for key, url in found.items()}
        contests = [url for url in found.values() if "/contest/" in url]
        digests = [url for url in found.values() if "/unsubscribe/" in url]
        assert len(contests) == 2
        assert len(digests) == 1
        assert "Contest" in self.house.call("GET", contests[0]) or "contest" in self.house.call(
            "GET", contests[0]
        )
        self.house.send_form(contests[0], {"reason": "It was done"})
        self.house.call("GET", contests[1] + "x")
        self.house.send_form(digests[0], {"List-Unsubscribe": "One-Click"})


@pytest.fixture(scope="module")
def walk(house: House, receiver: str) -> Walk:
    walk = Walk(house, receiver)
    walk.run()
    return walk


@pytest.fixture(scope="module")
def dump(walk: Walk) -> str:
    return walk.house.dumped()


def hidden_in(text: str, wanted: dict[str, str]) -> list[str]:
    return [name for name, value in wanted.items() if value in text]


def test_the_walk_met_everything(walk: Walk) -> None:
    """Else nothing is proven below."""
    headers = " ".join(mail["headers"] for mail in walk.house.mails())
    for words in (
        "A monthly limit was",
        "Receipt",
        '$3.00 for "Second"',
        "card is held",
        "You contested",
        "stake",
    ):
        assert words in headers
    assert len(walk.secret) > 12
    assert all(len(value) >= 10 for value in walk.secret.values())
    log = walk.house.logged()
    assert log.count("\n") > 50
    assert "/api2/calendar" in log
    assert "/contest/" in log


def test_no_secret_is_in_any_log_line(walk: Walk) -> None:
    assert hidden_in(walk.house.logged(), walk.secret | walk.links) == []


def test_no_secret_is_in_any_mail_but_the_key_of_its_own_link(walk: Walk) -> None:
    text = "\n".join(part for mail in walk.house.mails() for part in mail.values())

    assert hidden_in(text, walk.secret) == []


def test_no_secret_is_in_the_database_nor_in_what_was_sent(walk: Walk, dump: str) -> None:
    assert "outbox_delivery" in dump
    assert hidden_in(dump, walk.secret | walk.links) == []


def test_the_search_finds_what_is_there(dump: str) -> None:
    assert dump.count("|data_point|") >= 2
    assert hidden_in(dump, {"address": "secret@example.com", "title": "Second"}) == ["address", "title"]
    assert loopback.attempts == []
