"""Staged files of tasks. Source: agents.md A.8, PH-31 to PH-33."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY
from uuid import UUID

import pytest
from django.test import Client

from tasks.models import Artifact
from tasktracker.core import clock
from tests.dialects.agents.conftest import (
    ABSENT,
    Api,
    everything,
    invalid,
    refusal,
)
from tests.dialects.agents.sending import (
    PREPARE,
    finalize,
    post,
    prepare,
    run,
    stage,
    staged,
)

pytestmark = pytest.mark.django_db

UNKNOWN = "Artifact upload not found in object storage"
NOT_OURS = "Artifact storage path is invalid for this task"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where the files are."""
    settings.TASKTRACKER_ARTIFACTS = tmp_path
    return tmp_path


@pytest.fixture
def task_id(api: Api) -> str:
    """A task of the owner's."""
    task: str = api.make()["id"]
    return task


# --- PH-31: staged, then taken by a run ---------------------------------------------------------------------
def test_ph_31_a_file_is_announced_sent_and_taken(client: Client, api: Api, task_id: str) -> None:
    place = staged(task_id)
    file = {"name": "../a.txt", "type": "user_attachment", "size": 5}

    response = api.call("POST", place + PREPARE, {"artifacts": [file]})

    assert response.status_code == 200
    (prepared,) = response.json()["artifacts"]
    id_ = prepared["id"]
    assert prepared == {
        "id": id_,
        "name": "a.txt",
        "type": "user_attachment",
        "source": "",
        "size": 5,
        "content_type": "",
        "storage_path": f"tasks/artifacts/team_{api.project}/task_{task_id}/staged/{id_}/a.txt",
        "expires_in": 3600,
        "presigned_post": {
            "url": "http://127.0.0.1:8000/uploads",
            "fields": {"key": prepared["storage_path"], "policy": ANY, "signature": ANY},
        },
    }
    assert UUID(hex=id_).hex == id_

    assert post(client, prepared).status_code == 204
    response = finalize(api, place, prepared)
    assert response.status_code == 200
    entry = {
        "id": id_,
        "name": "a.txt",
        "type": "user_attachment",
        "source": "",
        "size": 5,
        "content_type": "",
        "storage_path": prepared["storage_path"],
        "uploaded_at": ANY,
    }
    assert response.json() == {"artifacts": [entry]}

    response = run(api, task_id, id_)
    assert response.status_code == 200
    assert response.json()["latest_run"]["artifacts"] == [entry]
    assert response.json()["latest_run"]["state"]["pending_user_artifact_ids"] == [id_]


def test_files_are_taken_in_the_order_in_which_they_are_named(api: Api, task_id: str) -> None:
    one, two, three = (stage(api, task_id, name=name)["id"] for name in ("1", "2", "3"))

    taken = run(api, task_id, three, str(UUID(hex=one)), two, three).json()["latest_run"]["artifacts"]

    assert [entry["name"] for entry in taken] == ["3", "1", "2"]


def test_the_size_that_came_is_what_counts(client: Client, api: Api, task_id: str) -> None:
    prepared = prepare(api, staged(task_id), size=5)
    post(client, prepared, b"somewhat longer")

    assert finalize(api, staged(task_id), prepared).json()["artifacts"][0]["size"] == 15


