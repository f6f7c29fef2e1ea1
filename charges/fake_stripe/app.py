"""The WSGI application: reads a request whole, finds who answers it, writes the answer."""

import sys
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from charges.fake_stripe.api import Api
from charges.fake_stripe.control import Control
from charges.fake_stripe.errors import Json, broken
from charges.fake_stripe.faults import Faults
from charges.fake_stripe.http_words import Answer, Dropped, Request, as_json
from charges.fake_stripe.ids import new_id
from charges.fake_stripe.pages import Pages
from charges.fake_stripe.store import Store

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_LARGEST_BODY_BYTES = 1024 * 1024
_LONGEST_DISCARDED_BYTES = 16 * _LARGEST_BODY_BYTES


class Application:
    """address: where this program is reached (it puts it into the addresses of its pages)."""

    def __init__(self, store: Store, *, address: str, webhook: Json) -> None:
        faults = Faults(store)
        self._api = Api(store, faults, address)
        self._control = Control(store, faults, address, webhook)
        self._pages = Pages(store, address)

    def __call__(self, environment: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = read_request(environment)
        answer = self._answer(request) if request else as_json({"error": "The body cannot be read."}, 413)
        body = answer.body.encode()
        phrase = HTTPStatus(answer.status).phrase
        start_response(f"{answer.status} {phrase}", [*answer.headers, ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, request: Request) -> Answer:
        try:
            if request.path.startswith("/v1/"):
                return self._api.answer(request)
            if request.path.startswith("/_") and not self._pages.has(request.path):
                return self._control.answer(request)
            return self._pages.answer(request)
        except Dropped:
            raise
        except Exception:  # noqa: BLE001  # a bug of this program: say so on both sides, and go on
            traceback.print_exc(file=sys.stderr)
            return as_json(broken(is_stored=False).body(request.id), 500)


def _read_past(stream: Any, length: int) -> None:
    """Take a body that nobody wants, within reason: who is cut off while sending does not see the answer."""
    left = min(length, _LONGEST_DISCARDED_BYTES)
    while left > 0 and (piece := stream.read(min(left, 65536))):
        left -= len(piece)


def read_request(environment: dict[str, Any]) -> Request | None:
    """Read a request; None when its body is too large or no text."""
    try:
        length = int(environment.get("CONTENT_LENGTH") or 0)
        if not 0 <= length <= _LARGEST_BODY_BYTES:
            _read_past(environment["wsgi.input"], length)
            return None
        body = environment["wsgi.input"].read(length).decode()
    except (ValueError, UnicodeDecodeError):
        return None
    names = (name for name in environment if name.startswith("HTTP_"))
    headers = {name[5:].replace("_", "-").lower(): str(environment[name]) for name in names}
    return Request(
        method=environment["REQUEST_METHOD"],
        path=environment.get("PATH_INFO", "/"),
        query=environment.get("QUERY_STRING", ""),
        body=body,
        headers=headers,
        id=new_id("req_", 14),
    )
