"""The page of limits: the figures of the settings, in words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings

from tasktracker.core.limits import scaled

# name in the settings: (who is counted, what)
WORDS = {
    "account": ("an account", "triggers, mobile apps and web pages together"),
    "trigger": ("an account", "its calls that trigger a task"),
    "complete": ("an account", "its calls that complete a task"),
    "fragment": ("an account", "parts of web pages that keep themselves up to date"),
    "todo": ("an account", "todo"),
    "todo_stranger": ("an address", "todo, where nobody has to be signed in"),
    "stakes": ("a stakes key", "stakes"),
    "stakes_strangers": ("an address", "stakes, without a good key"),
    "progress": ("a project key", "progress"),
    "mobile_address": ("an address", "mobile, whatever the path"),
    "agents": ("a personal key, or an account's session", "agents"),
    "uploads": ("an address", "files that go up or down by a signed address"),
    "mobile_address": ("an address", "mobile, before the token is looked at"),
    "agents": ("a personal key, or an account's session", "agents"),
    "uploads": ("an address", "signed uploads and downloads of files"),
    "documents": ("an address", "machine-readable documents below /api"),
}
GUESS_WORDS = {
    "sign_in.email": ("an e-mail address", "sign-in, everywhere"),
    "sign_in.address": ("an address", "sign-in, everywhere"),
    "second_factor.account": ("an account", "codes of a second factor"),
    "sign_up.email": ("an e-mail address", "sign-up"),
    "sign_up.address": ("an address", "sign-up"),
    "code_request.email": ("an e-mail address", "asking for a code"),
    "code_request.address": ("an address", "asking for a code"),
    "code_check.email": ("an e-mail address", "trying a code"),
    "code_check.address": ("an address", "trying a code"),
    "reset.email": ("an e-mail address", "asking for another password"),
    "reset.address": ("an address", "asking for another password"),
    "change_email.email": ("an e-mail address", "asking for another e-mail address"),
    "change_email.address": ("an address", "asking for another e-mail address"),
    "calendar.address": ("an address", "calendar feeds that do not exist"),
    "invite.account": ("an account", "invitations to organizations"),
}
_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_RATE = re.compile(r"(\d+)/(\d*)([smhd])")  # as django-ratelimit writes it


@dataclass(frozen=True)
class Row:
    """One line of the table: who is counted, what, and "300 in 5 minutes" for each window."""

    who: str
    what: str
    windows: Sequence[str]


def call_limits() -> Iterator[Row]:
    """Yield the limits on calls, as they hold in this installation."""
    for name, windows in settings.TASKTRACKER_LIMITS.items():
        yield Row(*WORDS[name], [_window(scaled(count), seconds) for count, seconds in windows])
    if rate := _RATE.fullmatch(settings.TASKTRACKER_PUBLIC_PAGE_RATE):
        count, many, unit = rate.groups()
        window = _window(scaled(int(count)), int(many or 1) * _UNITS[unit])
        yield Row("an address", "public pages and this documentation", [window])


def guess_limits() -> Iterator[Row]:
    """Yield the limits on what is tried at doors."""
    for name, (count, seconds) in settings.TASKTRACKER_GUESS_LIMITS.items():
        yield Row(*GUESS_WORDS[name], [_window(count, seconds)])


def _window(count: int, seconds: int) -> str:
    size, word = next((size, word) for size, word in _SPANS if seconds % size == 0)
    many = seconds // size
    one = "an" if word == "hour" else "a"
    return f"{count:,} {one} {word}" if many == 1 else f"{count:,} in {many} {word}s"
