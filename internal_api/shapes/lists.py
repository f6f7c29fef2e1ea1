"""Bodies of what mobile only lists: projects and charges."""

from typing import Any, Final

from charges.rules.states import ChargeStatus
from internal_api.shapes.reading import Body
from internal_api.shapes.showing import (
    ID,
    MOMENT,
    NUMBER,
    TEXT,
    YES_OR_NO,
    moment,
    or_null,
    page_of,
    thing,
    words,
)


def project_out(project: Any) -> Body:
    """Show a project that tasks can be put in."""
    organization = project.organization
    return {
        "id": project.pk,
        "name": project.name,
        "is_default": project.is_default,
        "organization": {"id": organization.pk, "name": organization.name},
        "created_at": moment(project.created_at),
    }


def charge_out(charge: Any) -> Body:
    """Show a charge. task_id: null where no missed deadline caused it."""
    return {
        "id": str(charge.pk),
        "task_id": str(charge.task_id) if charge.task_id else None,
        "cents": charge.cents,
        "status": charge.status,
        "note": charge.note or None,
        "created_at": moment(charge.created_at),
    }


PROJECTS: Final = page_of(
    thing(
        id=NUMBER,
        name=TEXT,
        is_default=YES_OR_NO,
        organization=thing(id=NUMBER, name=TEXT),
        created_at=MOMENT,
    )
)
CHARGES: Final = page_of(
    thing(
        id=ID,
        task_id=or_null(ID),
        cents=NUMBER,
        status=words(*(str(status) for status in ChargeStatus)),
        note=or_null(TEXT),
        created_at=MOMENT,
    )
)
