"""What a webhook may be: its address, the events it asks for, and a project's name for it.

Connecting to the address is refused again, after name resolution, when something is sent (outbox).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from accounts.rules.slugs import is_slug
from tasks.rules.vocabulary import Event
from tasktracker.core.errors import Problem
from tasktracker.outbox.rules.targets import BadTarget, parse_target

MAX_PER_ACCOUNT = 20
MAX_PER_PROJECT = 20
MAX_SLUG = 42  # `webhook:<slug>` is at most 50 characters (progress.md B2, Action)
SECRET_OVERLAP = timedelta(hours=24)
FAILURES_UNTIL_OFF = timedelta(days=5)  # README.md of the contract, "Webhooks and other things ..."


def url_problems(url: str, *, allow_loopback: bool) -> Iterator[Problem]:
    """List what keeps a webhook from being sent to this address."""
    try:
        parse_target(url, allow_loopback=allow_loopback)
    except BadTarget as bad:
        yield Problem("url", "invalid_url", f"This address cannot be called: {bad.reason}.")


def event_problems(events: Sequence[str]) -> Iterator[Problem]:
    """List what is wrong with a subscription: at least one event, each known, each once."""
    if not events:
        yield Problem("events", "empty", "Choose at least one event.")
    for place, event in enumerate(events):
        if event not in {str(known) for known in Event}:
            yield Problem(f"events.{place}", "invalid_choice", "This is not an event.")
        elif event in events[:place]:
            yield Problem(f"events.{place}", "duplicate", "This event is chosen twice.")


def slug_problems(slug: str) -> Iterator[Problem]:
    """List what is wrong with a project's name for a webhook."""
    if not is_slug(slug) or len(slug) > MAX_SLUG:
        yield Problem(
            "slug",
            "invalid_slug",
            f"Use at most {MAX_SLUG} lower-case letters, digits and inner hyphens.",
        )


def is_given_up(failing_since: datetime | None, at: datetime) -> bool:
    """Tell whether a webhook has seen nothing but failures for so long that it is switched off."""
    return failing_since is not None and at - failing_since >= FAILURES_UNTIL_OFF
