"""Artifacts: files on their way into a run, and those that a run has.

The bytes are in a store, under storage_path; nothing here reads them.
"""

from django.db import models
from django.db.models import Q

from tasks.models.run import Run
from tasks.models.task import Task
from tasks.rules.artifacts import (
    MAX_CONTENT_TYPE,
    MAX_NAME,
    MAX_SOURCE,
    MAX_STORAGE_PATH,
    ArtifactState,
    ArtifactType,
)
from tasktracker.core.ids import new_id


class Artifact(models.Model):
    """One file. agents shows the id as 32 hexadecimal digits.

    run: the one that has it, or for which it is announced; NULL = announced or staged for a run to come.
    Becoming attached is one conditional UPDATE in the run's own transaction: single use (P26).
    size, digest: announced until `finalized_at`, then of the stored bytes (SHA-256 in hex), for good.
    version: which copy the store pinned then, where it keeps more than one under a path (ADR 0046).
    expires_at: when an unfinished upload, or a staged file that no run took, is thrown away; NULL = kept.
    position: its place in the run's manifest, from 0; NULL until attached.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(
        Run, on_delete=models.PROTECT, null=True, blank=True, related_name="artifacts", db_index=False
    )
    position = models.IntegerField(null=True, blank=True)
    state = models.CharField(max_length=8, default=str(ArtifactState.PREPARED))
    name = models.CharField(max_length=MAX_NAME)
    type = models.CharField(max_length=16)
    source = models.CharField(max_length=MAX_SOURCE, blank=True, default="")
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=MAX_CONTENT_TYPE, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    version = models.CharField(max_length=32, blank=True, default="")
    storage_path = models.CharField(max_length=MAX_STORAGE_PATH, unique=True)
    created_at = models.DateTimeField()
    uploaded_at = models.DateTimeField(null=True, blank=True)
    finalized_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="artifact_state_fits",
                condition=Q(state=str(ArtifactState.PREPARED), finalized_at=None, position=None)
                | Q(state=str(ArtifactState.STAGED), run=None, finalized_at__isnull=False, position=None)
                | Q(
                    state=str(ArtifactState.ATTACHED),
                    run__isnull=False,
                    finalized_at__isnull=False,
                    position__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="artifact_type_is_known", condition=Q(type__in=[str(kind) for kind in ArtifactType])
            ),
            models.CheckConstraint(
                name="artifact_digest_once_final",
                condition=Q(finalized_at=None) | ~Q(digest=""),
            ),
            models.CheckConstraint(name="artifact_size_is_not_negative", condition=Q(size__gte=0)),
            models.UniqueConstraint(fields=["run", "position"], name="artifact_place_once"),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="artifact_expires", condition=Q(expires_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name
