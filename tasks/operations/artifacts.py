"""Files on their way into runs: announced, uploaded by others, pinned, and taken by one run, once.

The bytes move outside any transaction; a row is there before them and says what they are after.
Source: agents.md A.8; reliability.md P26; ADR 0046.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.rules.principal import Principal
from tasks.gateways.artifact_store import artifact_store
from tasks.models import Artifact, Run, Task
from tasks.operations.run_moves import held_run
from tasks.queries.artifacts import manifest_of, run_for_files, task_for_files
from tasks.queries.runs import ManifestEntry, manifest_entry
from tasks.rules.artifacts import (
    PREPARED_FOR,
    STAGED_FOR,
    ArtifactState,
    artifact_id,
    file_name,
    size_complaint,
    storage_path,
    task_folder,
)
from tasks.rules.uploads import Pinned, UploadForm, upload_terms
from tasktracker.core.errors import Invalid, Problem
from tasktracker.core.ids import new_id

_SWEPT_AT_ONCE: Final = 100
_SWEPT_AFTER: Final = timedelta(hours=1)  # nobody is in the middle of using it then


class BadStoragePath(Invalid):
    """A path that is not the file's own."""

    code = "bad_storage_path"

    def __init__(self, place: str) -> None:
        super().__init__(message=f"Artifact storage path is invalid for this {place}")


class UploadMissing(Invalid):
    """Nothing was uploaded there, or it was thrown away, or a run has it."""

    code = "upload_missing"
    default_message = "Artifact upload not found in object storage"


class FileTooLarge(Invalid):
    """The file that came is larger than files may be."""

    code = "file_too_large"


