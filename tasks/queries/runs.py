"""Runs as callers may see them: those of tasks that they can reach, with the files that belong to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, QuerySet

from accounts.rules.principal import Principal
from tasks.models import Artifact, Run
from tasks.queries.tasks import visible_to
from tasks.rules.artifacts import ArtifactState
from tasktracker.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """A file of a run, as everybody who sees the run sees it."""

    id: UUID
    name: str
    type: str
    source: str
    size: int
    content_type: str
    storage_path: str
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run and its files, in the order of its manifest."""

    run: Run
    manifest: Sequence[ManifestEntry]


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of a task's runs, newest first. count: how many there are in all."""

    runs: Sequence[ShownRun]
    count: int


class NoSuchTask(NotFound):
    """The task whose runs are asked for is absent or foreign."""

    default_message = "Task not found"


def run_of(principal: Principal, task_id: UUID, run_id: UUID) -> ShownRun:
    """Find one run of a task that the caller reaches. Raises NotFound."""
    reached = Run.objects.filter(pk=run_id, task__in=visible_to(principal).filter(pk=task_id))
    shown = shown_runs(list(reached.values_list("pk", flat=True))).get(run_id)
    if shown is None:
        raise NotFound
    return shown


def shown_run(run: Run) -> ShownRun:
    """Show a run that an operation has just changed, as it is stored."""
    return shown_runs([run.pk])[run.pk]


def run_page(principal: Principal, task_id: UUID, *, limit: int, offset: int) -> RunPage:
    """List the runs of a task that the caller reaches. Raises NoSuchTask."""
    if not visible_to(principal).filter(pk=task_id).exists():
        raise NoSuchTask
    runs = Run.objects.filter(task=task_id)
    ids = list(runs.order_by("-created_at", "-id").values_list("pk", flat=True)[offset : offset + limit])
    shown = shown_runs(ids)
    return RunPage([shown[run_id] for run_id in ids], runs.count())


def newest_run() -> QuerySet[Run]:
    """Say, for a subquery over tasks, which run is a task's newest. Source: agents.md A.3, "status"."""
    return Run.objects.filter(task=OuterRef("pk")).order_by("-created_at", "-id")


def shown_runs(run_ids: Collection[UUID]) -> dict[UUID, ShownRun]:
    """Read runs that the caller may know of, by id: two statements, however many; none for none."""
    if not run_ids:
        return {}
    found = Artifact.objects.filter(run__in=run_ids, state=ArtifactState.ATTACHED).order_by("position")
    manifests: dict[UUID | None, list[ManifestEntry]] = {}
    for artifact in found:
        manifests.setdefault(artifact.run_id, []).append(manifest_entry(artifact))
    runs = Run.objects.filter(pk__in=run_ids).order_by()
    return {run.pk: ShownRun(run, manifests.get(run.pk, [])) for run in runs}


def manifest_entry(artifact: Artifact) -> ManifestEntry:
    """Say of a file what its run's manifest says."""
    return ManifestEntry(
        id=artifact.pk,
        name=artifact.name,
        type=artifact.type,
        source=artifact.source,
        size=artifact.size,
        content_type=artifact.content_type,
        storage_path=artifact.storage_path,
        uploaded_at=artifact.uploaded_at or artifact.created_at,
    )
