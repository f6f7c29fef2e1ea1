"""Logs: structured lines with the request id, and nothing secret.

Only the set-up belongs here; what is worth a line is said where it happens.
"""

import logging
import logging.config
import re
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from tasktracker.core import request_id

# Every prefix of ours is recognisable, so that no line can carry a credential (reliability.md 4.5).
_SECRET = re.compile(
    r"(whsec_[A-Za-z0-9+/=_-]{8,}|(?:tt1|tr2|cal|tb1|ph1|dev)_[A-Za-z0-9_-]{8,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+|sk_(?:test|live)_\w+)"
)


def configure(options: Mapping[str, str]) -> None:
    """Set up logging. options: level, format ("json" or "text"). Called by Django at start."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_request_id,
        structlog.processors.format_exc_info,
        drop_secrets,
    ]
    last: Any = (
        structlog.processors.JSONRenderer()
        if options["format"] == "json"
        else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
    )
    formatter = {
        "()": Lines,
        "access_line": _json if options["format"] == "json" else _text,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"ours": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ours"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                "django.server": {"handlers": [], "propagate": False},
                "urllib3": {"level": "WARNING"},
                "stripe": {"level": "WARNING"},  # tells every call; at DEBUG also what was in it
                "celery.app.trace": {"level": "WARNING"},  # a line for every bell would drown the rest
            },
        }
    )


class Lines(structlog.stdlib.ProcessorFormatter):
    """Formats every line alike; the access log's, one for each request, without the processors' 60 us."""

    def __init__(self, *, access_line: Callable[[dict[str, Any]], str], **options: Any) -> None:
        super().__init__(**options)
        self._access_line = access_line

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "access", None)
        if fields is None:
            return super().format(record)
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="microseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **fields,
            "request_id": request_id.current(),
        }
        return _SECRET.sub("[secret]", self._access_line(line))


def _json(line: dict[str, Any]) -> str:
    return orjson.dumps(line).decode()


def _text(line: dict[str, Any]) -> str:
    return " ".join(f"{name}={value!r}" for name, value in line.items())


def add_request_id(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put the current request id on the line."""
    if current := request_id.current():
        event["request_id"] = current
    return event


def drop_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut anything that looks like a credential of ours out of every text on the line."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET.sub("[secret]", value)
    return event
