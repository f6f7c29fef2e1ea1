"""The thread that sends events to the webhook endpoint, signed as Stripe signs them.

The signature's time is real time, whatever the program's own clock says: receivers compare it with theirs.
"""

import hashlib
import hmac
import http.client
import json
import threading
import time
from urllib.parse import urlsplit

from charges.fake_stripe import deliveries
from charges.fake_stripe.errors import Json
from charges.fake_stripe.store import Store

_LOOK_SECONDS = 0.1
_PATIENCE_SECONDS = 10
_USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


class Sender:
    """Sends one delivery after the other, and sleeps while none is due."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._is_ended.set()
        self._thread.join(_PATIENCE_SECONDS + 1)

    def _run(self) -> None:
        while not self._is_ended.is_set():
            delivery = deliveries.next_due(self._store)
            if delivery is None:
                self._is_ended.wait(_LOOK_SECONDS)
                continue
            webhook = self._store.setting(deliveries.WEBHOOK, {})
            is_accepted, answer = (
                send(delivery["event"], webhook) if webhook.get("url") else (False, "no address")
            )
            deliveries.settle(self._store, delivery, is_accepted=is_accepted, answer=answer)


def send(event: Json, webhook: Json) -> tuple[bool, str]:
    """POST an event once. Returns whether it was accepted (2xx), and what was answered."""
    body = json.dumps(event, indent=2).encode()
    target = urlsplit(webhook["url"])
    connect = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": _USER_AGENT,
        "Stripe-Signature": signature(body, webhook["secret"], int(time.time())),
    }
    try:
        connection = connect(target.netloc, timeout=_PATIENCE_SECONDS)
        try:
            path = (target.path or "/") + (f"?{target.query}" if target.query else "")
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as failure:
        return False, type(failure).__name__
    return 200 <= status < 300, str(status)


def signature(body: bytes, secret: str, at: int) -> str:
    """The Stripe-Signature header of a body sent at an instant."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
