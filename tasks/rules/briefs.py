"""What may be written on an agent's brief, and the names that follow from it. Source: agents.md A.2, A.4."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson

from tasks.rules.limits import text_problems
from tasks.rules.output_schemas import schema_problem
from tasktracker.core.errors import Problem

MAX_REPOSITORY: Final = 255
MAX_CI_PROMPT: Final = 256 * 1024
MAX_SCHEMA_BYTES: Final = 256 * 1024
UNTITLED: Final = "Untitled Task"

_MADE_TITLE: Final = 60
_PREFIX: Final = 3
_NO_PREFIX: Final = "TSK"
_REPOSITORY = re.compile(r"[!-.0-~]+/[!-.0-~]+", re.ASCII)  # printable, and no further slash
_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")
_NOT_CAPITAL = re.compile(r"[^A-Z]")
_LARGEST_NUMBER: Final = 2**31 - 1


class Origin(StrEnum):
    """Which product made a task."""

    ERROR_TRACKING = "error_tracking"
    EVAL_CLUSTERS = "eval_clusters"
    USER_CREATED = "user_created"
    AUTOMATION = "automation"
    SLACK = "slack"
    SUPPORT_QUEUE = "support_queue"
    SESSION_SUMMARIES = "session_summaries"
    SIGNAL_REPORT = "signal_report"


def made_title(description: str) -> str:
    """Make a title of a description: its first line, at most 60 characters. Source: agents.md A.4."""
    first = description.strip().partition("\n")[0].strip()
    if len(first) > _MADE_TITLE:
        return f"{first[: _MADE_TITLE - 3]}..."
    return first or UNTITLED


def slug_of(project_name: str, number: int | None, task_id: UUID) -> str:
    """Write a task's slug: `<PREFIX>-<number>`, and the end of its id where it has no number yet."""
    tail = task_id.hex[-12:] if number is None else number
    return f"{_prefix(project_name)}-{tail}"


def number_in(search: str) -> int | None:
    """Read the number of a task out of `7` or `ABC-7`; None when there is none."""
    digits = search.rpartition("-")[2]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(_LARGEST_NUMBER))):
        return None
    number = int(digits)
    return number if number <= _LARGEST_NUMBER else None


def normal_repository(text: str | None) -> str | None:
    """Spell a repository as it is stored; blank is none."""
    return text.strip().lower() or None if text else None


def brief_problems(values: dict[str, Any]) -> Iterator[Problem]:
    """List what is wrong with the values of a brief, named as the columns are; absent ones are fine."""
    repository = values.get("repository")
    if repository is not None:
        yield from text_problems("repository", repository, MAX_REPOSITORY)
        if not _REPOSITORY.fullmatch(repository):
            yield Problem("repository", "invalid", "Repository must be in the format organization/repository")
    if values.get("ci_prompt") is not None:
        yield from text_problems("ci_prompt", values["ci_prompt"], MAX_CI_PROMPT)
    if values.get("json_schema") is not None:
        yield from _schema_problems(values["json_schema"])


def _schema_problems(schema: Any) -> Iterator[Problem]:
    if not isinstance(schema, dict):
        yield Problem("json_schema", "invalid", "Must be a JSON object.")
    elif len(orjson.dumps(schema)) > MAX_SCHEMA_BYTES:
        yield Problem("json_schema", "max_length", f"This may have at most {MAX_SCHEMA_BYTES} bytes.")
    elif problem := schema_problem(schema):
        yield Problem("json_schema", "invalid", problem)


def _prefix(project_name: str) -> str:
    letters = _NOT_ALPHANUMERIC.sub("", project_name)
    capitals = _NOT_CAPITAL.sub("", letters)
    return (capitals if len(capitals) >= _PREFIX else letters.upper())[:_PREFIX] or _NO_PREFIX
