"""What strangers with one of our signed forms send us: the own disk's counterpart of a bucket.

The form was made by operations/artifacts.py; nobody but its signature says who may use it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from tasks.gateways.artifact_store import own_store
from tasks.models import Artifact
from tasks.rules.artifacts import ArtifactState
from tasks.rules.uploads import Policy, read_policy
from tasktracker.core.errors import Forbidden


class UploadRefused(Forbidden):
    """The form was not made by us, was changed, is too old, or what it was made for is settled."""

    code = "upload_refused"
    default_message = "The policy does not allow this upload."


def receive_upload(*, fields: Mapping[str, str], pieces: Iterable[bytes], at: datetime) -> None:
    """Keep an upload, if the policy that came with it is ours and allows it; nothing of it otherwise.

    pieces: the file; read only once everything else is found to be right.
    Raises UploadRefused, UploadTooLong, AlreadyUploaded, Unavailable, and what `pieces` raises.
    """
    policy = _proved(fields)
    if policy is None or policy.expires_at <= at or not policy.allows(fields):
        raise UploadRefused
    key = fields["key"]
    if not Artifact.objects.filter(storage_path=key, state=ArtifactState.PREPARED).exists():
        raise UploadRefused
    own_store().receive(key, pieces, most_bytes=policy.most_bytes)


def _proved(fields: Mapping[str, str]) -> Policy | None:
    text = fields.get("policy", "")
    return read_policy(text) if own_store().is_own_policy(text, fields.get("signature", "")) else None
