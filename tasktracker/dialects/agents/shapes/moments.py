"""Instants on the wire."""

from datetime import UTC, datetime


def moment(at: datetime) -> str:
    """Write an instant as ISO 8601 in UTC: "2026-03-02T12:00:00.123456Z"."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment_or_none(at: datetime | None) -> str | None:
    """Write an instant, or null."""
    return None if at is None else moment(at)
