"""The server, as a runner sees it: calls with a key, tried again while it is worth it.

What is called when is decided in work.py.
"""

import json
import random
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, Final

TIMEOUT_SECONDS: Final = 30.0
_FIRST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 10.0
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHOWN_CHARACTERS: Final = 500


class Refused(Exception):
    """The server said no, for good."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text[:_SHOWN_CHARACTERS]}")
        self.code = code


class GaveUp(Exception):
    """The caller asked to stop before the server could be reached."""


class Server:
    """A project on a server. address: "https://tasks.example.com". project: a number, or "@current"."""

    def __init__(self, address: str, project: str, key: str) -> None:
        self.address = address.rstrip("/")
        self.project = project
        self._key = key

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        stop: threading.Event,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Call a path below the project; returns the JSON of the answer, None where there is none.

        Trouble that passes is waited out, longer each time, until `stop` is set.
        Raises Refused, GaveUp.
        """
        data = None if body is None and method == "GET" else json.dumps(body or {}).encode()
        given = {**self._headers(), **(headers or {})}
        answer = _sent(self._url(path), method, data, given, stop)
        return json.loads(answer) if answer else None

    def read(self, path: str, body: object, *, stop: threading.Event) -> bytes:
        """Ask for bytes, by POST. Raises as call()."""
        return _sent(self._url(path), "POST", json.dumps(body).encode(), self._headers(), stop)

    def _url(self, path: str) -> str:
        return f"{self.address}/api/projects/{self.project}/{path}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}


def post_file(url: str, fields: Mapping[str, str], content: bytes, *, stop: threading.Event) -> None:
    """Send a file with a form that the server has signed, to wherever that leads. Raises as Server.call()."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
    kind = fields.get("Content-Type", "application/octet-stream")
    parts += [f"{head}Content-Type: {kind}\r\n\r\n".encode(), content, f"\r\n--{boundary}--\r\n".encode()]
    given = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    _sent(url, "POST", b"".join(parts), given, stop)


def _sent(
    url: str, method: str, data: bytes | None, headers: Mapping[str, str], stop: threading.Event
) -> bytes:
    wait = _FIRST_WAIT_SECONDS
    while True:
        try:
            request = urllib.request.Request(url, data, dict(headers), method=method)  # noqa: S310
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as refusal:
            text = refusal.read().decode(errors="replace")
            if refusal.code not in _PASSING:
                raise Refused(refusal.code, text) from None
            asked = refusal.headers.get("Retry-After", "")
            pause = float(asked) if asked.isdigit() else wait
        except (OSError, HTTPException):
            pause = wait
        if stop.wait(pause * random.uniform(0.8, 1.2)):  # noqa: S311  # jitter, not a secret
            raise GaveUp
        wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
