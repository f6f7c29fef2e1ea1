"""The tasks whose feeds real subscribers read, and what they must see.

tests.clients.furnish makes them; case_calendar.py, which cannot import us, is told through a file.
"""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any, Final

MANY: Final = 10_000
# Titles that have broken feeds before: separators, escapes, ends of lines, wide characters around the fold.
TITLES: Final = (
    "Milk, eggs; bread: and \\ more",
    "First line\nSecond line, and a third;\nthe end",
    'Say "BEGIN:VEVENT" aloud',
    "A literal \\n stays two characters",
    "\N{PARTY POPPER} Pay the \N{WOMAN}\N{ZERO WIDTH JOINER}\N{FIRE ENGINE} bill",
    "\N{EGG}" * 60,
    "x" * 67 + "\N{EURO SIGN}" * 40,
    "\u05d9\u05d5\u05dd \u0639\u0631\u0628\u064a e\N{COMBINING ACUTE ACCENT} \u6d77",
    "w" * 500,
)
_ALL_DAY: Final = "All day long, without a stake"


def make_feeds() -> dict[str, Any]:
    """Make an account with difficult tasks and one with many.

    Returns address paths "difficult_feed" and "many_feed", and "feed_events": the events of the first,
    each [summary, start], start as ISO 8601 or a date.
    """
    difficult, many = _account("feed"), _account("many")
    return {
        "difficult_feed": f"/api2/calendar/{difficult['calendar_token']}.ics",
        "many_feed": f"/api2/calendar/{many['calendar_token']}.ics",
        "feed_events": json.dumps(_make_difficult(difficult["email"])),
        "feed_many": str(_make_many(many["email"])),
    }


def _account(name: str) -> Any:
    from django.core.management import call_command

    output = StringIO()
    call_command(
        "provision", "--email", f"{name}@example.com", "--password", "Published 1", "--json", stdout=output
    )
    return json.loads(output.getvalue())


def _principal(email: str) -> Any:
    from accounts.operations.credentials import principal_of_user
    from accounts.queries.accounts import account_by_email
    from tasktracker.core import clock

    user = account_by_email(email)
    assert user
    return principal_of_user(user, clock.now())


def _make_difficult(email: str) -> list[list[str]]:
    from charges.operations.staking import create_staked_task
    from tasks.operations.editing import create_task
    from tasktracker.core import clock

    principal, at = _principal(email), clock.now()
    first = datetime(at.year + 1, 5, 6, 7, 8, 9, tzinfo=UTC)
    events = []
    for number, title in enumerate(TITLES):
        due_at = first + timedelta(days=number)
        create_staked_task(principal=principal, title=title, due_at=due_at, stake_cents=500 + number, at=at)
        events.append([f"{title} (${(500 + number) / 100:.2f})", due_at.isoformat()])
    day = datetime(at.year + 1, 6, 1, tzinfo=UTC)
    create_task(principal=principal, title=_ALL_DAY, due_at=day, is_all_day=True, at=at)
    return [*events, [_ALL_DAY, day.date().isoformat()]]


def _make_many(email: str) -> int:
    from tasks.models import Task
    from tasks.operations.editing import create_task
    from tasktracker.core import clock

    principal, at = _principal(email), clock.now()
    first = create_task(principal=principal, title="Task 0", due_at=at + timedelta(days=1), at=at)
    rows = [
        Task(
            project_id=first.project_id,
            owner_id=first.owner_id,
            title=f"Task {number}, \N{PARTY POPPER}; and more",
            due_at=at + timedelta(days=1, minutes=number),
            created_at=at,
            updated_at=at,
        )
        for number in range(1, MANY)
    ]
    Task.objects.bulk_create(rows, batch_size=1000)
    return MANY
