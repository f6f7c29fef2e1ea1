"""The policy of an upload: one document, whichever store checks it (S3's own format).

Who signs it is decided in the store's gateway. Source: agents.md A.8; reliability.md P26.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

POLICY_FOR: Final = timedelta(seconds=3600)
ROOM_BYTES: Final = 65_536  # by which a file may be larger than was announced
# Fields of the form that no condition speaks of: the policy itself, what proves it, and the file.
_UNBOUND: Final = frozenset({"policy", "signature", "file"})
_MAX_POLICY: Final = 8 * 1024


@dataclass(frozen=True)
class UploadTerms:
    """What one upload may be: under which key, how many bytes at most, until when.

    content_type: "" leaves it out. expires_at: whole seconds count.
    """

    key: str
    most_bytes: int
    content_type: str
    expires_at: datetime


@dataclass(frozen=True)
class UploadForm:
    """Where to post a file, as multipart/form-data: the fields as they are, then the file, last."""

    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Pinned:
    """A file whose bytes cannot change any more. size: bytes. digest: SHA-256 in hex.

    version: which of the copies under its key, where a store keeps more than one.
    """

    size: int
    digest: str
    version: str


@dataclass(frozen=True)
class Policy:
    """A policy that was read. most_bytes: 0 where it sets no bound, so that nothing fits."""

    expires_at: datetime
    equal: Mapping[str, str]
    most_bytes: int

    def allows(self, fields: Mapping[str, str]) -> bool:
        """Say whether a form's fields are those of the policy, every one, and no other."""
        sent = {name: value for name, value in fields.items() if name not in _UNBOUND}
        return "key" in self.equal and sent == dict(self.equal)


def upload_terms(*, key: str, size: int, content_type: str, at: datetime) -> UploadTerms:
    """Set the terms of an upload. size: bytes, as announced."""
    return UploadTerms(key, size + ROOM_BYTES, content_type, at + POLICY_FOR)


def bound_fields(terms: UploadTerms) -> dict[str, str]:
    """List the fields that the form must carry as they are, beside the key."""
    return {"Content-Type": terms.content_type} if terms.content_type else {}


def conditions(terms: UploadTerms) -> list[Any]:
    """Write the policy's conditions, but for the key."""
    exact = [{name: value} for name, value in bound_fields(terms).items()]
    return [["content-length-range", 0, terms.most_bytes], *exact]


def write_policy(terms: UploadTerms) -> str:
    """Write the policy document, in base64."""
    expiration = terms.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"expiration": expiration, "conditions": [{"key": terms.key}, *conditions(terms)]}
    return base64.b64encode(orjson.dumps(document)).decode()


def read_policy(text: str) -> Policy | None:
    """Read a policy that was proved to be ours; None when it is not one."""
    if len(text) > _MAX_POLICY:
        return None
    try:
        document = orjson.loads(base64.b64decode(text, validate=True))
        expires_at = datetime.fromisoformat(document["expiration"])
        equal, most_bytes = _read_conditions(document["conditions"])
    except (binascii.Error, ValueError, TypeError, LookupError):
        return None
    return Policy(expires_at, equal, most_bytes)


def _read_conditions(listed: Sequence[Any]) -> tuple[dict[str, str], int]:
    equal: dict[str, str] = {}
    most_bytes = 0
    for each in listed:
        if isinstance(each, dict):
            equal |= {str(name): str(value) for name, value in each.items()}
        else:
            _range, _least, most_bytes = each
    return equal, int(most_bytes)
