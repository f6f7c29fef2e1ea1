"""How mobile shows: collections with their meta, instants in UTC; and the schemas of both.

The things of one kind are in their own module.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from internal_api.shapes.reading import MOST_PER_PAGE, Body
from tasktracker.core.paging import NumberedPage


def collection(page: NumberedPage[Any], shape: Callable[[Any], Body]) -> Body:
    """Show one page of a list. Source: seed 0, "Success Envelopes"."""
    return {
        "data": [shape(item) for item in page.items],
        "meta": {
            "page": page.page,
            "per_page": page.per_page,
            "total": page.total,
            "next_page": page.next_page,
        },
    }


def moment(at: datetime | None) -> str | None:
    """Write an instant: "2026-03-02T12:00:00Z", with a fraction of a second where it has one."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z" if at else None


# --- for the OpenAPI document -------------------------------------------------------------------------------
def thing(optional: tuple[str, ...] = (), **properties: Body) -> Body:
    """Describe an object with exactly these keys."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def or_null(schema: Body) -> Body:
    """Describe what may be null."""
    return {**schema, "nullable": True}


def words(*values: str) -> Body:
    """Describe one of a few words."""
    return {"type": "string", "enum": list(values)}


def page_of(schema: Body) -> Body:
    """Describe a collection."""
    return thing(
        data={"type": "array", "items": schema, "maxItems": MOST_PER_PAGE},
        meta=thing(
            page={"type": "integer", "minimum": 1},
            per_page={"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE},
            total={"type": "integer", "minimum": 0},
            next_page=or_null({"type": "integer", "minimum": 2}),
        ),
    )


ID: Final[Body] = {"type": "string", "format": "uuid"}
TEXT: Final[Body] = {"type": "string"}
NUMBER: Final[Body] = {"type": "integer"}
YES_OR_NO: Final[Body] = {"type": "boolean"}
MOMENT: Final[Body] = {"type": "string", "format": "date-time"}
