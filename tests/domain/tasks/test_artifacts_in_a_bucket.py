"""The whole way of a file through a bucket, with one that answers on loopback as S3 does."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Artifact, Task
from tasks.operations.artifacts import (
    NewFile,
    PreparedUpload,
    UploadedFile,
    UploadMissing,
    WholeFile,
    add_files,
    finalize_uploads,
    prepare_uploads,
    sweep_artifacts,
)
from tasks.operations.editing import create_task
from tasks.operations.runs import start_run
from tasks.queries.artifacts import download_url, run_file
from tasks.rules.run_requests import RunRequest
from tests.conftest import NOW
from tests.domain.tasks.test_s3_store import Bucket

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(httpserver: HTTPServer, settings: Settings) -> Bucket:
    """An empty bucket, which this installation uses."""
    content = Bucket()
    httpserver.expect_request(re.compile("/files(/.*)?")).respond_with_handler(content)
    settings.S3_BUCKET, settings.S3_REGION = "files", "eu-central-1"
    settings.S3_ENDPOINT = httpserver.url_for("").rstrip("/")
    settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY = "AKIATEST", "secret"
    return content


@pytest.fixture
def caller(owner: User, project: Project, principal_of: Callable[..., Principal]) -> Principal:
    """The owner's session, in the project."""
    return principal_of(owner, project_id=project.pk)


@pytest.fixture
def task(caller: Principal, project: Project) -> Task:
    """A task of the owner's."""
    return create_task(principal=caller, project_id=project.pk, title="Fix login", at=NOW)


def announce(caller: Principal, task: Task) -> PreparedUpload:
    file = NewFile(name="a.txt", type="plan", size=5)
    (prepared,) = prepare_uploads(principal=caller, task_id=task.pk, run_id=None, files=[file], at=NOW)
    return prepared


def finish(caller: Principal, task: Task, prepared: PreparedUpload) -> Any:
    row = prepared.artifact
    file = UploadedFile(id=row.pk.hex, name=row.name, type=row.type, storage_path=row.storage_path)
    return finalize_uploads(principal=caller, task_id=task.pk, run_id=None, files=[file], at=NOW)


def test_a_file_goes_all_the_way(bucket: Bucket, caller: Principal, task: Task) -> None:
    prepared = announce(caller, task)
    upload = prepared.form.fields["key"]
    bucket.objects[upload] = b"hello"

    finish(caller, task, prepared)
    request = RunRequest(artifact_ids=(prepared.artifact.pk.hex,))
    run = start_run(principal=caller, task_id=task.pk, request=request, at=NOW)

    row = Artifact.objects.get()
    assert (row.size, row.digest) == (5, hashlib.sha256(b"hello").hexdigest())
    assert list(bucket.objects) == [f"kept/{row.storage_path}/{row.version}"]
    place = {"principal": caller, "task_id": task.pk, "run_id": run.pk, "storage_path": row.storage_path}
    assert b"".join(run_file(**place).pieces) == b"hello"
    assert f"/files/kept/{row.storage_path}/{row.version}?" in download_url(**place, at=NOW)


def test_what_is_uploaded_after_that_changes_nothing(bucket: Bucket, caller: Principal, task: Task) -> None:
    prepared = announce(caller, task)
    bucket.objects[prepared.form.fields["key"]] = b"hello"
    (first,) = finish(caller, task, prepared)

    bucket.objects[prepared.form.fields["key"]] = b"swapped!"
    (again,) = finish(caller, task, prepared)

    row = Artifact.objects.get()
    assert again == first
    assert (row.size, bucket.objects[f"kept/{row.storage_path}/{row.version}"]) == (5, b"hello")


def test_nothing_is_finalized_where_nothing_came(bucket: Bucket, caller: Principal, task: Task) -> None:
    with pytest.raises(UploadMissing):
        finish(caller, task, announce(caller, task))

    assert (bucket.objects, Artifact.objects.get().state) == ({}, "prepared")


def test_of_two_who_finalize_the_second_finds_it_done(bucket: Bucket, caller: Principal, task: Task) -> None:
    prepared = announce(caller, task)
    bucket.objects[prepared.form.fields["key"]] = b"hello"

    def other() -> None:
        bucket.before_copy = lambda: None
        finish(caller, task, prepared)
        bucket.objects[prepared.form.fields["key"]] = b"hello"

    bucket.before_copy = other
    finish(caller, task, prepared)

    row = Artifact.objects.get()
    assert row.state == "staged"
    assert bucket.objects[f"kept/{row.storage_path}/{row.version}"] == b"hello"


def test_the_sweep_leaves_nothing_behind(bucket: Bucket, caller: Principal, task: Task) -> None:
    prepared = announce(caller, task)
    bucket.objects[prepared.form.fields["key"]] = b"hello"
    finish(caller, task, prepared)
    bucket.objects[announce(caller, task).form.fields["key"]] = b"never finalized"
    run = start_run(principal=caller, task_id=task.pk, request=RunRequest(), at=NOW)
    file = WholeFile(name="kept.txt", type="output", content=b"kept")
    add_files(principal=caller, task_id=task.pk, run_id=run.pk, files=[file], at=NOW)

    assert sweep_artifacts(NOW + timedelta(hours=26)) == 2

    row = Artifact.objects.get()
    assert bucket.objects == {f"kept/{row.storage_path}/{row.version}": b"kept"}
