"""The words of artifacts: files that go into a run and come out of it. Source: agents.md A.2, A.8."""

from enum import StrEnum
from typing import Final

MAX_NAME: Final = 255
MAX_SOURCE: Final = 64
MAX_CONTENT_TYPE: Final = 255
MAX_STORAGE_PATH: Final = 1024


class ArtifactType(StrEnum):
    """What a file is for."""

    PLAN = "plan"
    CONTEXT = "context"
    REFERENCE = "reference"
    OUTPUT = "output"
    ARTIFACT = "artifact"
    TREE_SNAPSHOT = "tree_snapshot"
    USER_ATTACHMENT = "user_attachment"


class ArtifactState(StrEnum):
    """Prepared: announced, perhaps not there yet. Staged: checked, waiting for a run. Attached: a run's."""

    PREPARED = "prepared"
    STAGED = "staged"
    ATTACHED = "attached"