def test_finalizing_can_be_repeated_until_a_run_took_the_file(
    client: Client, api: Api, task_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, at = prepare(api, staged(task_id)), clock.now()
    post(client, prepared)
    first = finalize(api, staged(task_id), prepared).json()

    monkeypatch.setattr(clock, "now", lambda: at + timedelta(hours=20))
    again = finalize(api, staged(task_id), prepared, name="renamed.txt")
    assert again.json() == {"artifacts": [{**first["artifacts"][0], "name": "renamed.txt"}]}
    Artifact.objects.update(expires_at=at + timedelta(hours=44))

    assert run(api, task_id, prepared["id"]).status_code == 200
    assert finalize(api, staged(task_id), prepared).status_code == 400


# --- PH-32: once --------------------------------------------------------------------------------------------
def test_ph_32_a_file_is_taken_once(api: Api, task_id: str) -> None:
    id_ = stage(api, task_id)["id"]
    assert run(api, task_id, id_).status_code == 200
    before = everything()

    for ids in ([id_], ["zzz"], [id_, "zzz"], [ABSENT.hex]):
        response = run(api, task_id, *ids)
        assert response.status_code == 400
        assert response.json() == {
            "detail": "Some pending_user_artifact_ids are invalid or expired",
            "missing_artifact_ids": ids,
        }
    assert everything() == before


def test_one_missing_file_keeps_the_others_staged(api: Api, task_id: str) -> None:
    id_ = stage(api, task_id)["id"]
    before = everything()

    assert run(api, task_id, id_, "zzz").json()["missing_artifact_ids"] == ["zzz"]
    assert everything() == before
    assert run(api, task_id, id_).status_code == 200


def test_a_file_waits_a_day(api: Api, task_id: str) -> None:
    id_ = stage(api, task_id)["id"]
    Artifact.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    assert run(api, task_id, id_).json()["missing_artifact_ids"] == [id_]


def test_a_file_is_its_tasks(api: Api, task_id: str) -> None:
    id_ = stage(api, task_id)["id"]

    assert run(api, api.make()["id"], id_).json()["missing_artifact_ids"] == [id_]


def test_an_unfinished_file_is_not_taken(client: Client, api: Api, task_id: str) -> None:
    prepared = prepare(api, staged(task_id))
    post(client, prepared)

    assert run(api, task_id, prepared["id"]).json()["missing_artifact_ids"] == [prepared["id"]]


# --- PH-33: refused -----------------------------------------------------------------------------------------
def test_ph_33_finalizing_what_never_came(api: Api, task_id: str) -> None:
    prepared = prepare(api, staged(task_id))
    before = everything()

    response = finalize(api, staged(task_id), prepared)

    assert (response.status_code, response.json()) == (400, {"error": UNKNOWN})
    assert everything() == before


def test_ph_33_finalizing_another_tasks_path(client: Client, api: Api, task_id: str) -> None:
    prepared, other = prepare(api, staged(task_id)), prepare(api, staged(api.make()["id"]))
    post(client, prepared)
    before = everything()

    for path in (
        other["storage_path"],
        "../" + prepared["storage_path"],
        "x",
        prepared["storage_path"] + "/",
    ):
        response = finalize(api, staged(task_id), prepared, storage_path=path)
        assert (response.status_code, response.json()) == (400, {"error": NOT_OURS})
    assert everything() == before


def test_ph_33_files_that_cannot_be_announced(api: Api, task_id: str) -> None:
    before = everything()

    def announce(*files: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        named = [{"name": "a.txt", "type": "user_attachment", "size": 5, **file} for file in files]
        return refusal(api.call("POST", staged(task_id) + PREPARE, {"artifacts": named}))

    assert announce() == invalid("invalid_input", "artifacts", "At least one artifact is required")
    assert announce({"size": 0})[1]["code"] == "min_value"
    assert announce({"size": 31_457_281})[1]["code"] == "max_value"
    assert announce({"size": 31_457_281})[1]["attr"] == "artifacts__0__size"
    assert announce({}, {"name": "b.pdf", "size": 11 * 1024 * 1024}) == invalid(
        "invalid_input",
        "artifacts__1__size",
        "b.pdf exceeds the 10MB attachment limit for PDFs in cloud runs",
    )
    assert announce({"name": "x" * 256})[1]["code"] == "max_length"
    assert announce({"type": "skill_bundle"})[1]["code"] == "invalid_choice"
    assert everything() == before


def test_no_artifacts_at_all(api: Api, task_id: str) -> None:
    assert refusal(api.call("POST", staged(task_id) + PREPARE, {}), with_detail=False) == invalid(
        "required", "artifacts"
    )


def test_the_largest_file_can_be_announced(api: Api, task_id: str) -> None:
    assert prepare(api, staged(task_id), size=31_457_280)["size"] == 31_457_280
    assert prepare(api, staged(task_id), name="", size=1)["name"] == "artifact"


def test_a_file_over_the_limit_is_refused_when_it_is_finalized(
    client: Client, api: Api, task_id: str
) -> None:
    prepared = prepare(api, staged(task_id), name="b.pdf", type="output", size=10 * 1024 * 1024 + 1)
    post(client, prepared, b"x" * (10 * 1024 * 1024 + 1))
    before = everything()

    response = finalize(api, staged(task_id), prepared, type="user_attachment")

    assert response.status_code == 400
    assert response.json() == {"error": "b.pdf exceeds the 10MB attachment limit for PDFs in cloud runs"}
    assert everything() == before


def test_all_files_are_finalized_or_none(client: Client, api: Api, task_id: str) -> None:
    one, two = prepare(api, staged(task_id)), prepare(api, staged(task_id))
    post(client, one)
    before = everything()

    assert finalize(api, staged(task_id), one, two).json() == {"error": UNKNOWN}
    assert everything() == before


def test_an_unknown_file_is_not_finalized(api: Api, task_id: str) -> None:
    prepared = prepare(api, staged(task_id))
    gone = {
        **prepared,
        "id": ABSENT.hex,
        "storage_path": prepared["storage_path"].replace(prepared["id"], ABSENT.hex),
    }

    assert finalize(api, staged(task_id), gone).json() == {"error": UNKNOWN}
    assert finalize(api, staged(task_id), prepared, id="zzz").json() == {"error": NOT_OURS}


def test_what_was_announced_too_long_ago_is_gone(client: Client, api: Api, task_id: str) -> None:
    prepared = prepare(api, staged(task_id))
    post(client, prepared)
    Artifact.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    assert finalize(api, staged(task_id), prepared).json() == {"error": UNKNOWN}
