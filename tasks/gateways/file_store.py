"""Artifacts on our own disk: each a file of its own, written once, whole or not at all.

The paths that callers name never become paths here: a file is called by the digest of its key.
"""

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urlencode

from tasks.rules.uploads import Pinned, UploadForm, UploadTerms, bound_fields, write_policy
from tasktracker.core.derived import derived_secret, is_derived_secret
from tasktracker.core.errors import Conflict, Invalid, Unavailable

_UPLOAD: Final = "artifact upload"
_DOWNLOAD: Final = "artifact download"
_PIECE_BYTES: Final = 64 * 1024
_BROKEN_AFTER_SECONDS: Final = 3600.0
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


class UploadTooLong(Invalid):
    """More bytes came than the policy allows. Nothing of them is kept."""

    code = "too_long"
    default_message = "The file is larger than its policy allows."


class AlreadyUploaded(Conflict):
    """A key takes one file, once."""

    code = "already_uploaded"
    default_message = "This upload was used already."


class FileStore:
    """A folder of files, and the addresses at which strangers with a signature reach it."""

    def __init__(self, folder: Path, *, url: str) -> None:
        self._folder = folder
        self._url = url

    def upload_form(self, terms: UploadTerms) -> UploadForm:
        policy = write_policy(terms)
        proof = {"policy": policy, "signature": derived_secret(_UPLOAD, policy)}
        return UploadForm(self._url, {"key": terms.key, **bound_fields(terms), **proof})

    def is_own_policy(self, policy: str, signature: str) -> bool:
        """Say whether a policy is one of ours, unchanged."""
        return is_derived_secret(signature, _UPLOAD, policy)

    def receive(self, key: str, pieces: Iterable[bytes], *, most_bytes: int) -> None:
        """Keep an upload under a key that has no file: all of it, or nothing.

        Raises UploadTooLong, AlreadyUploaded, Unavailable, and what `pieces` raises.
        """
        place = self._place(key)
        if place.exists():
            raise AlreadyUploaded
        with _disk_troubles(), self._draft() as (path, file):
            size = 0
            for piece in pieces:
                size += len(piece)
                if size > most_bytes:
                    raise UploadTooLong
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            _make(self._folder, place.parent.parent, place.parent)
            _publish(path, place)

    def pin(self, key: str) -> Pinned | None:
        """Measure a file. A link is only ever made, never replaced: nothing can change it any more."""
        try:
            return _measured(self.read(key, ""))
        except FileNotFoundError:
            return None

    def put(self, key: str, content: bytes) -> Pinned:
        self.receive(key, [content], most_bytes=len(content))
        return Pinned(len(content), hashlib.sha256(content).hexdigest(), "")

    def read(self, key: str, version: str) -> Iterator[bytes]:  # there is one version
        return _pieces(self._place(key).open("rb"))

    def download_url(self, key: str, version: str, *, name: str, content_type: str, until: datetime) -> str:
        """Our own view, at that address, knows the name and the type."""
        expires = int(until.timestamp())
        signature = derived_secret(_DOWNLOAD, key, expires)
        return f"{self._url}?{urlencode({'key': key, 'expires': expires, 'signature': signature})}"

    def is_own_address(self, key: str, expires: str, signature: str) -> bool:
        """Say whether an address is one that download_url() made; not whether it is still good."""
        return is_derived_secret(signature, _DOWNLOAD, key, expires)

    def forget_upload(self, key: str) -> None:
        """Do nothing: an upload is what stays."""

    def delete(self, key: str) -> None:
        self._place(key).unlink(missing_ok=True)

    def tidy(self) -> int:
        """Delete drafts whose process died."""
        oldest = time.time() - _BROKEN_AFTER_SECONDS
        drafts = self._drafts.iterdir() if self._drafts.is_dir() else ()
        count = 0
        for draft in drafts:
            with suppress(FileNotFoundError):
                if draft.stat().st_mtime < oldest:
                    draft.unlink()
                    count += 1
        return count

    @property
    def _drafts(self) -> Path:
        return self._folder / "drafts"

    def _place(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / "files" / name[:2] / name

    @contextmanager
    def _draft(self) -> Iterator[tuple[Path, BinaryIO]]:
        """Open a file that nobody sees, and that does not outlive this."""
        _make(self._folder, self._drafts)
        path = self._drafts / secrets.token_hex(16)
        try:
            with path.open("xb") as file:
                yield path, file
        finally:
            path.unlink(missing_ok=True)


def _make(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(mode=0o700, exist_ok=True)


def _publish(draft: Path, place: Path) -> None:
    """Give a whole file its name. Making a link fails where there is one: of two uploads one wins."""
    try:
        os.link(draft, place)
    except FileExistsError:
        raise AlreadyUploaded from None
    for folder in (place.parent, place.parent.parent):
        _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _measured(pieces: Iterable[bytes]) -> Pinned:
    size, sha256 = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        sha256.update(piece)
    return Pinned(size, sha256.hexdigest(), "")


@contextmanager
def _disk_troubles() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable from error
        raise
