"""Tasks as agents' callers see them: one, pages of a project's, and what repositories they are about.

The principal is narrowed to a project that it reaches; internal tasks are found by id only, but for staff.
Source: agents.md A.3.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.rules.principal import Principal
from tasks.models import Brief, Run, Task
from tasks.queries.runs import ShownRun, newest_run, shown_runs
from tasks.rules.briefs import Origin, number_in
from tasks.rules.runs import RunStatus
from tasks.rules.search import folded
from tasktracker.core.errors import NotFound


class Archived(StrEnum):
    """Which tasks a list shows."""

    NO = "false"
    YES = "true"
    ALL = "all"


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """What a list is narrowed by; "" and None narrow nothing.

    status: of the newest run. stage: of any run. is_internal: only internal ones, for staff alone.
    """

    origin: str = ""
    stage: str = ""
    organization: str = ""
    repository: str = ""
    created_by: int | None = None
    search: str = ""
    status: RunStatus | None = None
    is_internal: bool = False
    archived: Archived = Archived.NO


@dataclass(frozen=True, slots=True)
class BriefedTask:
    """A task, with project and owner; its brief, its number in its project and its newest run, if any."""

    task: Task
    brief: Brief | None
    number: int | None
    latest_run: ShownRun | None


@dataclass(frozen=True, slots=True)
class BriefedPage:
    """One page, newest first. count: of all pages."""

    tasks: Sequence[BriefedTask]
    count: int


def briefed_task(principal: Principal, task_id: UUID) -> BriefedTask:
    """Find one task of the project, internal and archived ones too. Raises NotFound."""
    found = _shown(_of_project(principal).filter(pk=task_id))
    if not found:
        raise NotFound
    return found[0]


def briefed_page(*, principal: Principal, filters: Filters, limit: int, offset: int) -> BriefedPage:
    """List a page of the project's tasks. Four statements, however many there are."""
    rows = _filtered(_of_project(principal), filters, is_staff=principal.is_staff)
    return BriefedPage(_shown(rows.order_by("-pk")[offset : offset + limit]), rows.count())


def briefed_page_of(
    *, principal: Principal, task_ids: Collection[UUID], limit: int, offset: int
) -> BriefedPage:
    """List a page of those of these tasks that the project has, internal and archived ones too."""
    rows = _of_project(principal).filter(pk__in=set(task_ids))
    return BriefedPage(_shown(rows.order_by("-pk")[offset : offset + limit]), rows.count())


def agent_tasks(principal: Principal, *, limit: int) -> list[BriefedTask]:
    """List the project's newest tasks that agents have to do with: those with a brief. Three statements."""
    rows = _listed(_of_project(principal)).filter(brief__isnull=False, archived_at=None)
    return _shown(rows.order_by("-pk")[:limit])


def repositories_of(principal: Principal) -> list[str]:
    """List the repositories that the project's tasks are about, in alphabetical order."""
    rows = Brief.objects.filter(task__in=_listed(_of_project(principal)), repository__isnull=False)
    return sorted(name for (name,) in rows.values_list("repository").distinct() if name)


def _of_project(principal: Principal) -> QuerySet[Task]:
    if principal.project_id is None:
        return Task.objects.none()
    return Task.objects.filter(project_id=principal.project_id, deleted_at=None)


def _listed(rows: QuerySet[Task]) -> QuerySet[Task]:
    return rows.filter(Q(brief=None) | Q(brief__is_internal=False))


def _filtered(rows: QuerySet[Task], filters: Filters, *, is_staff: bool) -> QuerySet[Task]:
    rows = rows.filter(brief__is_internal=True) if filters.is_internal and is_staff else _listed(rows)
    if filters.archived != Archived.ALL:
        rows = rows.filter(archived_at__isnull=filters.archived == Archived.NO)
    if filters.origin:
        rows = rows.filter(_has_origin(filters.origin))
    if filters.created_by is not None:
        rows = rows.filter(owner=filters.created_by)
    if filters.status is not None:
        status = Subquery(newest_run().values("status")[:1])
        rows = rows.alias(latest_status=status).filter(latest_status=filters.status)
    if filters.stage:
        rows = rows.filter(Exists(Run.objects.filter(task=OuterRef("pk"), stage=filters.stage)))
    return rows.filter(_is_about(filters), _matches(filters.search.strip()))


def _has_origin(origin: str) -> Q:
    """A task without a brief was made by a person."""
    wanted = Q(brief__origin=origin)
    return wanted | Q(brief=None) if origin == Origin.USER_CREATED else wanted


def _is_about(filters: Filters) -> Q:
    wanted = Q()
    if filters.organization:
        wanted &= Q(brief__repository__startswith=f"{filters.organization.lower()}/")
    repository = filters.repository.lower()
    if "/" in repository:
        wanted &= Q(brief__repository=repository)
    elif repository:
        wanted &= Q(brief__repository__endswith=f"/{repository}")
    return wanted


def _matches(search: str) -> Q:
    if not search:
        return Q()
    wanted = Q(search_text__contains=folded(search))
    number = number_in(search)
    if number is not None:
        wanted |= Q(brief__number=number, brief__project=F("project"))
    return wanted


def _shown(rows: QuerySet[Task]) -> list[BriefedTask]:
    """Read tasks with all that is shown of them: one statement, two more where there are runs."""
    newest = Subquery(newest_run().values("pk")[:1])
    related = rows.select_related("project", "owner", "brief").defer("search_text")
    found: list[Any] = list(related.annotate(newest_run_id=newest))
    runs = shown_runs([task.newest_run_id for task in found if task.newest_run_id is not None])
    return [_briefed(task, runs.get(task.newest_run_id)) for task in found]


def _briefed(task: Task, run: ShownRun | None) -> BriefedTask:
    brief: Brief | None = getattr(task, "brief", None)
    has_number = brief is not None and brief.project_id == task.project_id
    return BriefedTask(task, brief, brief.number if brief and has_number else None, run)
