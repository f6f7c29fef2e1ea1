"""Entries of a run's log as lines that people read. static/web/run.js says the same of entries as they come.

What an entry is made of is its client's choice (tasks/rules/session_logs.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from tasks.rules.session_logs import event_type

CONSOLE: Final = "_posthog/console"
_LONGEST = 4000  # characters of a line; the whole entry is in the log itself


@dataclass(frozen=True)
class LogLine:
    """One line. kind: what it tells of; "" for plain output. level: as its writer said, "error" is marked."""

    kind: str
    level: str
    text: str


def log_line(entry: str) -> LogLine:
    """Read an entry, which is JSON text, as a line."""
    said = orjson.loads(entry)
    params = _object(_object(said, "notification"), "params")
    kind = event_type(said) or ""
    level = params.get("level")
    return LogLine(
        kind="" if kind == CONSOLE else kind,
        level=level if isinstance(level, str) else "",
        text=_text(said, params)[:_LONGEST],
    )


def _text(said: Any, params: Mapping[str, Any]) -> str:
    content = _object(_object(params, "update"), "content").get("text")
    for text in (params.get("message"), params.get("content"), params.get("text"), content):
        if isinstance(text, str):
            return text
    return orjson.dumps(params or said).decode()


def _object(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}
