"""localstripe, somebody else's fake Stripe, as a process: a second opinion on the happy path (ADR 0030).

It is run, never imported (its licence is the GPL). It keeps its state in a file of its own choosing, which it
is told not to read; it listens on every interface, so it lives only as long as the tests that ask for it.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import stripe

from tests.plugins import children


@dataclass
class LocalStripe:
    """A running localstripe."""

    process: Popen[bytes]
    url: str

    def client(self) -> Any:
        """The v1 of a real stripe client."""
        return stripe.StripeClient(
            "sk_test_12345", base_addresses={"api": self.url}, max_network_retries=0
        ).v1

    def stop(self) -> None:
        children.stop(self.process)


def start(folder: Path) -> LocalStripe:
    """Start one; some 400 ms."""
    port, log = children.free_port(), folder / "log"
    command = [sys.executable, "-m", "localstripe", "--from-scratch", "--port", str(port)]
    process = children.start(command, log=log, folder=folder)
    children.wait_until(lambda: children.answers(port), process, log, seconds=30)
    return LocalStripe(process, f"http://127.0.0.1:{port}")
