"""Lists, newest first, by pages; and properties that a caller asked to see whole (`expand`).

Which lists there are, and by what they are filtered, is each endpoint's business.
"""

import json
from typing import Any

from charges.fake_stripe.call import Call
from charges.fake_stripe.errors import Json, invalid_request, no_such

_DEFAULT_LIMIT = 10
_DEEPEST = 4
_EDGES = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "is": "="}
Filters = dict[str, str | list[str] | None]


def page(call: Call, kind: str, url: str, asked: Json, filters: Filters) -> Json:
    """List objects of a kind. asked: as forms.LIST reads. filters: column -> value, values, None (unset)."""
    where, values = _conditions(kind, asked, filters)
    limit = asked.get("limit", _DEFAULT_LIMIT)
    if "ending_before" in asked:
        order, edge = "ASC", "seq > ?"
        values.append(_place(call, kind, asked, "ending_before"))
    elif "starting_after" in asked:
        order, edge = "DESC", "seq < ?"
        values.append(_place(call, kind, asked, "starting_after"))
    else:
        order, edge = "DESC", "1"
    rows = call.store.rows(
        f"SELECT body FROM object WHERE {where} AND {edge} ORDER BY seq {order} LIMIT {limit + 1}",  # noqa: S608
        *values,
    )
    found = [json.loads(row["body"]) for row in rows[:limit]]
    if order == "ASC":
        found.reverse()
    return {"object": "list", "data": found, "has_more": len(rows) > limit, "url": url}


def _conditions(kind: str, asked: Json, filters: Filters) -> tuple[str, list[Any]]:
    where, values = ["kind = ?"], [kind]
    for column, value in filters.items():
        if value is None:
            where.append(f"{column} IS NULL")
        elif isinstance(value, list):
            where.append(f"{column} IN ({', '.join('?' * len(value))})")
            values.extend(value)
        else:
            where.append(f"{column} = ?")
            values.append(value)
    for edge, instant in asked.get("created", {}).items():
        where.append(f"created {_EDGES[edge]} ?")
        values.append(instant)
    return " AND ".join(where), values


def _place(call: Call, kind: str, asked: Json, name: str) -> int:
    rows = call.store.rows("SELECT seq FROM object WHERE id = ? AND kind = ?", asked[name], kind)
    if not rows:
        raise no_such(kind, asked[name], param=name, status=400)
    return int(rows[0]["seq"])


def expanded(call: Call, thing: Json, paths: list[str]) -> Json:
    """Put whole objects where only their ids stand. Raises ApiError for what is no object."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEEPEST + (steps[0] == "data"):
            message = f"You cannot expand more than {_DEEPEST} levels of a property. Property: {path}"
            raise invalid_request(message)
        _expand(call, thing, steps, path)
    return thing


def _expand(call: Call, thing: Any, steps: list[str], path: str) -> None:
    if not steps or thing is None:
        return
    if isinstance(thing, list):
        for part in thing:
            _expand(call, part, steps, path)
        return
    name, *rest = steps
    inner = thing.get(name, "") if isinstance(thing, dict) else ""
    if isinstance(inner, str):
        inner = call.store.find_any(inner)
        if inner is None:
            raise invalid_request(f"This property cannot be expanded ({path}).", param="expand")
        thing[name] = inner
    _expand(call, inner, rest, path)
