"""POST /uploads: what the policy allows is kept, once; anything else leaves the store untouched."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.test.client import BOUNDARY

from tasks.rules.uploads import UploadTerms, write_policy
from tasktracker.core import clock
from tasktracker.core.derived import derived_secret
from tests.dialects.agents.conftest import Api, everything
from tests.dialects.agents.sending import files, finalize, form, post, post_form, prepare, stage, staged

pytestmark = pytest.mark.django_db

REFUSED = (403, {"error": "The policy does not allow this upload."})
MALFORMED = (400, {"error": "Malformed request."})
NO_FILE = (400, {"error": "The form has no file."})
TWICE = (409, {"error": "This upload was used already."})
TOO_LONG = (400, {"error": "The file is larger than its policy allows."})


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


def said(response: Any) -> tuple[int, Any]:
    return response.status_code, response.json()


# --- what is allowed ----------------------------------------------------------------------------------------
def test_a_file_is_kept(client: Client, api: Api, task_id: str, folder: Path) -> None:
    response = post(client, prepare(api, staged(task_id)), b"hello")

    assert (response.status_code, response.content) == (204, b"")
    assert files(folder) == [b"hello"]


def test_nobody_has_to_sign_in(api: Api, task_id: str) -> None:
    assert post(Client(), prepare(api, staged(task_id))).status_code == 204


@pytest.mark.parametrize("size", [0, 1, 5, 5 + 65_536])
def test_a_file_may_be_a_little_larger_than_announced(
    client: Client, api: Api, task_id: str, folder: Path, size: int
) -> None:
    assert post(client, prepare(api, staged(task_id), size=5), b"x" * size).status_code == 204
    assert files(folder) == [b"x" * size]


def test_what_comes_after_the_file_is_ignored(client: Client, api: Api, task_id: str, folder: Path) -> None:
    fields = prepare(api, staged(task_id))["presigned_post"]["fields"]

    assert post_form(client, form(fields, b"hello", submit="Upload")).status_code == 204
    assert files(folder) == [b"hello"]


def test_a_file_may_look_like_a_form(client: Client, api: Api, task_id: str, folder: Path) -> None:
    content = f"--{BOUNDARY[:-1]}\r\n\r\n-".encode() * 5000

    assert post(client, prepare(api, staged(task_id), size=len(content)), content).status_code == 204
    assert files(folder) == [content]


def test_the_type_that_was_announced_is_in_the_policy(client: Client, api: Api, task_id: str) -> None:
    prepared = prepare(api, staged(task_id), content_type="text/plain")

    assert prepared["presigned_post"]["fields"]["Content-Type"] == "text/plain"
    assert said(post(client, prepared, **{"Content-Type": "text/html"})) == REFUSED
    assert said(post(client, prepared, **{"Content-Type": None})) == REFUSED
    assert post(client, prepared).status_code == 204


# --- what is refused ----------------------------------------------------------------------------------------
def test_an_oversized_file_is_refused(client: Client, api: Api, task_id: str, folder: Path) -> None:
    prepared = prepare(api, staged(task_id), size=5)

    assert said(post(client, prepared, b"x" * (5 + 65_536 + 1))) == TOO_LONG
    assert files(folder) == []
    assert post(client, prepared).status_code == 204


def test_a_body_beyond_every_policy_is_refused_unread(client: Client, api: Api, task_id: str) -> None:
    response = client.generic(
        "POST", "/uploads", b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(2**26)
    )

    assert said(response) == (400, {"error": "The request body is too large."})


def test_a_swapped_key_is_refused(client: Client, api: Api, task_id: str, folder: Path) -> None:
    mine, other = prepare(api, staged(task_id)), prepare(api, staged(task_id))

    assert said(post(client, mine, key=other["storage_path"])) == REFUSED
    assert said(post(client, mine, key="../../../etc/passwd")) == REFUSED
    assert files(folder) == []


def test_a_forged_policy_is_refused(client: Client, api: Api, task_id: str, folder: Path) -> None:
    prepared = prepare(api, staged(task_id))
    at = clock.now()
    larger = write_policy(UploadTerms(prepared["storage_path"], 2**40, "", at + timedelta(days=365)))

    for changes in (
        {"policy": larger},
        {"policy": larger, "signature": derived_secret("another purpose", larger)},
        {"signature": "0" * 40},
        {"signature": ""},
        {"signature": None},
        {"policy": None},
        {"policy": "", "signature": derived_secret("artifact upload", "")},
        {"acl": "public-read"},
        {"key": None},
    ):
        assert said(post(client, prepared, **changes)) == REFUSED
    assert files(folder) == []


def test_an_expired_policy_is_refused(client: Client, api: Api, task_id: str, folder: Path) -> None:
    at = clock.now()
    key = prepare(api, staged(task_id))["storage_path"]
    policy = write_policy(UploadTerms(key, 100, "", at - timedelta(seconds=1)))
    fields = {"key": key, "policy": policy, "signature": derived_secret("artifact upload", policy)}

    assert said(post_form(client, form(fields, b"hello"))) == REFUSED
    assert files(folder) == []


def test_a_policy_lasts_an_hour(
    client: Client, api: Api, task_id: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, at = prepare(api, staged(task_id)), clock.now()

    monkeypatch.setattr(clock, "now", lambda: at + timedelta(minutes=61))
    assert said(post(client, prepared)) == REFUSED
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(minutes=59))
    assert post(client, prepared).status_code == 204


def test_a_replay_is_refused(client: Client, api: Api, task_id: str, folder: Path) -> None:
    prepared = prepare(api, staged(task_id))
    post(client, prepared, b"first")

    assert said(post(client, prepared, b"other")) == TWICE
    assert files(folder) == [b"first"]


def test_what_is_finalized_cannot_be_replaced(client: Client, api: Api, task_id: str, folder: Path) -> None:
    prepared = prepare(api, staged(task_id))
    post(client, prepared, b"first")
    finalize(api, staged(task_id), prepared)
    before = everything()

    assert said(post(client, prepared, b"other")) == REFUSED
    assert files(folder) == [b"first"]
    assert everything() == before


def test_what_was_thrown_away_cannot_come_back(client: Client, api: Api, task_id: str, folder: Path) -> None:
    from tasks.models import Artifact

    prepared = prepare(api, staged(task_id))
    Artifact.objects.all().delete()

    assert said(post(client, prepared)) == REFUSED
    assert files(folder) == []


# --- forms that are none ------------------------------------------------------------------------------------
def test_a_form_that_breaks_off_leaves_nothing(client: Client, api: Api, task_id: str, folder: Path) -> None:
    prepared = prepare(api, staged(task_id), size=100_000)
    whole = form(prepared["presigned_post"]["fields"], b"x" * 100_000)

    for cut in (3, 10, 60, 50_000, len(whole) - 50):
        assert said(post_form(client, whole[:-cut])) in (MALFORMED, NO_FILE)
    assert files(folder) == []
    assert post_form(client, whole).status_code == 204


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"key=a&file=b"),
        ("multipart/form-data", b"hello"),
        ("multipart/form-data; boundary=" + "x" * 300, b"hello"),
        ("multipart/form-data; boundary=b", b""),
    ],
)
def test_what_is_no_form_is_refused(client: Client, content_type: str, body: bytes) -> None:
    response = post_form(client, body, content_type=content_type)

    assert said(response) == (400, {"error": "Send multipart/form-data with its length."}) or said(
        response
    ) == (400, {"error": "Malformed request."})


def part(name: str, value: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + value + b"\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        part("key", b"a") + part("key", b"b") + part("file", b"x"),
        b"".join(part(f"f{number}", b"a") for number in range(40)) + part("file", b"x"),
        part("key", b"a" * 20_000) + part("file", b"x"),
        part("key", b"\xff") + part("file", b"x"),
        part("key", b"a\0b") + part("file", b"x"),
    ],
)
def test_a_form_out_of_bounds_is_malformed(client: Client, parts: bytes) -> None:
    assert said(post_form(client, parts + f"--{BOUNDARY}--\r\n".encode())) == MALFORMED


def test_a_form_without_a_file_is_refused(client: Client, api: Api, task_id: str, folder: Path) -> None:
    fields = prepare(api, staged(task_id))["presigned_post"]["fields"]
    body = b"".join(part(name, value.encode()) for name, value in fields.items())

    response = post_form(client, body + f"--{BOUNDARY}--\r\n".encode())

    assert said(response) == NO_FILE
    assert files(folder) == []


def test_a_file_before_its_fields_is_refused(client: Client, api: Api, task_id: str, folder: Path) -> None:
    fields = prepare(api, staged(task_id))["presigned_post"]["fields"]
    body = part("file", b"hello") + b"".join(part(name, value.encode()) for name, value in fields.items())

    assert said(post_form(client, body + f"--{BOUNDARY}--\r\n".encode())) == REFUSED
    assert files(folder) == []


def test_other_methods_are_none(client: Client) -> None:
    response = client.generic("PUT", "/uploads", b"")

    assert said(response) == (405, {"error": 'Method "PUT" not allowed.'})
    assert response["Allow"] == "GET, POST, HEAD"


def test_uploads_are_limited_by_address(client: Client, settings: Any) -> None:
    settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, "uploads": ((2, 60),)}

    statuses = [post_form(client, b"x").status_code for _ in range(3)]

    assert statuses == [400, 400, 429]


# --- much ---------------------------------------------------------------------------------------------------
def test_thirty_mebibytes_pass_in_pieces(
    client: Client, api: Api, task_id: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasks.gateways.file_store import FileStore

    size, pieces, receive = 30 * 1024 * 1024, [], FileStore.receive

    def watched(self: FileStore, key: str, given: Any, *, most_bytes: int) -> None:
        receive(self, key, (pieces.append(len(each)) or each for each in given), most_bytes=most_bytes)

    monkeypatch.setattr(FileStore, "receive", watched)
    prepared = prepare(api, staged(task_id), size=size)

    assert post(client, prepared, b"\r\n" * (size // 2)).status_code == 204
    assert sum(pieces) == size
    assert max(pieces) <= 128 * 1024
    assert finalize(api, staged(task_id), prepared).json()["artifacts"][0]["size"] == size


# --- what was never taken -----------------------------------------------------------------------------------
def test_the_sweep_throws_away_what_no_run_took(client: Client, api: Api, task_id: str, folder: Path) -> None:
    from tasks.models import Artifact
    from tasks.operations.artifacts import sweep_artifacts

    at = clock.now()
    prepare(api, staged(task_id))
    post(client, prepare(api, staged(task_id)), b"never finalized")
    stage(api, task_id, b"never taken")

    assert sweep_artifacts(at + timedelta(hours=2)) == 0
    assert sweep_artifacts(at + timedelta(hours=4)) == 2
    assert files(folder) == [b"never taken"]
    assert sweep_artifacts(at + timedelta(hours=26)) == 1
    assert (files(folder), Artifact.objects.count()) == ([], 0)
