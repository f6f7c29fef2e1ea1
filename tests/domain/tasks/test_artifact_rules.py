"""Names, paths, sizes and types of artifacts, and the policy of an upload: values in, values out."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest

from tasks.rules.artifacts import (
    MAX_BYTES,
    MAX_PDF_BYTES,
    artifact_id,
    download_type,
    file_name,
    size_complaint,
    storage_path,
)
from tasks.rules.uploads import UploadTerms, read_policy, upload_terms, write_policy

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TASK, RUN, FILE = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a.txt", "a.txt"),
        ("../a.txt", "a.txt"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\ann\\plan.md", "plan.md"),
        ("..", "artifact"),
        (".", "artifact"),
        ("", "artifact"),
        ("  ", "artifact"),
        ("folder/", "artifact"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("\u202etxt.exe", "txt.exe"),
        ("naïve café.md", "naïve café.md"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_name_is_a_bare_name(given: str, name: str) -> None:
    assert file_name(given) == name


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (FILE.hex, FILE),
        (str(FILE), FILE),
        (FILE.hex.upper(), FILE),
        ("zzz", None),
        ("", None),
        (f"{{{FILE}}}", None),
        (f"urn:uuid:{FILE}", None),
    ],
)
def test_an_id_has_two_spellings(text: str, read: UUID | None) -> None:
    assert artifact_id(text) == read


def test_a_file_is_kept_below_its_task() -> None:
    staged = storage_path(project_id=7, task_id=TASK, run_id=None, artifact_id=FILE, name="a.txt")
    of_run = storage_path(project_id=7, task_id=TASK, run_id=RUN, artifact_id=FILE, name="a.txt")

    assert staged == f"tasks/artifacts/team_7/task_{TASK}/staged/{FILE.hex}/a.txt"
    assert of_run == f"tasks/artifacts/team_7/task_{TASK}/run_{RUN}/{FILE.hex}/a.txt"


@pytest.mark.parametrize(
    ("name", "ending"), [("é" * 255, "é"), ("é" * 251 + ".txt", ".txt"), ("." * 255, ".")]
)
def test_a_path_fits_every_store(name: str, ending: str) -> None:
    path = storage_path(project_id=2**63 - 1, task_id=TASK, run_id=RUN, artifact_id=FILE, name=name)

    assert len(path) <= 500
    assert len(path.encode()) <= 1024
    assert len(path.rpartition("/")[2].encode()) <= 255
    assert path.endswith(ending)


@pytest.mark.parametrize(
    ("name", "type_", "content_type", "size", "complaint"),
    [
        ("a.txt", "user_attachment", "", MAX_BYTES, ""),
        ("a.txt", "plan", "", MAX_BYTES + 1, "a.txt exceeds the 30MB attachment limit"),
        ("a.pdf", "user_attachment", "", MAX_PDF_BYTES, ""),
        (
            "a.PDF",
            "user_attachment",
            "",
            MAX_PDF_BYTES + 1,
            "a.PDF exceeds the 10MB attachment limit for PDFs in cloud runs",
        ),
        (
            "a",
            "user_attachment",
            "Application/PDF; x=y",
            MAX_PDF_BYTES + 1,
            "a exceeds the 10MB attachment limit for PDFs in cloud runs",
        ),
        ("a.pdf", "output", "application/pdf", MAX_PDF_BYTES + 1, ""),
    ],
)
def test_sizes_have_an_end(name: str, type_: str, content_type: str, size: int, complaint: str) -> None:
    assert size_complaint(name=name, type_=type_, content_type=content_type, size=size) == complaint


@pytest.mark.parametrize(
    ("content_type", "handed_out_as"),
    [
        ("text/plain", "text/plain; charset=utf-8"),
        ("Text/CSV; header=present", "text/csv; charset=utf-8"),
        ("application/pdf", "application/pdf"),
        ("image/png", "image/png"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("application/json\r\nX: y", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_no_file_is_handed_out_as_what_runs(content_type: str, handed_out_as: str) -> None:
    assert download_type(content_type) == handed_out_as


# --- the policy ---------------------------------------------------------------------------------------------
def terms(content_type: str = "text/plain") -> UploadTerms:
    return upload_terms(key="k/a.txt", size=5, content_type=content_type, at=AT)


def test_the_policy_is_the_one_of_s3() -> None:
    document = orjson.loads(base64.b64decode(write_policy(terms())))

    assert document == {
        "expiration": "2026-03-02T13:00:00Z",
        "conditions": [
            {"key": "k/a.txt"},
            ["content-length-range", 0, 5 + 65_536],
            {"Content-Type": "text/plain"},
        ],
    }


def test_a_policy_is_read_as_it_was_written() -> None:
    policy = read_policy(write_policy(terms()))

    assert policy is not None
    assert policy.expires_at == AT + timedelta(hours=1)
    assert policy.most_bytes == 5 + 65_536


@pytest.mark.parametrize(
    ("fields", "is_allowed"),
    [
        ({"key": "k/a.txt", "Content-Type": "text/plain"}, True),
        ({"key": "k/a.txt", "Content-Type": "text/plain", "policy": "p", "signature": "s"}, True),
        ({"key": "k/b.txt", "Content-Type": "text/plain"}, False),
        ({"key": "k/a.txt", "Content-Type": "text/html"}, False),
        ({"key": "k/a.txt"}, False),
        ({"Content-Type": "text/plain"}, False),
        ({"key": "k/a.txt", "Content-Type": "text/plain", "acl": "public-read"}, False),
    ],
)
def test_a_form_has_the_policys_fields_and_no_others(fields: dict[str, str], is_allowed: bool) -> None:
    policy = read_policy(write_policy(terms()))

    assert policy is not None
    assert policy.allows(fields) is is_allowed


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"expiration": 5, "conditions": []}',
        b'{"expiration": "soon", "conditions": []}',
        b'{"expiration": "2026-03-02T13:00:00Z", "conditions": [["eq", "x"]]}',
        b'{"expiration": "2026-03-02T13:00:00Z", "conditions": 5}',
    ],
)
def test_what_is_no_policy_is_none(document: bytes) -> None:
    assert read_policy(base64.b64encode(document).decode()) is None


@pytest.mark.parametrize("text", ["%%%", "e30", "A" * 9000])
def test_what_is_not_base64_or_endless_is_none(text: str) -> None:
    assert read_policy(text) is None


def test_a_policy_without_a_range_lets_nothing_in() -> None:
    document = {"expiration": "2026-03-02T13:00:00Z", "conditions": [{"key": "k"}]}
    policy = read_policy(base64.b64encode(orjson.dumps(document)).decode())

    assert policy is not None
    assert policy.most_bytes == 0


def test_a_policy_without_a_key_allows_no_form() -> None:
    document = {"expiration": "2026-03-02T13:00:00Z", "conditions": [["content-length-range", 0, 9]]}
    policy = read_policy(base64.b64encode(orjson.dumps(document)).decode())

    assert policy is not None
    assert not policy.allows({})
