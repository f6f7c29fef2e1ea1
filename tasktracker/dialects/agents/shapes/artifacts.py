"""Artifacts on the wire. Source: agents.md A.2, "Artifact manifest entry"."""

from typing import Any

from rest_framework import serializers

from tasks.queries.runs import ManifestEntry
from tasks.rules.artifacts import ArtifactType
from tasktracker.dialects.agents.shapes.moments import moment


class ArtifactOut(serializers.Serializer[Any]):
    """For the OpenAPI document; artifact_out() writes it."""

    id = serializers.RegexField("^[0-9a-f]{32}$")
    name = serializers.CharField()
    type = serializers.ChoiceField([str(kind) for kind in ArtifactType])
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    size = serializers.IntegerField(min_value=0)
    content_type = serializers.CharField(allow_blank=True)
    storage_path = serializers.CharField()
    uploaded_at = serializers.DateTimeField()


def artifact_out(entry: ManifestEntry) -> dict[str, Any]:
    """Write one entry of a manifest."""
    return {
        "id": entry.id.hex,
        "name": entry.name,
        "type": entry.type,
        "source": entry.source,
        "size": entry.size,
        "content_type": entry.content_type,
        "storage_path": entry.storage_path,
        "uploaded_at": moment(entry.uploaded_at),
    }
