"""Where the bytes of artifacts are: a port with two stores behind it, chosen by settings.S3_BUCKET.

Which bytes are whose is a row (models/artifact.py). ADR 0046.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from django.conf import settings

from tasks.gateways.file_store import FileStore
from tasks.rules.uploads import Pinned, UploadForm, UploadTerms


class ArtifactStore(Protocol):
    """Keeps files under keys. What is pinned under a key and version never changes.

    Every call raises Unavailable when the store cannot be reached, or is full.
    """

    def upload_form(self, terms: UploadTerms) -> UploadForm:
        """Let somebody else upload one file, on these terms."""

    def pin(self, key: str) -> Pinned | None:
        """Fix what was uploaded under a key; None when nothing was. Its key cannot change it any more."""

    def put(self, key: str, content: bytes) -> Pinned:
        """Keep bytes of ours under a key that has none."""

    def read(self, key: str, version: str) -> Iterator[bytes]:
        """Read what was pinned, in pieces."""

    def download_url(self, key: str, version: str, *, name: str, content_type: str, until: datetime) -> str:
        """Let somebody else download what was pinned, as an attachment, until a moment."""

    def forget_upload(self, key: str) -> None:
        """Let go of what is not needed any more once a key is pinned."""

    def delete(self, key: str) -> None:
        """Delete all that there is under a key; where there is nothing, that is fine."""

    def tidy(self) -> int:
        """Delete what broken uploads left behind; returns how many."""


def artifact_store() -> ArtifactStore:
    """Say which store this installation has."""
    return _bucket() if settings.S3_BUCKET else own_store()


def _bucket() -> ArtifactStore:
    from tasks.gateways.s3_store import S3Account, S3Store  # noqa: PLC0415  # boto3 takes half a second

    return S3Store(
        S3Account(
            bucket=settings.S3_BUCKET,
            region=settings.S3_REGION,
            endpoint=settings.S3_ENDPOINT,
            key_id=settings.S3_ACCESS_KEY_ID,
            secret=settings.S3_SECRET_ACCESS_KEY,
        )
    )


def own_store() -> FileStore:
    """The store on our own disk."""
    url = settings.TASKTRACKER_FILES_URL or settings.TASKTRACKER_BASE_URL
    return FileStore(settings.TASKTRACKER_ARTIFACTS, url=f"{url}/uploads")
