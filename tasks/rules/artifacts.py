"""The words and bounds of artifacts: files that go into a run and come out of it. Source: agents.md A.2, A.8.

Where their bytes are kept is gateways/artifact_store.py; who may upload what, rules/uploads.py.
"""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

MAX_NAME: Final = 255
MAX_SOURCE: Final = 64
MAX_CONTENT_TYPE: Final = 255
MAX_STORAGE_PATH: Final = 1024
MAX_BYTES: Final = 30 * 1024 * 1024
MAX_PDF_BYTES: Final = 10 * 1024 * 1024
MAX_ID: Final = 128  # characters that a caller may name one with
PREPARED_FOR: Final = timedelta(hours=2)  # an hour to upload (rules/uploads.py), and one to say so
STAGED_FOR: Final = timedelta(hours=24)
NO_NAME: Final = "artifact"

# The last part of a path is a file's name in some stores, where a name has bytes, not characters.
_MAX_LEAF_BYTES = 255
_MAX_ENDING_BYTES = 32
# Controls, and what turns the reading direction: nobody should be shown "exe.txt" for "txt.exe".
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MEBIBYTE = 1024 * 1024
_OCTETS: Final = "application/octet-stream"
# What a browser shows at most, and never runs.
_INERT: Final = frozenset(
    {
        "application/gzip",
        "application/json",
        "application/jsonl",
        "application/pdf",
        "application/x-ndjson",
        "application/x-tar",
        "application/zip",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/markdown",
        "text/plain",
    }
)


class ArtifactType(StrEnum):
    """What a file is for."""

    PLAN = "plan"
    CONTEXT = "context"
    REFERENCE = "reference"
    OUTPUT = "output"
    ARTIFACT = "artifact"
    TREE_SNAPSHOT = "tree_snapshot"
    USER_ATTACHMENT = "user_attachment"


class ArtifactState(StrEnum):
    """Prepared: announced, perhaps not there yet. Staged: checked, waiting for a run. Attached: a run's."""

    PREPARED = "prepared"
    STAGED = "staged"
    ATTACHED = "attached"


def artifact_id(text: str) -> UUID | None:
    """Read the id of an artifact: 32 hexadecimal digits, or with hyphens. None when it is none."""
    try:
        read = UUID(text)
    except ValueError:
        return None
    return read if text.lower() in {read.hex, str(read)} else None


def file_name(given: str) -> str:
    """Reduce what a caller calls a file to a bare name: no folders, nothing that cannot be seen.

    Raises nothing: where nothing is left, the file is called "artifact".
    """
    leaf = re.split(r"[/\\]", given)[-1]
    name = _HIDDEN.sub("", leaf).strip()[:MAX_NAME].strip()
    return NO_NAME if name in {"", ".", ".."} else name


def storage_path(*, project_id: int, task_id: UUID, run_id: UUID | None, artifact_id: UUID, name: str) -> str:
    """Say where a file is kept: below its task's folder, in one of its own. run_id: None = staged.

    Source: agents.md A.8.
    """
    place = f"run_{run_id}" if run_id else "staged"
    return f"{task_folder(project_id, task_id)}{place}/{artifact_id.hex}/{_leaf(name)}"


def task_folder(project_id: int, task_id: UUID) -> str:
    """Say below which folder a task's files are kept; it ends in a slash."""
    return f"tasks/artifacts/team_{project_id}/task_{task_id}/"


def size_complaint(*, name: str, type_: str, content_type: str, size: int) -> str:
    """Say what is wrong with the size of a file, in bytes; "" when nothing is. Source: agents.md A.8."""
    is_pdf = name.lower().endswith(".pdf") or bare_type(content_type) == "application/pdf"
    if is_pdf and type_ == ArtifactType.USER_ATTACHMENT and size > MAX_PDF_BYTES:
        most = MAX_PDF_BYTES // _MEBIBYTE
        return f"{name} exceeds the {most}MB attachment limit for PDFs in cloud runs"
    if size > MAX_BYTES:
        return f"{name} exceeds the {MAX_BYTES // _MEBIBYTE}MB attachment limit"
    return ""


def bare_type(content_type: str) -> str:
    """Read a media type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def download_type(content_type: str) -> str:
    """Say as what a file is handed out: never as anything that a browser would run."""
    bare = bare_type(content_type)
    if bare not in _INERT:
        return _OCTETS
    return f"{bare}; charset=utf-8" if bare.startswith("text/") else bare


def _leaf(name: str) -> str:
    """Shorten a name to what every store can keep; its ending stays."""
    if len(name.encode()) <= _MAX_LEAF_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    tail = f"{dot}{ending}" if stem and len(ending.encode()) < _MAX_ENDING_BYTES else ""
    room = _MAX_LEAF_BYTES - len(tail.encode())
    return name.encode()[:room].decode(errors="ignore") + tail
