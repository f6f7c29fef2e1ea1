"""The files of runs, for their callers and for whoever holds a signed address.

What is on its way into a run has no reader.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from accounts.rules.principal import Principal
from tasks.gateways.artifact_store import artifact_store, own_store
from tasks.models import Artifact, Run, Task
from tasks.queries.runs import ManifestEntry, manifest_entry
from tasks.queries.tasks import visible_to
from tasks.rules.artifacts import ArtifactState, download_type
from tasktracker.core.errors import Forbidden, NotFound

ADDRESS_SECONDS: Final = 3600


class ArtifactNotOnRun(NotFound):
    """No file of this run has that path."""

    code = "artifact_not_found"
    default_message = "Artifact not found on this run"


class BadAddress(Forbidden):
    """This address was not made by us, or is too old."""

    code = "bad_signature"
    default_message = "This address is not valid any more."


class Damaged(Exception):
    """The stored bytes are not those that were pinned: a person must look."""


@dataclass(frozen=True)
class Download:
    """A file on its way out. size: bytes. digest: SHA-256 in hex. content_type: one that no browser runs."""

    name: str
    content_type: str
    size: int
    digest: str
    pieces: Iterator[bytes]


def task_for_files(principal: Principal, task_id: UUID) -> Task:
    """Find the task whose files these are. Raises NotFound."""
    task = visible_to(principal).filter(pk=task_id).only("pk", "project_id").first()
    if task is None:
        raise NotFound
    return task


def run_for_files(principal: Principal, task_id: UUID, run_id: UUID) -> Run:
    """Find the run whose files these are. Raises NotFound."""
    run = Run.objects.filter(pk=run_id, task__in=visible_to(principal).filter(pk=task_id)).first()
    if run is None:
        raise NotFound
    return run


def manifest_of(run_id: UUID) -> list[ManifestEntry]:
    """List the files of a run, in the order in which it got them. Who may see the run is settled before."""
    rows = Artifact.objects.filter(run=run_id, state=ArtifactState.ATTACHED).order_by("position")
    return [manifest_entry(row) for row in rows]


def download_url(
    *, principal: Principal, task_id: UUID, run_id: UUID, storage_path: str, at: datetime
) -> str:
    """Make an address at which anybody may download a file of a run for ADDRESS_SECONDS.

    Raises NotFound, ArtifactNotOnRun, Unavailable.
    """
    artifact = _on_run(principal, task_id, run_id, storage_path)
    return artifact_store().download_url(
        artifact.storage_path,
        artifact.version,
        name=artifact.name,
        content_type=artifact.content_type,
        until=at + timedelta(seconds=ADDRESS_SECONDS),
    )


def run_file(*, principal: Principal, task_id: UUID, run_id: UUID, storage_path: str) -> Download:
    """Open a file of a run. Raises NotFound, ArtifactNotOnRun, Unavailable."""
    return _opened(_on_run(principal, task_id, run_id, storage_path))


def file_by_id(*, principal: Principal, artifact_id: UUID) -> Download:
    """Open a file of a run that the caller can see, by its id. Raises NotFound, Unavailable."""
    reached = Artifact.objects.filter(pk=artifact_id, task__in=visible_to(principal))
    artifact = reached.filter(state=ArtifactState.ATTACHED).first()
    if artifact is None:
        raise NotFound
    return _opened(artifact)


def file_at_address(*, key: str, expires: str, signature: str, at: datetime) -> Download:
    """Open the file that a signed address of our own disk names. Raises BadAddress, NotFound.

    expires: seconds since 1970, as they stand in the address.
    """
    if not own_store().is_own_address(key, expires, signature) or int(expires) <= at.timestamp():
        raise BadAddress
    artifact = Artifact.objects.filter(storage_path=key, state=ArtifactState.ATTACHED).first()
    if artifact is None:
        raise NotFound
    return _opened(artifact)


def _on_run(principal: Principal, task_id: UUID, run_id: UUID, storage_path: str) -> Artifact:
    run = run_for_files(principal, task_id, run_id)
    attached = Artifact.objects.filter(run=run, state=ArtifactState.ATTACHED)
    artifact = attached.filter(storage_path=storage_path).first()
    if artifact is None:
        raise ArtifactNotOnRun
    return artifact


def _opened(artifact: Artifact) -> Download:
    pieces = artifact_store().read(artifact.storage_path, artifact.version)
    return Download(
        name=artifact.name,
        content_type=download_type(artifact.content_type),
        size=artifact.size,
        digest=artifact.digest,
        pieces=_checked(pieces, artifact),
    )


def _checked(pieces: Iterator[bytes], artifact: Artifact) -> Iterator[bytes]:
    """Hand out pieces, the last one only once the whole is known to be what was pinned."""
    sha256 = hashlib.sha256()
    waiting: Sequence[bytes] = ()
    for piece in pieces:
        sha256.update(piece)
        yield from waiting
        waiting = (piece,)
    if sha256.hexdigest() != artifact.digest:
        raise Damaged(str(artifact.pk))
    yield from waiting
