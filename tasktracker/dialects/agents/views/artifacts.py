"""The files of tasks and runs: announced, finalized, added, handed out. Source: agents.md A.5, A.8."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema

from accounts.rules.personal_keys import READ
from tasks.operations.artifacts import add_files, finalize_uploads, prepare_uploads
from tasks.queries.artifacts import ADDRESS_SECONDS, download_url, run_file
from tasks.rules.artifacts import MAX_BYTES
from tasktracker.core.ids import parse_id
from tasktracker.dialects.agents.shapes.artifacts import artifact_out
from tasktracker.dialects.agents.shapes.run_requests import fence_in
from tasktracker.dialects.agents.shapes.uploads import (
    AddressOut,
    ManifestOut,
    NewFilesIn,
    PreparedFilesOut,
    StoragePathIn,
    UploadedFilesIn,
    WholeFilesIn,
    new_files_in,
    prepared_out,
    storage_path_in,
    uploaded_files_in,
    whole_files_in,
)
from tasktracker.dialects.agents.views.scoped import ProjectView
from tasktracker.http.dialect import MEBIBYTE, DialectRequest
from tasktracker.http.files import file_answer
from tasktracker.http.renderers import json_answer

_IN_BASE64 = MAX_BYTES * 4 // 3 + MEBIBYTE


class PrepareUpload(ProjectView):
    """Files to come: a task's, staged for a run to come, or a run's."""

    @extend_schema(request=NewFilesIn, responses=PreparedFilesOut, summary="Announce files")
    def post(
        self, request: DialectRequest, task_id: str, run_id: str | None = None, **_: str
    ) -> HttpResponse:
        """Post each file to its `presigned_post` within the hour: its fields, then `file`, last."""
        prepared = prepare_uploads(
            principal=request.principal,
            **_place(task_id, run_id),
            files=new_files_in(request.data),
            at=request.at,
        )
        return json_answer({"artifacts": [prepared_out(each) for each in prepared]})


class FinalizeUpload(ProjectView):
    """Files that were uploaded."""

    @extend_schema(request=UploadedFilesIn, responses=ManifestOut, summary="Finalize files")
    def post(
        self, request: DialectRequest, task_id: str, run_id: str | None = None, **_: str
    ) -> HttpResponse:
        """All of them or none. From now on nothing changes their bytes; staged ones wait a day for a run."""
        entries = finalize_uploads(
            principal=request.principal,
            **_place(task_id, run_id),
            files=uploaded_files_in(request.data),
            fence=fence_in(request),
            at=request.at,
        )
        return json_answer({"artifacts": [artifact_out(each) for each in entries]})


class RunArtifacts(ProjectView):
    """Files that come with the call."""

    max_body_bytes = _IN_BASE64

    @extend_schema(request=WholeFilesIn, responses=ManifestOut, summary="Add files to a run")
    def post(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        """The answer is the run's whole manifest; the files of this call are its last ones."""
        entries = add_files(
            principal=request.principal,
            task_id=parse_id(task_id),
            run_id=parse_id(run_id),
            files=whole_files_in(request.data),
            fence=fence_in(request),
            at=request.at,
        )
        return json_answer({"artifacts": [artifact_out(each) for each in entries]})


class PresignArtifact(ProjectView):
    """An address for a file."""

    scope = READ

    @extend_schema(request=StoragePathIn, responses=AddressOut, summary="Get an address for a file")
    def post(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        """Whoever has it can download the file, for an hour."""
        url = download_url(
            principal=request.principal,
            task_id=parse_id(task_id),
            run_id=parse_id(run_id),
            storage_path=storage_path_in(request.data),
            at=request.at,
        )
        return json_answer({"url": url, "expires_in": ADDRESS_SECONDS})


class DownloadArtifact(ProjectView):
    """A file itself."""

    scope = READ

    @extend_schema(
        request=StoragePathIn,
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)},
        summary="Download a file",
    )
    def post(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponseBase:
        """Always an attachment, as a type that no browser runs."""
        file = run_file(
            principal=request.principal,
            task_id=parse_id(task_id),
            run_id=parse_id(run_id),
            storage_path=storage_path_in(request.data),
        )
        return file_answer(file)


def _place(task_id: str, run_id: str | None) -> dict[str, Any]:
    run: UUID | None = parse_id(run_id) if run_id is not None else None
    return {"task_id": parse_id(task_id), "run_id": run}
