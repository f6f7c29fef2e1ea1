"""Stripe's parameters: nested form fields ("card[number]=...") and what each endpoint accepts of them.

What an endpoint does not list is refused, as Stripe does, and so is what only Stripe knows: better a clear no
than a parameter that is silently ignored.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from charges.fake_stripe.errors import Json, wrong_parameter

Read = Callable[[str, Any], Any]  # (name as the caller wrote it, raw value) -> value
Spec = Mapping[str, Read]

_LARGEST = 99_999_999
_METADATA_PAIRS = 50
_METADATA_KEY = 40
_METADATA_VALUE = 500
_MOST_FIELDS = 1000
_EMPTY = "parameter_invalid_empty"


def nested(text: str) -> Json:
    """Parse "a[b]=1&c[]=2" into {"a": {"b": "1"}, "c": ["2"]}. Raises ApiError for what is no form."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise wrong_parameter("Invalid request: the parameters cannot be read.") from None
    tree: Json = {}
    for name, value in pairs:
        _plant(tree, name, value)
    return {name: _with_lists(value) for name, value in tree.items()}


def _plant(tree: Json, name: str, value: str) -> None:
    first, *rest = [part for part in re.split(r"[\[\]]+", name) if part] or [name]
    path = [first, *rest, *([""] if name.endswith("[]") else [])]
    place = tree
    for part in path[:-1]:
        step = place.setdefault(part, {})
        if not isinstance(step, dict):
            raise wrong_parameter(f"Invalid request: {name} is given as a value and as a hash.", param=name)
        place = step
    place[path[-1] or str(len(place))] = value


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(part) for name, part in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def read(params: Json, spec: Spec, *, required: tuple[str, ...] = (), within: str = "") -> Json:
    """Read typed values by a spec; absent ones stay absent. Raises ApiError, before any work has begun."""
    unknown = [_inside(within, name) for name in params if name not in spec]
    if unknown:
        noun = "parameter" if len(unknown) == 1 else "parameters"
        message = f"Received unknown {noun}: {', '.join(unknown)}"
        raise wrong_parameter(message, code="parameter_unknown", param=unknown[0])
    for name in required:
        if name not in params:
            full = _inside(within, name)
            raise wrong_parameter(f"Missing required param: {full}.", code="parameter_missing", param=full)
    return {name: spec[name](_inside(within, name), value) for name, value in params.items()}


def _inside(within: str, name: str) -> str:
    return f"{within}[{name}]" if within else name


def text(most: int = 5000) -> Read:
    """A text. An empty one is refused: Stripe reads it as "unset", which not every parameter can be."""

    def parse(name: str, value: Any) -> str:
        words = _string(name, value)
        if not words:
            message = (
                f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{name}' cannot be unset. You should remove '{name}' from your request "
                "or supply a non-empty value."
            )
            raise wrong_parameter(message, code=_EMPTY, param=name)
        if len(words) > most:
            shown = f"{words[:6]}...{words[-6:]}"
            raise wrong_parameter(f"Invalid string: {shown}; must be at most {most} characters", param=name)
        return words

    return parse


def unsettable(inner: Read) -> Read:
    """Whatever `inner` reads, or "" to unset it."""
    return lambda name, value: None if value == "" else inner(name, value)


def _string(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_parameter(f"Invalid string: {value}", param=name)
    if "\x00" in value:
        raise wrong_parameter("Invalid string: it holds a null byte.", param=name)
    return value


def integer(name: str, value: Any) -> int:
    """A whole number, maybe negative."""
    words = _string(name, value)
    if not re.fullmatch(r"-?[0-9]{1,15}", words):
        raise wrong_parameter(f"Invalid integer: {words}", code="parameter_invalid_integer", param=name)
    return int(words)


def cents(name: str, value: Any) -> int:
    """An amount as parameters carry it: 1 to 99999999."""
    amount = integer(name, value)
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise wrong_parameter(message, code="parameter_invalid_integer", param=name)
    if amount > _LARGEST:
        message = "Amount must be no more than $999,999.99"
        raise wrong_parameter(message, code="amount_too_large", param=name)
    return amount


def boolean(name: str, value: Any) -> bool:
    words = _string(name, value)
    if words not in ("true", "false"):
        raise wrong_parameter(f"Invalid boolean: {words}", param=name)
    return words == "true"


def one_of(*choices: str) -> Read:
    def parse(name: str, value: Any) -> str:
        words = _string(name, value)
        if words not in choices:
            listed = ", ".join(choices[:-1]) + f", or {choices[-1]}" if len(choices) > 1 else choices[0]
            raise wrong_parameter(f"Invalid {name}: must be one of {listed}", param=name)
        return words

    return parse


def hash_of(spec: Spec, *, required: tuple[str, ...] = ()) -> Read:
    def parse(name: str, value: Any) -> Json:
        if not isinstance(value, dict):
            raise wrong_parameter("Invalid object", param=name)
        return read(value, spec, required=required, within=name)

    return parse


def list_of(inner: Read) -> Read:
    def parse(name: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise wrong_parameter("Invalid array", param=name)
        return [inner(f"{name}[{place}]", part) for place, part in enumerate(value)]

    return parse


def metadata(name: str, value: Any) -> Json | None:
    """Pairs of texts; "" for one unsets it, "" for all unsets all (None here)."""
    if value == "":
        return None
    pairs = _numbered_back(value)
    if not isinstance(pairs, dict):
        raise wrong_parameter("Invalid metadata: it must be a hash.", param=name)
    for key, content in pairs.items():
        words = _string(_inside(name, key), content)
        if len(key) > _METADATA_KEY:
            message = f"Metadata keys can have up to {_METADATA_KEY} characters; '{key}' has {len(key)}."
            raise wrong_parameter(message, param=name)
        if len(words) > _METADATA_VALUE:
            message = (
                f"Metadata values can have up to {_METADATA_VALUE} characters; {key}'s has {len(words)}."
            )
            raise wrong_parameter(message, param=name)
    if len(pairs) > _METADATA_PAIRS:
        raise wrong_parameter(f"You can have up to {_METADATA_PAIRS} metadata keys.", param=name)
    return pairs


def _numbered_back(value: Any) -> Any:
    """Metadata keys may be numbers, which reads like a list until here."""
    return {str(place): part for place, part in enumerate(value)} if isinstance(value, list) else value


def merged(before: Json, change: Json | None) -> Json:
    """Metadata after an update: what is unset goes, the rest is kept."""
    if change is None:
        return {}
    return {name: value for name, value in {**before, **change}.items() if value != ""}


_LIST_LIMIT = 100
_RANGE: Spec = dict.fromkeys(("gt", "gte", "lt", "lte"), integer)


def _limit(name: str, value: Any) -> int:
    count = integer(name, value)
    if not 1 <= count <= _LIST_LIMIT:
        message = f"This value must be between 1 and {_LIST_LIMIT}."
        raise wrong_parameter(message, code="parameter_invalid_integer", param=name)
    return count


def _created(name: str, value: Any) -> Json:
    return hash_of(_RANGE)(name, value) if isinstance(value, dict) else {"is": integer(name, value)}


EXPAND: Spec = {"expand": list_of(text(500))}
METADATA: Spec = {"metadata": metadata}
LIST: Spec = {
    **EXPAND,
    "limit": _limit,
    "starting_after": text(255),
    "ending_before": text(255),
    "created": _created,
}
