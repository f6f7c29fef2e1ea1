"""Files of tasks and runs. Source: agents.md A.8, PH-31 to PH-33, and the artifacts of PH-34."""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.test import Client

from accounts.models import User
from tasks.models import Artifact
from tasks.queries.artifacts import Damaged
from tasktracker.core import clock
from tests.dialects.agents.conftest import (
    ABSENT,
    NO_PROJECT,
    NOT_FOUND,
    Api,
    everything,
    invalid,
    refusal,
)
from tests.dialects.agents.sending import (
    FINALIZE,
    PREPARE,
    finalize,
    of_run,
    post,
    prepare,
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


@pytest.fixture
def run_id(api: Api, task_id: str) -> str:
    """A run of it."""
    id_: str = run(api, task_id).json()["latest_run"]["id"]
    return id_


def run(api: Api, task_id: str, *ids: str) -> Any:
    return api.call("POST", f"tasks/{task_id}/run/", {"pending_user_artifact_ids": list(ids)})


def add(api: Api, place: str, content: str = "hello", **said: Any) -> Any:
    file = {"name": "a.txt", "type": "output", "content": content, **said}
    return api.call("POST", place, {"artifacts": [file]})


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


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


# --- files of a run -----------------------------------------------------------------------------------------
def test_ph_34_files_sent_whole_are_answered_with_the_whole_manifest(
    api: Api, task_id: str, run_id: str
) -> None:
    place = of_run(task_id, run_id)
    first = add(api, place, "grüß dich", name="one.txt", content_type="text/plain", source="agent").json()

    response = add(api, place, base64.b64encode(bytes(range(256))).decode(), content_encoding="base64")

    assert response.status_code == 200
    one, two = response.json()["artifacts"]
    assert [one] == first["artifacts"]
    assert one == {
        "id": one["id"],
        "name": "one.txt",
        "type": "output",
        "source": "agent",
        "size": 11,
        "content_type": "text/plain",
        "storage_path": f"tasks/artifacts/team_{api.project}/task_{task_id}/run_{run_id}/{one['id']}/one.txt",
        "uploaded_at": ANY,
    }
    assert (two["name"], two["size"]) == ("a.txt", 256)
    assert api.get(task_id)["latest_run"]["artifacts"] == [one, two]
    downloaded = api.call("POST", place + "download/", {"storage_path": two["storage_path"]})
    assert downloaded.getvalue() == bytes(range(256))


def test_a_file_is_handed_out_as_an_attachment_that_nothing_runs(api: Api, task_id: str, run_id: str) -> None:
    place = of_run(task_id, run_id)
    entry = add(api, place, "<script>", name='é"x.html', content_type="text/html").json()["artifacts"][0]

    response = api.call("POST", place + "download", {"storage_path": entry["storage_path"]})

    assert response.status_code == 200
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%C3%A9%22x.html"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Length"] == "8"
    assert response["Cache-Control"] == "no-store"
    assert response.getvalue() == b"<script>"


