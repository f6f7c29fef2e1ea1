"""The fake Stripe as a process of its own, for tests: own folder, own port, ended by pid.

`client()` is the real stripe library pointed at it; the rest asks the program itself (ADR 0030).
"""

import json
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import stripe

from tests.plugins import children

ROOT = Path(__file__).resolve().parent.parent.parent
WEBHOOK_SECRET = "whsec_tests"


@dataclass
class FakeStripe:
    """A running fake. url: its address, the api's base. folder: its state, which a restart finds again."""

    process: Popen[bytes]
    folder: Path
    url: str
    api_key: str
    webhook_secret: str

    def client(self, key: str | None = None, *, retries: int = 0, timeout: float = 10) -> Any:
        """The v1 of a real stripe client."""
        transport = stripe.RequestsClient(timeout=timeout)
        return stripe.StripeClient(
            key or self.api_key,
            base_addresses={"api": self.url},
            max_network_retries=retries,
            http_client=transport,
        ).v1

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask the program itself. Raises AssertionError with its words when it refuses."""
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            raise AssertionError(refusal.read().decode()) from None

    def book(self) -> Any:
        return self.ask("GET", "/_book")

    def movements(self) -> list[tuple[str, int]]:
        """What moved, in short: [("authorised", 500), ...]."""
        return [(movement["kind"], movement["cents"]) for movement in self.book()["movements"]]

    def fail(self, *rules: dict[str, Any], **plan: Any) -> Any:
        """Start a plan of faults: fail({"kind": "drop_after", "path": "/v1/payment_intents"}, seed=7)."""
        return self.ask("POST", "/_faults", {"rules": list(rules), **plan})

    def fired(self) -> dict[str, int]:
        fired: dict[str, int] = self.ask("GET", "/_faults")["fired"]
        return fired

    def move_clock(self, **wanted: Any) -> Any:
        """Move its clock: now=, advance_seconds=, hold_seconds=."""
        return self.ask("POST", "/_clock", wanted)

    def send_events_to(self, url: str, secret: str = WEBHOOK_SECRET) -> None:
        self.ask("POST", "/_webhook", {"url": url, "secret": secret})

    def deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/_events")["deliveries"]
        return found

    def reset(self) -> None:
        """Forget everything: objects, book, keys, faults, clock, where events go."""
        self.ask("POST", "/_reset")

    def stop(self) -> None:
        children.stop(self.process)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        """Come back on the same port, with the same state."""
        again = start(self.folder, port=int(self.url.rpartition(":")[2]))
        self.process = again.process


def start(folder: Path, *, port: int = 0, webhook_url: str = "") -> FakeStripe:
    """Start one with its state in `folder`; some 150 ms."""
    folder.mkdir(parents=True, exist_ok=True)
    address_file, log = folder / "address.json", folder / "log"
    address_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "charges.fake_stripe", "--state", str(folder), "--port", str(port)]
    command += ["--address-file", str(address_file)]
    command += ["--webhook-url", webhook_url, "--webhook-secret", WEBHOOK_SECRET]
    process = children.start(command, log=log, folder=ROOT)
    children.wait_until(address_file.exists, process, log, seconds=20)
    told = json.loads(address_file.read_text(encoding="ascii"))
    return FakeStripe(process, folder, told["api_base"], told["api_key"], told["webhook_secret"])
