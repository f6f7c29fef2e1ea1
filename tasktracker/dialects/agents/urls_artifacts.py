"""The paths of artifacts, below /api/."""

from django.urls import URLPattern, path

from tasktracker.dialects.agents.views.artifacts import (
    DownloadArtifact,
    FinalizeUpload,
    PrepareUpload,
    PresignArtifact,
    RunArtifacts,
)

_TASK = "projects/<str:project_id>/tasks/<str:task_id>"
_STAGED = f"{_TASK}/staged_artifacts"
_RUN = f"{_TASK}/runs/<str:run_id>/artifacts"

urlpatterns: list[URLPattern] = [
    path(f"{_STAGED}/prepare_upload", PrepareUpload.as_view(), name="agents_staged_prepare"),
    path(f"{_STAGED}/finalize_upload", FinalizeUpload.as_view(), name="agents_staged_finalize"),
    path(_RUN, RunArtifacts.as_view(), name="agents_run_artifacts"),
    path(f"{_RUN}/prepare_upload", PrepareUpload.as_view(), name="agents_run_prepare"),
    path(f"{_RUN}/finalize_upload", FinalizeUpload.as_view(), name="agents_run_finalize"),
    path(f"{_RUN}/presign", PresignArtifact.as_view(), name="agents_run_presign"),
    path(f"{_RUN}/download", DownloadArtifact.as_view(), name="agents_run_download"),
]
