"""Sending files as clients do: announce, post the form, say that it is done."""

from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.dialects.agents.conftest import Api

PREPARE, FINALIZE = "prepare_upload/", "finalize_upload/"


def staged(task_id: object) -> str:
    """Where files for a run to come are announced."""
    return f"tasks/{task_id}/staged_artifacts/"


def of_run(task_id: object, run_id: object) -> str:
    """Where the files of a run are."""
    return f"tasks/{task_id}/runs/{run_id}/artifacts/"


def prepare(api: Api, place: str, **said: Any) -> dict[str, Any]:
    """Announce a file; it must succeed."""
    file = {"name": "a.txt", "type": "user_attachment", "size": 5, **said}
    response = api.call("POST", place + PREPARE, {"artifacts": [file]})
    assert response.status_code == 200, response.content
    (prepared,) = response.json()["artifacts"]
    return prepared


def form(fields: dict[str, str], content: bytes, **later: str) -> bytes:
    """Write a form: the fields, the file, and what comes after it."""
    file = BytesIO(content)
    file.name = "whatever.bin"
    return encode_multipart(BOUNDARY, {**fields, "file": file, **later})


def post(
    client: Client, prepared: dict[str, Any], content: bytes = b"hello", /, **changes: str | None
) -> Any:
    """Post a file to its form; changes: fields that are put in, or left out (None)."""
    given = {**prepared["presigned_post"]["fields"], **changes}
    fields = {name: value for name, value in given.items() if value is not None}
    return post_form(client, form(fields, content), prepared["presigned_post"]["url"])


def post_form(
    client: Client, body: bytes, url: str = "/uploads", content_type: str = MULTIPART_CONTENT
) -> Any:
    """Post a form as it stands."""
    return client.generic("POST", urlsplit(url).path, body, content_type=content_type)


def finalize(api: Api, place: str, *prepared: dict[str, Any], **changes: Any) -> Any:
    """Say that files were uploaded; changes: what is said otherwise of all of them."""
    names = ("id", "name", "type", "source", "storage_path", "content_type")
    files = [{**{name: each[name] for name in names}, **changes} for each in prepared]
    return api.call("POST", place + FINALIZE, {"artifacts": files})


def stage(api: Api, task_id: object, content: bytes = b"hello", **said: Any) -> dict[str, Any]:
    """Stage a file; it must succeed."""
    prepared = prepare(api, staged(task_id), size=max(1, len(content)), **said)
    assert post(api.client, prepared, content).status_code == 204
    response = finalize(api, staged(task_id), prepared)
    assert response.status_code == 200, response.content
    (entry,) = response.json()["artifacts"]
    return entry


def run(api: Api, task_id: str, *ids: str) -> Any:
    """Ask for a run that takes staged files."""
    return api.call("POST", f"tasks/{task_id}/run/", {"pending_user_artifact_ids": list(ids)})


def add(api: Api, place: str, content: str = "hello", **said: Any) -> Any:
    """Give a run a file in the call itself."""
    file = {"name": "a.txt", "type": "output", "content": content, **said}
    return api.call("POST", place, {"artifacts": [file]})


def files(folder: Path) -> list[bytes]:
    """Read all that is in the store."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
