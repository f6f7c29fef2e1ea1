"""The entries of a run's log: what kind each is, when it was written, and which of them a reader asks for.

An entry is an object of the client's own making; what it lacks, it lacks. Source: agents.md A.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

MAX_BYTES: Final = 64 * 1024 * 1024  # of one run's log
MAX_READ: Final = 5000
DEFAULT_READ: Final = 1000


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which entries a reader asks for. after: strictly later ones; None and an empty set ask for all."""

    after: datetime | None = None
    event_types: frozenset[str] = frozenset()
    exclude_types: frozenset[str] = frozenset()

    @property
    def is_given(self) -> bool:
        return bool(self.after or self.event_types or self.exclude_types)

    def matches(self, entry: Any) -> bool:
        """Tell whether an entry is asked for; one without a moment is later than nothing."""
        kind = event_type(entry)
        if kind in self.exclude_types or (self.event_types and kind not in self.event_types):
            return False
        if self.after is None:
            return True
        written_at = moment_of(entry)
        return written_at is not None and written_at > self.after


def event_type(entry: Any) -> str | None:
    """Name what an entry tells of: the notification's method, or for an update of the session which one."""
    notification = _object(entry, "notification")
    method = notification.get("method")
    if method == "session/update":
        update = _object(_object(notification, "params"), "update").get("sessionUpdate")
        return update if isinstance(update, str) else None
    return method if isinstance(method, str) else None


def moment_of(entry: Any) -> datetime | None:
    """Read when an entry was written; None where it does not say."""
    text = entry.get("timestamp") if isinstance(entry, Mapping) else None
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def user_message_entry(content: Any, *, at: datetime) -> dict[str, Any]:
    """Write the entry by which a run hears of a message to it."""
    return {
        "type": "notification",
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "notification": {
            "jsonrpc": "2.0",
            "method": "_posthog/user_message",
            "params": {"content": content},
        },
    }


def _object(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}
