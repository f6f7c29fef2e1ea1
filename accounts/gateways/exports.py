"""The files of exports, behind Django's storage interface (settings.STORAGES["exports"]).

Whose they are and how long they stay is a row (models/exports.py).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.files.base import File
from django.core.files.storage import Storage, storages

_IN_MEMORY = 1024 * 1024
_CHUNK = 64 * 1024


def write_part(export_id: UUID, name: str, chunks: Iterable[bytes]) -> None:
    """Keep a part of an export, in place of one that was left half written."""
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        for chunk in chunks:
            file.write(chunk)
        _keep(_part(export_id, name), file)


def part_lines(export_id: UUID, name: str) -> Iterator[bytes]:
    """Read a part line by line."""
    with _store().open(_part(export_id, name), "rb") as file:
        yield from file


@contextmanager
def archive(export_id: UUID) -> Iterator["Archive"]:
    """Write the ZIP of an export; it is kept at the end."""
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        made = Archive(file)
        with made.zip:
            yield made
        made.size = file.tell()
        _keep(_archive(export_id), file)


class Archive:
    """A ZIP that is being written. size: in bytes, once it is kept."""

    def __init__(self, file: IO[bytes]) -> None:
        self.zip = ZipFile(file, "w", ZIP_DEFLATED)
        self.size = 0

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Add a file."""
        with self.zip.open(name, "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)


def read_archive(export_id: UUID) -> Iterator[bytes] | None:
    """Open the ZIP of an export, in chunks; None where there is none."""
    try:
        file = _store().open(_archive(export_id), "rb")
    except FileNotFoundError:
        return None
    return _chunks(file)


def delete_files(export_id: UUID, parts: Iterable[str], *, archive_too: bool) -> None:
    """Delete the parts of an export, and its ZIP. What is not there is fine."""
    for name in parts:
        _store().delete(_part(export_id, name))
    if archive_too:
        _store().delete(_archive(export_id))


def _chunks(file: "File[bytes]") -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _keep(name: str, file: IO[bytes]) -> None:
    file.seek(0)
    _store().delete(name)
    _store().save(name, File(file))


def _part(export_id: UUID, name: str) -> str:
    return f"{export_id}/{name}.jsonl"


def _archive(export_id: UUID) -> str:
    return f"{export_id}.zip"


def _store() -> Storage:
    return storages["exports"]
