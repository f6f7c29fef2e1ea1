"""What a request is and what an answer is, between the socket and the rest of this program."""

import json
from dataclasses import dataclass, field
from typing import Any

Header = tuple[str, str]


@dataclass(frozen=True)
class Request:
    """One request, read whole. headers: names in lower case."""

    method: str
    path: str
    query: str
    body: str
    headers: dict[str, str]
    id: str


@dataclass(frozen=True)
class Answer:
    """One answer, ready to be written."""

    status: int
    body: str
    headers: tuple[Header, ...] = field(default=(("Content-Type", "application/json"),))


class Dropped(ConnectionAbortedError):
    """The caller gets no answer: wsgiref closes the connection without a byte when it sees this error."""


def as_json(value: Any, status: int = 200, *headers: Header) -> Answer:
    return Answer(status, json.dumps(value, indent=2), (("Content-Type", "application/json"), *headers))


def as_page(text: str, status: int = 200) -> Answer:
    return Answer(status, text, (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")))


def redirect(url: str) -> Answer:
    return Answer(303, "", (("Location", url),))
