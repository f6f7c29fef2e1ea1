"""Artifacts in a bucket: what we sign, and what we say to a server on loopback that answers as S3 does."""

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson
import pytest
import time_machine
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tasks.gateways.artifact_store import artifact_store
from tasks.gateways.file_store import FileStore
from tasks.gateways.s3_store import S3Account, S3Store
from tasks.rules.uploads import Pinned, UploadTerms
from tasktracker.core.errors import Unavailable

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = "tasks/artifacts/team_1/task_2/staged/3/a b.txt"
TERMS = UploadTerms(KEY, 70_000, "text/plain", AT + timedelta(hours=1))
_ERROR = "<Error><Code>{code}</Code><Message>no</Message></Error>"


def store(endpoint: str) -> S3Store:
    return S3Store(S3Account("files", "eu-central-1", endpoint, "AKIATEST", "secret"))


class Bucket:
    """As much of S3 as we use: objects by key, copies under a condition, XML lists."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.before_copy: Callable[[], None] = lambda: None

    def __call__(self, request: Request) -> Response:
        key = request.path.removeprefix("/files").removeprefix("/")
        self.calls.append(f"{request.method} {key.partition('/')[0]}")
        if request.method == "PUT":
            return self._put(key, request)
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return Response(status=204)
        if "list-type" in request.args:
            return self._list(request.args["prefix"])
        if key not in self.objects:
            return Response(_ERROR.format(code="NoSuchKey"), 404, content_type="application/xml")
        content = self.objects[key]
        return Response(content, headers={"ETag": etag(content), "Content-Length": str(len(content))})

    def _put(self, key: str, request: Request) -> Response:
        source = request.headers.get("x-amz-copy-source")
        if source is None:
            self.objects[key] = request.get_data()
            return Response(headers={"ETag": etag(self.objects[key])})
        self.before_copy()
        content = self.objects[unquote(source).removeprefix("files/")]
        if request.headers["x-amz-copy-source-if-match"] != etag(content):
            return Response(_ERROR.format(code="PreconditionFailed"), 412, content_type="application/xml")
        self.objects[key] = content
        body = f"<CopyObjectResult><ETag>{etag(content)}</ETag></CopyObjectResult>"
        return Response(body, content_type="application/xml")

    def _list(self, prefix: str) -> Response:
        keys = [key for key in self.objects if key.startswith(prefix)]
        listed = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
        body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>"
        return Response(body, content_type="application/xml")


def etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


@pytest.fixture
def bucket(httpserver: HTTPServer) -> Bucket:
    """An empty bucket called "files"."""
    content = Bucket()
    httpserver.expect_request("/files").respond_with_handler(content)
    httpserver.expect_request(re.compile("/files/.*")).respond_with_handler(content)
    return content


@pytest.fixture
def far(httpserver: HTTPServer, bucket: Bucket) -> S3Store:
    return store(httpserver.url_for("").rstrip("/"))


# --- what we sign -------------------------------------------------------------------------------------------
def test_the_form_of_an_upload_is_bound_to_key_size_type_and_hour() -> None:
    with time_machine.travel(AT, tick=False):
        form = store("http://127.0.0.1:9").upload_form(TERMS)

    document = orjson.loads(base64.b64decode(form.fields["policy"]))
    assert form.url == "http://127.0.0.1:9/files"
    assert form.fields["key"] == f"incoming/{KEY}"
    assert form.fields["Content-Type"] == "text/plain"
    assert document["expiration"] == "2026-03-02T13:00:00Z"
    assert ["content-length-range", 0, 70_000] in document["conditions"]
    assert {"Content-Type": "text/plain"} in document["conditions"]
    assert {"bucket": "files"} in document["conditions"]
    assert {"key": f"incoming/{KEY}"} in document["conditions"]
    assert set(form.fields) == {
        "key",
        "Content-Type",
        "policy",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-signature",
    }


def test_amazons_own_bucket_has_a_host_of_its_own() -> None:
    form = store("").upload_form(TERMS)

    assert form.url == "https://files.s3.amazonaws.com/" or form.url.startswith("https://files.s3.")


def test_a_download_is_an_attachment_of_a_safe_type_for_a_while() -> None:
    with time_machine.travel(AT, tick=False):
        url = store("http://127.0.0.1:9").download_url(
            KEY, "v1", name='a "b".html', content_type="text/html", until=AT + timedelta(hours=1)
        )

    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert urlsplit(url).path == f"/files/kept/{KEY.replace(' ', '%20')}/v1"
    assert query["response-content-disposition"] == 'attachment; filename="a \\"b\\".html"'
    assert query["response-content-type"] == "application/octet-stream"
    assert query["X-Amz-Expires"] == "3600"


# --- what we say --------------------------------------------------------------------------------------------
def test_an_upload_is_pinned_by_a_copy(far: S3Store, bucket: Bucket) -> None:
    bucket.objects[f"incoming/{KEY}"] = b"hello"

    pinned = far.pin(KEY)

    assert pinned == Pinned(5, hashlib.sha256(b"hello").hexdigest(), pinned.version if pinned else "")
    bucket.objects[f"incoming/{KEY}"] = b"swapped"
    assert b"".join(far.read(KEY, pinned.version)) == b"hello"


def test_nothing_is_pinned_where_nothing_came(far: S3Store) -> None:
    assert far.pin(KEY) is None


def test_what_is_swapped_while_it_is_pinned_is_not_pinned(far: S3Store, bucket: Bucket) -> None:
    bucket.objects[f"incoming/{KEY}"] = b"hello"
    bucket.before_copy = lambda: bucket.objects.update({f"incoming/{KEY}": b"other"})

    assert far.pin(KEY) is None
    assert [key for key in bucket.objects if key.startswith("kept/")] == []


def test_what_is_put_is_read_back(far: S3Store) -> None:
    pinned = far.put(KEY, b"x" * 200_000)

    assert b"".join(far.read(KEY, pinned.version)) == b"x" * 200_000
    assert pinned.digest == hashlib.sha256(b"x" * 200_000).hexdigest()


def test_deleting_leaves_no_copy(far: S3Store, bucket: Bucket) -> None:
    bucket.objects["kept/other/v1"] = b"another's"
    bucket.objects[f"incoming/{KEY}"] = b"hello"
    far.pin(KEY)
    far.pin(KEY)

    far.delete(KEY)
    far.delete(KEY)

    assert bucket.objects == {"kept/other/v1": b"another's"}


def test_a_pinned_upload_is_let_go(far: S3Store, bucket: Bucket) -> None:
    bucket.objects[f"incoming/{KEY}"] = b"hello"

    far.forget_upload(KEY)

    assert bucket.objects == {}


def test_nothing_needs_tidying(far: S3Store, bucket: Bucket) -> None:
    assert far.tidy() == 0
    assert bucket.calls == []


@pytest.mark.parametrize(
    "call",
    [lambda s: s.pin(KEY), lambda s: s.put(KEY, b"x"), lambda s: s.read(KEY, "v"), lambda s: s.delete(KEY)],
)
def test_a_bucket_that_fails_is_an_outage(httpserver: HTTPServer, call: Callable[[S3Store], Any]) -> None:
    httpserver.expect_request(re.compile("/.*")).respond_with_data("", status=503)

    with pytest.raises(Unavailable):
        call(store(httpserver.url_for("").rstrip("/")))


def test_a_bucket_that_is_not_there_is_an_outage() -> None:
    with pytest.raises(Unavailable):
        store("http://127.0.0.1:9").pin(KEY)


# --- which one ----------------------------------------------------------------------------------------------
def test_a_bucket_is_used_where_one_is_named(settings: Any) -> None:
    settings.S3_BUCKET, settings.S3_REGION = "files", "eu-central-1"
    settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY = "AKIATEST", "secret"

    assert isinstance(artifact_store(), S3Store)


def test_else_our_own_disk_is_used() -> None:
    assert isinstance(artifact_store(), FileStore)
