"""The sections of a project, in their order."""

from dataclasses import dataclass
from uuid import UUID

from accounts.rules.principal import Principal
from tasks.models import Section
from tasks.queries.projects import project_of
from tasktracker.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class OwnSection:
    """A section of a project that the caller sees."""

    id: UUID
    name: str
    order_key: str
    project_id: int


def sections_of(principal: Principal, *, project_id: int) -> list[OwnSection]:
    """List the sections of a project that the caller may write, or owns a task in. Raises NotFound."""
    project = project_of(principal, project_id=project_id)
    rows = Section.objects.filter(project_id=project.id).order_by("order_key", "pk")
    return [OwnSection(*row) for row in rows.values_list("pk", "name", "order_key", "project_id")]


def section_of(principal: Principal, *, section_id: UUID) -> OwnSection:
    """Read one section. Raises NotFound."""
    row = Section.objects.filter(pk=section_id).values_list("pk", "name", "order_key", "project_id").first()
    if row is None:
        raise NotFound("Section not found")
    project_of(principal, project_id=row[3])
    return OwnSection(*row)
