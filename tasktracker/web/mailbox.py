"""The mails that the embedded form keeps as files instead of sending them: read for /dev/mail.

Writing them is Django's file backend, called by the outbox.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

_SHOWN = 50
_LARGEST = 1024 * 1024


@dataclass(frozen=True)
class StoredMail:
    """One mail."""

    name: str
    kept_at: datetime
    to: str
    subject: str
    text: str


def newest_mails(folder: Path) -> list[StoredMail]:
    """Read the newest mails of a folder, newest first; one that does not exist has none."""
    files = [path for path in folder.glob("*.log") if path.is_file()]
    newest = sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    return [_read(path) for path in newest[:_SHOWN]]


def _read(path: Path) -> StoredMail:
    with path.open("rb") as file:
        message = message_from_bytes(file.read(_LARGEST), policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101  # what this policy makes
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    kept_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return StoredMail(
        path.name, kept_at, str(message["To"]), str(message["Subject"]), text.rstrip("-\n ") + "\n"
    )
