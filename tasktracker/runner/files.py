"""The files of a run: what it was given, fetched into a folder; what the command leaves, uploaded."""

import hashlib
import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tasktracker.runner.client import Server, post_file
from tasktracker.runner.hold import Hold

LARGEST_BYTES: Final = 30 * 1024 * 1024
_AT_ONCE: Final = 20
_LONGEST_NAME: Final = 255


def fetch_files(server: Server, hold: Hold, folder: Path) -> None:
    """Download the files of a run. Two of one name do not overwrite each other. Raises Refused, GaveUp."""
    for number, entry in enumerate(hold.run["artifacts"]):
        name = Path(entry["name"]).name or "artifact"
        place = folder / name
        if place.exists():
            place = folder / f"{number}-{name}"
        asked = {"storage_path": entry["storage_path"]}
        place.write_bytes(server.read(f"{hold.path}/artifacts/download/", asked, stop=hold.is_lost))


def leave_files(hold: Hold, folder: Path) -> Iterator[str]:
    """Upload what a command left in a folder, in the order of their names.

    Yields a sentence for each file that cannot be uploaded. Raises Lost, Refused, GaveUp.
    """
    files = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()):
        size = path.stat().st_size
        if 0 < size <= LARGEST_BYTES:
            files.append(path)
        else:
            yield f"{path.relative_to(folder)} was not uploaded: it has {size} bytes."
    for start in range(0, len(files), _AT_ONCE):
        _upload(hold, folder, files[start : start + _AT_ONCE])


def _upload(hold: Hold, folder: Path, files: list[Path]) -> None:
    contents = [path.read_bytes() for path in files]
    said = [
        _announced(path.relative_to(folder), content) for path, content in zip(files, contents, strict=True)
    ]
    prepared = hold.call("POST", "artifacts/prepare_upload/", {"artifacts": said})["artifacts"]
    for each, content in zip(prepared, contents, strict=True):
        form = each["presigned_post"]
        post_file(form["url"], form["fields"], content, stop=hold.is_lost)
    names = ("id", "name", "type", "source", "storage_path", "content_type")
    final = [{name: each[name] for name in names} for each in prepared]
    hold.call("POST", "artifacts/finalize_upload/", {"artifacts": final})


def _announced(path: Path, content: bytes) -> dict[str, Any]:
    """Say what a file is. Its folders are part of its name."""
    kind, _ = mimetypes.guess_type(path.name)
    name = "__".join(path.parts)
    if len(name) > _LONGEST_NAME:
        name = f"{hashlib.sha256(name.encode()).hexdigest()[:16]}-{path.name}"[-_LONGEST_NAME:]
    return {
        "name": name,
        "type": "output",
        "source": "runner",
        "size": len(content),
        "content_type": kind or "application/octet-stream",
    }
