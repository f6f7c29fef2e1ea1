"""What a row is made of: the things that its calls refer to, a call, an answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.models import User


@dataclass(frozen=True)
class World:
    """What the rows' calls refer to: real things of an owner, and one of an outsider's."""

    owner: User
    cookie: str  # of a signed-in browser
    token: str  # scope "user"
    narrow_token: str  # scope "task:<other_task_id>"
    task_id: UUID
    other_task_id: UUID
    foreign_task_id: UUID
    project_key: str  # to acme/web
    project_task_id: UUID  # in acme/web
    project_id: int  # of acme/web
    personal_key: str
    reading_key: str  # with the scope task:read alone
    stakes_key: str
    stake_id: UUID  # of a staked task, pending and due at STAKE_DUE_AT
    device_token: str


@dataclass(frozen=True)
class Call:
    """A request, before it is spoiled."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True)
class Answer:
    """What must come back. body: the exact JSON value or text, or a function of the world for it."""

    status: int
    body: Any = ""
    media_type: str | None = "application/json"


@dataclass(frozen=True)
class Row:
    """A dialect's calls. good: works; forbidden, absent, foreign: are refused so.

    wrong_method: on the good call's path. unrouted: a path of the dialect that nothing answers.
    operation: what a bug is put into, "module:name". limit: one of the settings that the good call counts in.
    """

    good: Callable[[World], Call]
    forbidden: Callable[[World], Call]
    absent: Callable[[World], Call]
    foreign: Callable[[World], Call]
    wrong_method: str
    unrouted: str
    operation: str
    limit: str
    answers: Mapping[str, Answer]


def named(status: int, text: str) -> Answer:
    """Refuse with one text under "error"."""
    return Answer(status, {"error": text})
