"""What stands behind the question mark: ids in a list, a text to search for, true or false.

Each says in words that are for callers what is missing.
"""

from typing import Final
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter

from tasktracker.core.errors import Invalid, NotFound, Problem
from tasktracker.core.ids import parse_id
from tasktracker.http.body import Query

LONGEST_SEARCH: Final = 500
_FLAGS = {"true": True, "false": False}


def parameter(name: str, text: str, *, required: bool = False, is_list: bool = False) -> OpenApiParameter:
    """Describe a parameter. is_list: with commas, or given several times."""
    if not is_list:
        return OpenApiParameter(name, str, description=text, required=required)
    kind = {"type": "array", "items": {"type": "string"}}
    return OpenApiParameter(name, kind, description=text, required=required, explode=False, style="form")


def ids(query: Query, name: str) -> list[UUID] | None:
    """Read ids; None when the parameter is absent or blank. What can be no id of ours names nothing."""
    texts = [text for text in query.texts(name) or [] if text]
    return [found for text in texts if (found := _id(text))] if texts else None


def required_ids(query: Query, name: str) -> list[UUID]:
    """Read ids that have to be given."""
    found = ids(query, name)
    if found is None:
        raise _missing(name)
    return found


def search_text(query: Query, name: str = "search") -> str | None:
    """Read a text to look for, without blanks around it; None when the parameter is absent."""
    text = query.text(name)
    if text is not None and len(text) > LONGEST_SEARCH:
        detail = f"Ensure this has no more than {LONGEST_SEARCH} characters."
        raise Invalid(Problem(name, "max_length", detail))
    return text.strip() if text is not None else None


def required_search_text(query: Query, name: str, *, may_be_blank: bool) -> str:
    """Read a text to look for that has to be given."""
    text = search_text(query, name)
    if text is None or not (text or may_be_blank):
        raise _missing(name)
    return text


def flag(query: Query, name: str) -> bool | None:
    """Read true or false; None when the parameter is absent."""
    text = query.text(name)
    if text is not None and text not in _FLAGS:
        raise Invalid(Problem(name, "invalid_choice", "Send true or false."))
    return _FLAGS[text] if text is not None else None


def _missing(name: str) -> Invalid:
    return Invalid(Problem(None, "required", f"Query parameter '{name}' is required"))


def _id(text: str) -> UUID | None:
    try:
        return parse_id(text.strip())
    except NotFound:
        return None
