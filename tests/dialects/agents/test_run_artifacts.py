"""Files of runs, and who may have them. Source: agents.md A.5, A.8, and the artifacts of PH-34."""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY
from urllib.parse import urlsplit

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
    add,
    files,
    finalize,
    of_run,
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


@pytest.fixture
def run_id(api: Api, task_id: str) -> str:
    """A run of it."""
    id_: str = run(api, task_id).json()["latest_run"]["id"]
    return id_


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
