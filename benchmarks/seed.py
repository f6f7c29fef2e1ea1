"""Rows for experiments: accounts through the operations, everything else in thousands by one statement.

Row number n of a table always has the same id, so that experiments can name any of them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from accounts.operations.accounts import open_account
from accounts.operations.credentials import issue_triggers_token, principal_of_user
from accounts.queries.projects import inbox_of
from accounts.rules.principal import Principal
from tasks.operations.webhooks import register_webhook
from tasks.rules.subscriptions import MAX_PER_ACCOUNT
from tasks.rules.vocabulary import Event
from tasktracker.http.tokens import sign

START: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # the first schedule of a table is due a second later
RARE_WORD: Final = "albatross"  # in the oldest task of the table only
FREQUENT_WORD: Final = "plants"  # in every task

_CHUNK = 25_000  # one statement stays below statement_timeout
_SERIES = """WITH RECURSIVE series (n) AS (
  SELECT %(first)s + 1 UNION ALL SELECT n + 1 FROM series WHERE n < %(last)s)"""

_TASKS = """INSERT INTO tasks_task (id, project_id, owner_id, title, description, search_text, status,
  is_all_day, created_at, updated_at) {series}
SELECT {id}, %(project)s, %(owner)s, 'Water ' || n, 'The plants on the balcony, and those of number ' || n,
  'water ' || n || CASE WHEN n = 1 THEN ' {rare}' ELSE '' END
    || ' the plants on the balcony, and those of number ' || n,
  'pending', FALSE, %(start)s, %(start)s FROM series"""
_SCHEDULES = """INSERT INTO tasks_schedule (id, task_id, frequency, "interval", time_of_day, time_zone,
  anchor_date, run_count, next_at) {series}
SELECT {id}, {id}, 'daily', 1, '12:00:00', 'UTC', '2026-03-01', 0, {later} FROM series"""
_OCCURRENCES = """INSERT INTO tasks_occurrence (id, task_id, status, source, created_at, closed_at) {series}
SELECT {id}, {task}, 'completed', 'completion', %(start)s, %(start)s FROM series"""
_DELIVERIES = """INSERT INTO outbox_delivery (id, kind, event, event_id, endpoint, account_id, payload,
  is_sealed, state, due_at, fence, tries, last_error, request_id, created_at) {series}
SELECT {id}, 'webhook', 'task.triggered', {id}, 'endpoint ' || n %% {endpoints}, %(owner)s, %(payload)s,
  FALSE, 'pending', %(start)s, 0, 0, '', '', %(start)s FROM series"""
_ID = {
    "sqlite": "'01900000000070008000' || printf('%%012x', {n})",
    "postgresql": "CAST('01900000000070008000' || lpad(to_hex({n}), 12, '0') AS uuid)",
}
_LATER = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%S', %(start)s, n || ' seconds')",
    "postgresql": "CAST(%(start)s AS timestamptz) + n * interval '1 second'",
}
_ANALYZE = {"sqlite": "ANALYZE", "postgresql": "VACUUM ANALYZE"}


@dataclass(frozen=True)
class Account:
    """An account with its Inbox. token: for triggers, as a caller sends it."""

    principal: Principal
    project_id: int
    token: str


def account(name: str, *, webhooks: int = 0) -> Account:
    """Open an account with webhooks that want to hear of triggers."""
    user = open_account(email=f"{name}@example.com", password=None, at=START, confirmed=True)
    principal = principal_of_user(user, START)
    issued = issue_triggers_token(principal=principal, name="bench", scope="user", at=START)
    for number in range(webhooks):
        url = f"https://example.com/{number}"
        register_webhook(principal=principal, url=url, events=[Event.TASK_TRIGGERED], at=START)
    return Account(principal, inbox_of(user.pk).pk, sign(issued.claims))


def tasks(owner: Account, count: int, *, first: int = 0) -> None:
    """Make pending tasks in the Inbox, numbers first + 1 to first + count."""
    _insert(_TASKS, count, first=first, owner=owner.principal.user_id, project=owner.project_id)


def schedules(count: int, *, first: int = 0) -> None:
    """Give each task of these numbers a daily schedule, due so many seconds after START."""
    _insert(_SCHEDULES, count, first=first)


def completed_occurrences(count: int, *, first: int = 0, task: int | None = None) -> None:
    """Make a completed occurrence for the task of each number, or all of them for task number `task`."""
    _insert(_OCCURRENCES, count, first=first, task=task)


def deliveries(owner: Account, count: int) -> None:
    """Make deliveries that are due, shared out over as many endpoints as an account can have webhooks."""
    _insert(_DELIVERIES, count, owner=owner.principal.user_id, payload="x" * 200)


def settle_down() -> None:
    """Let the database look at what it has, as it would have by itself after a while."""
    with connection.cursor() as cursor:
        cursor.execute(_ANALYZE[connection.vendor])


def row_id(number: int) -> UUID:
    """Return the id of row number `number` of any table."""
    return UUID(f"01900000000070008000{number:012x}")


def adapted(moment: datetime) -> Any:
    """Write a moment as this database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(moment)


def _insert(statement: str, count: int, *, first: int = 0, task: int | None = None, **values: Any) -> None:
    vendor = connection.vendor
    written = statement.format(
        series=_SERIES,
        id=_ID[vendor].format(n="n"),
        task=_ID[vendor].format(n="n" if task is None else task),
        later=_LATER[vendor],
        rare=RARE_WORD,
        endpoints=MAX_PER_ACCOUNT,
    )
    with connection.cursor() as cursor:
        for begin in range(first, first + count, _CHUNK):
            last = min(begin + _CHUNK, first + count)
            cursor.execute(written, {"first": begin, "last": last, "start": adapted(START), **values})
