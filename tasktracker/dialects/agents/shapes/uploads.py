"""Files to come, as callers announce and send them. Source: agents.md A.5, A.8."""

import base64
import binascii
from typing import Any

from rest_framework import serializers

from tasks.operations.artifacts import NewFile, PreparedUpload, UploadedFile, WholeFile
from tasks.rules.artifacts import (
    MAX_BYTES,
    MAX_CONTENT_TYPE,
    MAX_ID,
    MAX_NAME,
    MAX_SOURCE,
    ArtifactType,
)
from tasks.rules.uploads import POLICY_FOR
from tasktracker.dialects.agents.shapes.artifacts import ArtifactOut
from tasktracker.dialects.agents.shapes.reading import read

_MAX_PATH = 500  # that a caller may name; ours are shorter
_NONE_AT_ALL = "At least one artifact is required"


class FileIn(serializers.Serializer[Any]):
    """What every file is said to be."""

    name = serializers.CharField(max_length=MAX_NAME, allow_blank=True)
    type = serializers.ChoiceField([str(kind) for kind in ArtifactType])
    source = serializers.CharField(  # type: ignore[assignment]  # a field
        max_length=MAX_SOURCE, required=False, allow_blank=True, default=""
    )
    content_type = serializers.CharField(
        max_length=MAX_CONTENT_TYPE, required=False, allow_blank=True, default=""
    )


class NewFileIn(FileIn):
    size = serializers.IntegerField(min_value=1, max_value=MAX_BYTES)


class UploadedFileIn(FileIn):
    id = serializers.CharField(max_length=MAX_ID)
    storage_path = serializers.CharField(max_length=_MAX_PATH, trim_whitespace=False)


class ContentField(serializers.Field[Any, Any, Any, Any]):
    """Text of up to 40 MiB: DRF's own field looks at every character twice, and ours were looked at."""

    default_error_messages = {"invalid": "Not a valid string."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class WholeFileIn(FileIn):
    content = ContentField()
    content_encoding = serializers.ChoiceField(["utf-8", "base64"], required=False, default="utf-8")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Decode the content."""
        content, encoding = attrs["content"], attrs.pop("content_encoding")
        try:
            attrs["content"] = (
                base64.b64decode(content, validate=True) if encoding == "base64" else content.encode()
            )
        except (binascii.Error, ValueError):
            raise serializers.ValidationError({"content": "Not valid base64."}) from None
        return attrs


class _SomeFiles(serializers.Serializer[Any]):
    def validate_artifacts(self, value: list[Any]) -> list[Any]:
        """Refuse an empty list."""
        if not value:
            raise serializers.ValidationError(_NONE_AT_ALL)
        return value


class NewFilesIn(_SomeFiles):
    artifacts = NewFileIn(many=True)


class UploadedFilesIn(_SomeFiles):
    artifacts = UploadedFileIn(many=True)


class WholeFilesIn(_SomeFiles):
    artifacts = WholeFileIn(many=True)


class StoragePathIn(serializers.Serializer[Any]):
    storage_path = serializers.CharField(max_length=_MAX_PATH, trim_whitespace=False)


# --- answers ------------------------------------------------------------------------------------------------
class PresignedPostOut(serializers.Serializer[Any]):
    url = serializers.URLField()
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]


class PreparedFileOut(serializers.Serializer[Any]):
    id = serializers.RegexField("^[0-9a-f]{32}$")
    name = serializers.CharField()
    type = serializers.ChoiceField([str(kind) for kind in ArtifactType])
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    size = serializers.IntegerField(min_value=1)
    content_type = serializers.CharField(allow_blank=True)
    storage_path = serializers.CharField()
    expires_in = serializers.IntegerField(min_value=1)
    presigned_post = PresignedPostOut()


class PreparedFilesOut(serializers.Serializer[Any]):
    artifacts = PreparedFileOut(many=True)


class ManifestOut(serializers.Serializer[Any]):
    artifacts = ArtifactOut(many=True)


class AddressOut(serializers.Serializer[Any]):
    url = serializers.URLField()
    expires_in = serializers.IntegerField(min_value=1)


def new_files_in(body: Any) -> list[NewFile]:
    """Read files to come. Raises ValidationError."""
    return [NewFile(**each) for each in read(NewFilesIn, body)["artifacts"]]


def uploaded_files_in(body: Any) -> list[UploadedFile]:
    """Read files that were uploaded. Raises ValidationError."""
    return [UploadedFile(**each) for each in read(UploadedFilesIn, body)["artifacts"]]


def whole_files_in(body: Any) -> list[WholeFile]:
    """Read files that came with the call. Raises ValidationError."""
    return [WholeFile(**each) for each in read(WholeFilesIn, body)["artifacts"]]


def storage_path_in(body: Any) -> str:
    """Read which file is meant. Raises ValidationError."""
    path: str = read(StoragePathIn, body)["storage_path"]
    return path


def prepared_out(prepared: PreparedUpload) -> dict[str, Any]:
    """Write a file to come, with the form to send it."""
    artifact = prepared.artifact
    return {
        "id": artifact.pk.hex,
        "name": artifact.name,
        "type": artifact.type,
        "source": artifact.source,
        "size": artifact.size,
        "content_type": artifact.content_type,
        "storage_path": artifact.storage_path,
        "expires_in": int(POLICY_FOR.total_seconds()),
        "presigned_post": {"url": prepared.form.url, "fields": dict(prepared.form.fields)},
    }