class MissingArtifacts(Invalid):
    """Some staged files are unknown, too old, or another run's."""

    code = "missing_artifacts"

    def __init__(self, ids: Iterable[str]) -> None:
        super().__init__(
            *(Problem("pending_user_artifact_ids", "missing_artifact", each) for each in ids),
            message="Some pending_user_artifact_ids are invalid or expired",
        )


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file to come. size: bytes."""

    name: str
    type: str
    size: int
    source: str = ""
    content_type: str = ""


@dataclass(frozen=True, kw_only=True)
class UploadedFile:
    """A file that was uploaded, and what it is. id: as the caller spells it."""

    id: str
    name: str
    type: str
    storage_path: str
    source: str = ""
    content_type: str = ""


@dataclass(frozen=True, kw_only=True)
class WholeFile:
    """A file that came with the call."""

    name: str
    type: str
    content: bytes
    source: str = ""
    content_type: str = ""


@dataclass(frozen=True)
class PreparedUpload:
    """A file to come, and the form with which to send it."""

    artifact: Artifact
    form: UploadForm


# --- announced ----------------------------------------------------------------------------------------------
def prepare_uploads(
    *, principal: Principal, task_id: UUID, run_id: UUID | None, files: Sequence[NewFile], at: datetime
) -> list[PreparedUpload]:
    """Announce files, and say how each can be uploaded within the hour.

    run_id: the run that gets them; None = a run to come. Raises NotFound, Invalid (too large), Unavailable.
    """
    for index, file in enumerate(files):
        _require_size(file.name, file.type, file.content_type, file.size, f"artifacts.{index}.size")
    rows = _announce(principal, task_id, run_id, files, at)
    store = artifact_store()
    return [
        PreparedUpload(
            row,
            store.upload_form(
                upload_terms(key=row.storage_path, size=row.size, content_type=row.content_type, at=at)
            ),
        )
        for row in rows
    ]


def _announce(
    principal: Principal, task_id: UUID, run_id: UUID | None, files: Sequence[NewFile], at: datetime
) -> list[Artifact]:
    """Make the rows. They come before the bytes: no crash leaves a file that nothing names."""
    task = task_for_files(principal, task_id)
    run = run_for_files(principal, task_id, run_id) if run_id else None
    rows = []
    for file in files:
        id_, name = new_id(), file_name(file.name)
        path = storage_path(
            project_id=task.project_id, task_id=task.pk, run_id=run_id, artifact_id=id_, name=name
        )
        row = Artifact(
            id=id_,
            task=task,
            run=run,
            name=name,
            type=file.type,
            source=file.source,
            size=file.size,
            content_type=file.content_type,
            storage_path=path,
            created_at=at,
            expires_at=at + PREPARED_FOR,
        )
        rows.append(row)
    return Artifact.objects.bulk_create(rows)


# --- uploaded -----------------------------------------------------------------------------------------------
def finalize_uploads(
    *,
    principal: Principal,
    task_id: UUID,
    run_id: UUID | None,
    files: Sequence[UploadedFile],
    fence: int | None = None,
    at: datetime,
) -> list[ManifestEntry]:
    """Pin files that were uploaded: all of them or none. Staged ones wait a day for a run; may be repeated.

    run_id: as they were announced. fence: as in held_run().
    Raises NotFound, BadStoragePath, UploadMissing, FileTooLarge, StaleFence, Unavailable.
    """
    task = task_for_files(principal, task_id)
    if run_id:
        run_for_files(principal, task_id, run_id)
    rows = [_announced(task.pk, task.project_id, run_id, file, at) for file in files]
    pinned = [_pinned(row, file) for row, file in zip(rows, files, strict=True)]
    with transaction.atomic():
        place = _lock_places(principal, task_id, run_id, fence) if run_id else 0
        for index, (row, file, pin) in enumerate(zip(rows, files, pinned, strict=True)):
            _settle(row, file, pin, place + index, at)
        final = Artifact.objects.in_bulk([row.pk for row in rows])
    store = artifact_store()
    for row in rows:
        store.forget_upload(row.storage_path)
    return [manifest_entry(final[row.pk]) for row in rows]


def _announced(
    task_id: UUID, project_id: int, run_id: UUID | None, file: UploadedFile, at: datetime
) -> Artifact:
    """Find what a file was announced as. Its path must be the one that was given out then."""
    id_ = artifact_id(file.id)
    row = None
    if id_ is not None:
        row = Artifact.objects.filter(Q(run=run_id), pk=id_, task_id=task_id).first()
    if row is None:
        folder = f"{task_folder(project_id, task_id)}{f'run_{run_id}' if run_id else 'staged'}/"
        if id_ is not None and file.storage_path.startswith(f"{folder}{id_.hex}/"):
            raise UploadMissing
        raise BadStoragePath("run" if run_id else "task")
    if file.storage_path != row.storage_path:
        raise BadStoragePath("run" if run_id else "task")
    if row.expires_at is not None and row.expires_at <= at:
        raise UploadMissing
    return row


def _pinned(row: Artifact, file: UploadedFile) -> Pinned:
    """Fix the bytes of a file, unless they are fixed."""
    pinned: Pinned | None = Pinned(row.size, row.digest, row.version)
    if row.finalized_at is None:
        pinned = artifact_store().pin(row.storage_path)
    if pinned is None:
        raise UploadMissing
    complaint = size_complaint(
        name=file_name(file.name),
        type_=file.type,
        content_type=file.content_type or row.content_type,
        size=pinned.size,
    )
    if complaint:
        raise FileTooLarge(message=complaint)
    return pinned


def _lock_places(principal: Principal, task_id: UUID, run_id: UUID, fence: int | None) -> int:
    """Lock a run's manifest; returns the first free place in it. Inside a transaction."""
    held_run(principal=principal, task_id=task_id, run_id=run_id, fence=fence)
    return Artifact.objects.filter(run=run_id, state=ArtifactState.ATTACHED).count()


def _settle(row: Artifact, file: UploadedFile, pinned: Pinned, place: int, at: datetime) -> None:
    """Write down what a file is. Who pinned it first has said which bytes it is, for good."""
    said: dict[str, Any] = {
        "name": file_name(file.name),
        "type": file.type,
        "source": file.source or row.source,
        "content_type": file.content_type or row.content_type,
    }
    waiting = Artifact.objects.filter(pk=row.pk, state=ArtifactState.PREPARED)
    if row.run_id is None:
        said |= {"expires_at": at + STAGED_FOR}
        waiting.update(**said, **_bytes(pinned, at), state=ArtifactState.STAGED)
        is_there = Artifact.objects.filter(pk=row.pk, state=ArtifactState.STAGED).update(**said)
    else:
        waiting.update(**said, **_bytes(pinned, at), **_attached(place))
        is_there = Artifact.objects.filter(pk=row.pk, state=ArtifactState.ATTACHED).exists()
    if not is_there:
        raise UploadMissing


def _bytes(pinned: Pinned, at: datetime) -> dict[str, Any]:
    is_now = {"finalized_at": at, "uploaded_at": at}
    return {"size": pinned.size, "digest": pinned.digest, "version": pinned.version, **is_now}


def _attached(place: int) -> dict[str, Any]:
    return {"state": ArtifactState.ATTACHED, "position": place, "expires_at": None}


