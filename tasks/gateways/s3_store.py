"""Artifacts in a bucket: S3, or what speaks like it.

An upload goes to incoming/, where its policy may write until it expires. Pinning copies it, under the ETag
that was seen, to a key that no policy names; that copy is what is read from then on.
"""

import hashlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.utils.http import content_disposition_header

from tasks.rules.artifacts import download_type
from tasks.rules.uploads import POLICY_FOR, Pinned, UploadForm, UploadTerms, bound_fields, conditions
from tasktracker.core.errors import Unavailable

_PIECE_BYTES: Final = 64 * 1024
_ABSENT: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_SWAPPED: Final = frozenset({"412", "PreconditionFailed"})
_SERVER_ERRORS: Final = 500
_VERSION_BYTES: Final = 16


@dataclass(frozen=True)
class S3Account:
    """endpoint: "" = Amazon's own. key_id, secret: "" = boto3 finds them, as in a role."""

    bucket: str
    region: str
    endpoint: str
    key_id: str
    secret: str


class S3Store:
    """A bucket. Nobody but us and the bearers of signatures reaches it."""

    def __init__(self, account: S3Account) -> None:
        self._bucket = account.bucket
        self._client = _client(account)

    def upload_form(self, terms: UploadTerms) -> UploadForm:
        with _troubles():
            signed = self._client.generate_presigned_post(
                self._bucket,
                _incoming(terms.key),
                Fields=bound_fields(terms),
                Conditions=conditions(terms),
                ExpiresIn=int(POLICY_FOR.total_seconds()),
            )
        return UploadForm(signed["url"], signed["fields"])

    def pin(self, key: str) -> Pinned | None:
        """Copy what was uploaded; what is uploaded after that changes nothing."""
        source = {"Bucket": self._bucket, "Key": _incoming(key)}
        version = secrets.token_hex(_VERSION_BYTES)
        with _troubles():
            try:
                seen = self._client.head_object(**source)
                self._client.copy_object(
                    Bucket=self._bucket,
                    Key=_kept(key, version),
                    CopySource=source,
                    CopySourceIfMatch=seen["ETag"],
                )
            except ClientError as error:
                if _code(error) in _ABSENT | _SWAPPED:
                    return None
                raise
        return self._measured(key, version)

    def put(self, key: str, content: bytes) -> Pinned:
        version = secrets.token_hex(_VERSION_BYTES)
        with _troubles():
            self._client.put_object(Bucket=self._bucket, Key=_kept(key, version), Body=content)
        return Pinned(len(content), hashlib.sha256(content).hexdigest(), version)

    def read(self, key: str, version: str) -> Iterator[bytes]:
        with _troubles():
            found = self._client.get_object(Bucket=self._bucket, Key=_kept(key, version))
        return _pieces(found["Body"])

    def download_url(self, key: str, version: str, *, name: str, content_type: str, until: datetime) -> str:
        seconds = max(1, int(until.timestamp() - time.time()))  # boto3 dates the address by this clock
        wanted = {
            "Bucket": self._bucket,
            "Key": _kept(key, version),
            "ResponseContentDisposition": content_disposition_header(as_attachment=True, filename=name),
            "ResponseContentType": download_type(content_type),
        }
        with _troubles():
            url: str = self._client.generate_presigned_url("get_object", wanted, ExpiresIn=seconds)
        return url

    def forget_upload(self, key: str) -> None:
        with _troubles():
            self._client.delete_object(Bucket=self._bucket, Key=_incoming(key))

    def delete(self, key: str) -> None:
        """Delete the upload and every copy: one may have been made that no row came to name."""
        self.forget_upload(key)
        with _troubles():
            listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=_kept(key, ""))
            for each in listed.get("Contents", ()):
                self._client.delete_object(Bucket=self._bucket, Key=each["Key"])

    def tidy(self) -> int:
        """Do nothing: a bucket shows no half of a file."""
        return 0

    def _measured(self, key: str, version: str) -> Pinned:
        size, sha256 = 0, hashlib.sha256()
        for piece in self.read(key, version):
            size += len(piece)
            sha256.update(piece)
        return Pinned(size, sha256.hexdigest(), version)


def _incoming(key: str) -> str:
    return f"incoming/{key}"


def _kept(key: str, version: str) -> str:
    return f"kept/{key}/{version}"


@lru_cache(maxsize=4)
def _client(account: S3Account) -> Any:
    """Make a client, once: it takes a tenth of a second, and threads share it."""
    return boto3.client(
        "s3",
        region_name=account.region or None,
        endpoint_url=account.endpoint or None,
        aws_access_key_id=account.key_id or None,
        aws_secret_access_key=account.secret or None,
        config=Config(
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=15,
            retries={"mode": "standard", "total_max_attempts": 2},
            s3={"addressing_style": "path" if account.endpoint else "virtual"},
            request_checksum_calculation="when_required",  # other makers' servers know no newer ones
            response_checksum_validation="when_required",
        ),
    )


def _pieces(body: Any) -> Iterator[bytes]:
    with _troubles():
        yield from body.iter_chunks(_PIECE_BYTES)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def _troubles() -> Iterator[None]:
    """Tell a store that is away from a request that is wrong, which is a bug."""
    try:
        yield
    except BotoCoreError as error:
        raise Unavailable from error
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _SERVER_ERRORS:
            raise Unavailable from error
        raise