def test_an_address_opens_a_file_for_an_hour(
    api: Api, task_id: str, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = of_run(task_id, run_id)
    path = add(api, place, content_type="text/plain").json()["artifacts"][0]["storage_path"]

    response = api.call("POST", place + "presign/", {"storage_path": path})

    assert response.json() == {"url": ANY, "expires_in": 3600}
    url = response.json()["url"]
    assert url.startswith("http://127.0.0.1:8000/uploads?")
    target = f"/uploads?{urlsplit(url).query}"
    opened = Client().get(target)
    assert (opened.status_code, opened.getvalue()) == (200, b"hello")
    assert opened["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert opened["X-Content-Type-Options"] == "nosniff"
    refused = (403, {"error": "This address is not valid any more."})
    for changed in (
        target.replace("expires=1", "expires=2"),
        target.replace("a.txt", "b.txt"),
        target[:-1] + ("0" if target[-1] != "0" else "1"),
        "/uploads",
        "/uploads?key=%00",
    ):
        answer = Client().get(changed)
        assert answer.status_code in {400, 403}
        assert answer.json() != {}
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(minutes=61))
    late = Client().get(target)
    assert (late.status_code, late.json()) == refused


def test_the_address_of_what_was_deleted_is_none(api: Api, task_id: str, run_id: str) -> None:
    place = of_run(task_id, run_id)
    path = add(api, place).json()["artifacts"][0]["storage_path"]
    url = api.call("POST", place + "presign/", {"storage_path": path}).json()["url"]
    Artifact.objects.all().delete()

    assert Client().get(f"/uploads?{urlsplit(url).query}").status_code == 404


@pytest.mark.parametrize("call", ["presign/", "download/"])
def test_a_path_that_is_not_on_the_run(api: Api, task_id: str, run_id: str, call: str) -> None:
    path = stage(api, task_id)["storage_path"]

    for unknown in (path, "x", "../../etc/passwd"):
        response = api.call("POST", of_run(task_id, run_id) + call, {"storage_path": unknown})
        assert (response.status_code, response.json()) == (404, {"error": "Artifact not found on this run"})


def test_what_is_damaged_is_not_handed_out_whole(api: Api, task_id: str, run_id: str, folder: Path) -> None:
    place = of_run(task_id, run_id)
    path = add(api, place).json()["artifacts"][0]["storage_path"]
    (kept,) = (each for each in folder.rglob("*") if each.is_file())
    kept.write_bytes(b"jello")

    response = api.call("POST", place + "download/", {"storage_path": path})

    with pytest.raises(Damaged):
        response.getvalue()


def test_a_run_gets_files_that_were_uploaded(client: Client, api: Api, task_id: str, run_id: str) -> None:
    place = of_run(task_id, run_id)
    add(api, place, name="first")
    one, two = prepare(api, place, name="1", type="output"), prepare(api, place, name="2", type="output")
    post(client, one)
    post(client, two, b"other")

    response = finalize(api, place, two, one)

    assert response.status_code == 200
    assert [entry["name"] for entry in response.json()["artifacts"]] == ["2", "1"]
    manifest = api.get(task_id)["latest_run"]["artifacts"]
    assert [entry["name"] for entry in manifest] == ["first", "2", "1"]
    assert finalize(api, place, one).json()["artifacts"] == [manifest[2]]
    assert api.get(task_id)["latest_run"]["artifacts"] == manifest


def test_a_runs_file_is_not_staged_and_the_other_way_round(
    client: Client, api: Api, task_id: str, run_id: str
) -> None:
    of_it, waiting = prepare(api, of_run(task_id, run_id)), prepare(api, staged(task_id))
    post(client, of_it)
    post(client, waiting)

    assert finalize(api, staged(task_id), of_it).json() == {"error": NOT_OURS}
    assert finalize(api, of_run(task_id, run_id), waiting).json() == {
        "error": "Artifact storage path is invalid for this run"
    }


@pytest.mark.parametrize(
    ("file", "code", "attr"),
    [
        ({"content": "%%%", "content_encoding": "base64"}, "invalid_input", "artifacts__0__content"),
        ({"content": 5}, "invalid_input", "artifacts__0__content"),
        ({"content": None}, "null", "artifacts__0__content"),
        ({"content_encoding": "utf-16"}, "invalid_choice", "artifacts__0__content_encoding"),
        ({"type": "x"}, "invalid_choice", "artifacts__0__type"),
    ],
)
def test_content_that_cannot_be_read(
    api: Api, task_id: str, run_id: str, file: dict[str, Any], code: str, attr: str, folder: Path
) -> None:
    before = everything()

    assert refusal(add(api, of_run(task_id, run_id), **file), with_detail=False) == invalid(code, attr)
    assert (everything(), files(folder)) == (before, [])


def test_an_empty_file_is_a_file(api: Api, task_id: str, run_id: str) -> None:
    assert add(api, of_run(task_id, run_id), "").json()["artifacts"][0]["size"] == 0


def test_thirty_mebibytes_in_base64_are_taken_and_more_is_not(
    api: Api, task_id: str, run_id: str, folder: Path
) -> None:
    place, size = of_run(task_id, run_id), 30 * 1024 * 1024
    largest = base64.b64encode(b"x" * size).decode()

    response = add(api, place, largest, content_encoding="base64")
    assert response.json()["artifacts"][0]["size"] == size

    refused = refusal(add(api, place, largest + "eHh4", content_encoding="base64"))
    assert refused == invalid(
        "invalid_input", "artifacts__0__content", "a.txt exceeds the 30MB attachment limit"
    )
    assert add(api, place, "x" * (42 * 1024 * 1024)).status_code == 413


def test_a_runner_that_lost_its_run_adds_nothing(client: Client, api: Api, task_id: str, run_id: str) -> None:
    place = of_run(task_id, run_id)
    prepared = prepare(api, place)
    post(client, prepared)
    names = ("id", "name", "type", "storage_path")
    body = {"artifacts": [{name: prepared[name] for name in names}]}
    late = {"X-Run-Fence": "7"}

    file = {"name": "a.txt", "type": "output", "content": "hello"}
    for path, said in ((place + FINALIZE, body), (place, {"artifacts": [file]})):
        response = api.call("POST", path, said, **late)
        assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert api.get(task_id)["latest_run"]["artifacts"] == []


# --- who ----------------------------------------------------------------------------------------------------
def calls(task_id: str, run_id: str, path: str) -> list[tuple[str, dict[str, Any]]]:
    """Every call of this page, in a form that works."""
    new = {"artifacts": [{"name": "a", "type": "plan", "size": 5}]}
    whole = {"artifacts": [{"name": "a", "type": "plan", "content": "x"}]}
    done = {"artifacts": [{"id": "0" * 32, "name": "a", "type": "plan", "storage_path": "x"}]}
    place = of_run(task_id, run_id)
    return [
        (staged(task_id) + PREPARE, new),
        (staged(task_id) + FINALIZE, done),
        (place, whole),
        (place + PREPARE, new),
        (place + FINALIZE, done),
        (place + "presign/", {"storage_path": path}),
        (place + "download/", {"storage_path": path}),
    ]


def test_a_team_mate_may_do_it_all(api: Api, mates_api: Api, task_id: str, run_id: str) -> None:
    path = add(api, of_run(task_id, run_id)).json()["artifacts"][0]["storage_path"]

    statuses = [mates_api.call("POST", *call).status_code for call in calls(task_id, run_id, path)]

    assert statuses == [200, 400, 200, 200, 400, 200, 200]


def test_an_outsider_finds_nothing(
    api: Api, outsiders_api: Api, outsider: User, task_id: str, run_id: str, folder: Path
) -> None:
    path = add(api, of_run(task_id, run_id)).json()["artifacts"][0]["storage_path"]
    before, kept = everything(), files(folder)

    for call in calls(task_id, run_id, path):
        assert refusal(outsiders_api.call("POST", *call)) == (404, NO_PROJECT)
    assert (everything(), files(folder)) == (before, kept)


def test_another_project_of_mine_does_not_have_the_task(
    api: Api, outsiders_api: Api, foreign_project: Any, task_id: str, run_id: str
) -> None:
    elsewhere = Api(outsiders_api.client, outsiders_api.key, foreign_project.pk)
    before = everything()

    for call in calls(task_id, run_id, "x"):
        assert refusal(elsewhere.call("POST", *call)) == (404, NOT_FOUND)
    assert everything() == before


def test_unknown_tasks_and_runs_are_not_found(api: Api, task_id: str, run_id: str) -> None:
    for call in (
        calls(str(ABSENT), run_id, "x") + calls("abc", run_id, "x") + calls(task_id, str(ABSENT), "x")[2:]
    ):
        assert refusal(api.call("POST", *call)) == (404, NOT_FOUND)


def test_reading_keys_only_read(
    client: Client, api: Api, issue_key: Any, owner: User, task_id: str, run_id: str
) -> None:
    path = add(api, of_run(task_id, run_id)).json()["artifacts"][0]["storage_path"]
    reader = Api(client, issue_key(owner, "task:read").secret, api.project)
    before = everything()

    statuses = [reader.call("POST", *call).status_code for call in calls(task_id, run_id, path)]

    assert statuses == [403, 403, 403, 403, 403, 200, 200]
    assert everything() == before