# --- sent whole ---------------------------------------------------------------------------------------------
def add_files(
    *,
    principal: Principal,
    task_id: UUID,
    run_id: UUID,
    files: Sequence[WholeFile],
    fence: int | None = None,
    at: datetime,
) -> list[ManifestEntry]:
    """Give a run files whose bytes came with the call; returns its whole manifest. fence: as in held_run().

    Raises NotFound, Invalid (too large), StaleFence, Unavailable.
    """
    kept = _keep(principal, task_id, run_id, files, at)
    with transaction.atomic():
        place = _lock_places(principal, task_id, run_id, fence)
        for index, (row, pin) in enumerate(kept):
            Artifact.objects.filter(pk=row.pk).update(**_bytes(pin, at), **_attached(place + index))
    return manifest_of(run_id)


def stage_files(
    *, principal: Principal, task_id: UUID, files: Sequence[WholeFile], at: datetime
) -> list[ManifestEntry]:
    """Stage files whose bytes came with the call. Raises NotFound, Invalid (too large), Unavailable."""
    kept = _keep(principal, task_id, None, files, at)
    staged = {"state": ArtifactState.STAGED, "expires_at": at + STAGED_FOR}
    for row, pin in kept:
        Artifact.objects.filter(pk=row.pk).update(**_bytes(pin, at), **staged)
    final = Artifact.objects.in_bulk([row.pk for row, _ in kept])
    return [manifest_entry(final[row.pk]) for row, _ in kept]


def _keep(
    principal: Principal, task_id: UUID, run_id: UUID | None, files: Sequence[WholeFile], at: datetime
) -> list[tuple[Artifact, Pinned]]:
    """Announce files and keep their bytes. Should nothing come after that, the sweep removes them."""
    announced = []
    for index, file in enumerate(files):
        size, place = len(file.content), f"artifacts.{index}.content"
        _require_size(file.name, file.type, file.content_type, size, place)
        said = {"name": file.name, "type": file.type, "source": file.source}
        announced.append(NewFile(**said, size=size, content_type=file.content_type))
    rows = _announce(principal, task_id, run_id, announced, at)
    store = artifact_store()
    return [(row, store.put(row.storage_path, file.content)) for row, file in zip(rows, files, strict=True)]


def _require_size(name: str, type_: str, content_type: str, size: int, field: str) -> None:
    complaint = size_complaint(name=file_name(name), type_=type_, content_type=content_type, size=size)
    if complaint:
        raise Invalid(Problem(field, "invalid_input", complaint))


# --- taken --------------------------------------------------------------------------------------------------
def attach_staged(task: Task, run: Run, ids: Sequence[str], at: datetime) -> list[ManifestEntry]:
    """Give a locked run staged files of its task, in this order; each is taken once, whoever asks meanwhile.

    ids: as the caller spells them; one named twice counts once. In the transaction that makes or starts it.
    Raises MissingArtifacts: the transaction must end.
    """
    wanted = {text: artifact_id(text) for text in dict.fromkeys(ids)}
    first = Artifact.objects.filter(run=run, state=ArtifactState.ATTACHED).count() if wanted else 0
    places = {id_: place for place, id_ in enumerate(dict.fromkeys(filter(None, wanted.values())), first)}
    taken = {id_ for id_ in sorted(places) if _take(id_, places[id_], task, run, at)}
    missing = [text for text, id_ in wanted.items() if id_ not in taken]
    if missing:
        raise MissingArtifacts(missing)
    return manifest_of(run.pk)


def _take(id_: UUID, place: int, task: Task, run: Run, at: datetime) -> bool:
    """Take one, in one statement. They are taken in the order of their ids: two runs never wait in a ring."""
    staged = Artifact.objects.filter(pk=id_, task=task, state=ArtifactState.STAGED, expires_at__gt=at)
    return bool(staged.update(run=run, **_attached(place)))


# --- thrown away --------------------------------------------------------------------------------------------
def sweep_artifacts(at: datetime) -> int:
    """Delete files that no run took in time, and what broken uploads left. Returns how many files."""
    store = artifact_store()
    unwanted = Artifact.objects.filter(expires_at__lte=at - _SWEPT_AFTER)
    rows = list(unwanted.order_by("expires_at", "pk")[:_SWEPT_AT_ONCE])
    for row in rows:
        store.delete(row.storage_path)
        Artifact.objects.filter(pk=row.pk, expires_at=row.expires_at).delete()
    store.tidy()
    return len(rows)
