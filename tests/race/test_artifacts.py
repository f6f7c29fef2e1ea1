"""Many hands on one file: it is uploaded once, pinned once, taken once; no place is given twice."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Artifact, Run, Task
from tasks.operations.artifacts import (
    NewFile,
    PreparedUpload,
    UploadedFile,
    WholeFile,
    add_files,
    finalize_uploads,
    prepare_uploads,
)
from tasks.operations.editing import create_task
from tasks.operations.runs import start_run
from tasks.operations.uploads import receive_upload
from tasks.rules.run_requests import RunRequest
from tests.conftest import NOW
from tests.race.test_todos import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def caller(
    owner: User, project: Project, principal_of: Callable[..., Principal], settings: Any, tmp_path: Path
) -> Principal:
    """The owner's session, in the project; files are in a folder of this test's own."""
    settings.TASKTRACKER_ARTIFACTS = tmp_path
    return principal_of(owner, project_id=project.pk)


@pytest.fixture
def task(caller: Principal, project: Project) -> Task:
    """A task of the owner's."""
    return create_task(principal=caller, project_id=project.pk, title="Fix login", at=NOW)


def announce(caller: Principal, task: Task) -> PreparedUpload:
    file = NewFile(name="a.txt", type="plan", size=5)
    (prepared,) = prepare_uploads(principal=caller, task_id=task.pk, run_id=None, files=[file], at=NOW)
    return prepared


def send(prepared: PreparedUpload, content: bytes = b"hello") -> None:
    receive_upload(fields=prepared.form.fields, pieces=[content], at=NOW)


def finish(caller: Principal, task: Task, prepared: PreparedUpload) -> Any:
    row = prepared.artifact
    file = UploadedFile(id=row.pk.hex, name=row.name, type=row.type, storage_path=row.storage_path)
    return finalize_uploads(principal=caller, task_id=task.pk, run_id=None, files=[file], at=NOW)


def stage(caller: Principal, task: Task) -> str:
    prepared = announce(caller, task)
    send(prepared)
    finish(caller, task, prepared)
    return prepared.artifact.pk.hex


def start(caller: Principal, task: Task, *ids: str) -> None:
    request = RunRequest(artifact_ids=ids)
    start_run(principal=caller, task_id=task.pk, request=request, at=NOW + timedelta(minutes=1))


def test_of_twenty_runs_one_takes_the_file(caller: Principal, task: Task) -> None:
    id_ = stage(caller, task)

    outcomes = together([lambda: start(caller, task, id_)] * 20, threads=10)

    assert outcomes == ["", *["MissingArtifacts"] * 19]
    assert Run.objects.count() == 1
    assert Artifact.objects.get().run_id == Run.objects.get().pk


def test_runs_that_want_the_same_files_in_other_orders_do_not_wait_in_a_ring(
    caller: Principal, project: Project, task: Task
) -> None:
    ids = [stage(caller, task) for _ in range(4)]

    calls = [lambda: start(caller, task, *ids), lambda: start(caller, task, *reversed(ids))] * 4
    outcomes = together(calls)

    assert outcomes == ["", *["MissingArtifacts"] * 7]
    assert Artifact.objects.filter(run=Run.objects.get()).count() == 4


def test_of_ten_uploads_with_one_form_one_is_kept(caller: Principal, task: Task, tmp_path: Path) -> None:
    prepared = announce(caller, task)

    outcomes = together([lambda n=n: send(prepared, b"%d" % n) for n in range(10)])

    assert outcomes == ["", *["AlreadyUploaded"] * 9]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_file_is_finalized_once_however_often_it_is_said(caller: Principal, task: Task) -> None:
    prepared = announce(caller, task)
    send(prepared)

    assert together([lambda: finish(caller, task, prepared)] * 8) == [""] * 8
    assert Artifact.objects.filter(state="staged", size=5).count() == 1


def test_no_place_of_a_manifest_is_given_twice(caller: Principal, task: Task) -> None:
    start(caller, task)
    run = Run.objects.get()

    def add(number: int) -> None:
        file = WholeFile(name=str(number), type="output", content=b"x")
        add_files(principal=caller, task_id=task.pk, run_id=run.pk, files=[file], at=NOW)

    assert together([lambda n=n: add(n) for n in range(8)]) == [""] * 8
    places = Artifact.objects.filter(run=run).order_by("position").values_list("position", flat=True)
    assert list(places) == list(range(8))
