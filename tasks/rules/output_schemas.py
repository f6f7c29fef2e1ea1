"""Whether a run's output is what its task's JSON schema asks for, at a price that is known beforehand.

A schema is a stranger's program: it may name other servers, loop, or cost far more than it is long. Here it
reaches nothing outside itself, its patterns run in linear time, and after so many steps it is refused.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any, Final

import orjson
import re2
from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import UnknownType, _WrappedReferencingError
from jsonschema.validators import SPECIFICATIONS

MAX_STEPS: Final = 50_000  # half a second
_SHOWN_CHARACTERS: Final = 300
_NESTED_TOO_DEEP: Final = "The schema is nested too deeply."

_steps: ContextVar[int] = ContextVar("steps")


class BadSchema(Exception):
    """The schema itself cannot be used; str() says why."""


def schema_problem(schema: Any) -> str | None:
    """Say why this is no schema that outputs can be checked by; None when it is one."""
    if not isinstance(schema, dict | bool):
        return "A JSON schema is an object."
    try:
        found = _first_error(_dialect_of(schema).META_SCHEMA, schema)
        _require_patterns(schema)
    except BadSchema as bad:
        return str(bad)
    return None if found is None else _worded(found)


def output_problem(schema: Any, output: Any) -> str | None:
    """Say what is wrong with the schema, or else with the output; None when all is well."""
    problem = schema_problem(schema)
    if problem:
        return problem
    try:
        found = _first_error(schema, output)
    except BadSchema as bad:
        return str(bad)
    return None if found is None else _worded(found)


def _first_error(schema: Any, value: Any) -> ValidationError | None:
    """Check a value, step by counted step. Raises BadSchema."""
    started = _steps.set(MAX_STEPS)
    try:
        # No registry but that of the specifications themselves: nothing is ever fetched.
        checker = _validator(_dialect_of(schema))(schema, registry=SPECIFICATIONS)
        return next(checker.iter_errors(value), None)
    except _WrappedReferencingError as missing:
        raise BadSchema(f"The schema refers to {missing.ref}, which is not part of it.") from None
    except RecursionError:
        raise BadSchema(_NESTED_TOO_DEEP) from None
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, UnknownType) as wrong:
        raise BadSchema(f"The schema cannot be used: {wrong}"[:_SHOWN_CHARACTERS]) from None
    finally:
        _steps.reset(started)


def _worded(error: ValidationError) -> str:
    where = error.json_path
    text = error.message if where == "$" else f"{where}: {error.message}"
    return text[:_SHOWN_CHARACTERS]


# --- what may be asked for ----------------------------------------------------------------------------------
def _dialect_of(schema: Any) -> Any:
    """Choose the draft that a schema names; the newest for one that names none, or one nobody knows."""
    named = schema.get("$schema") if isinstance(schema, Mapping) else None
    if not isinstance(named, str):
        return Draft202012Validator
    return validators.validator_for({"$schema": named}, default=Draft202012Validator)


@cache
def _validator(draft: Any) -> Any:
    keywords = {**draft.VALIDATORS, "pattern": _pattern, "uniqueItems": _unique_items}
    if "patternProperties" in keywords:
        keywords["patternProperties"] = _pattern_properties
    return validators.extend(draft, {name: _counted(name, check) for name, check in keywords.items()})


def _counted(name: str, check: Callable[..., Any]) -> Callable[..., Iterator[ValidationError]]:
    def counted(validator: Any, word: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        left = _steps.get() - _price(name, word, value)
        if left < 0:
            raise BadSchema("The schema takes too many steps to check this by.")
        _steps.set(left)
        yield from check(validator, word, value, schema) or ()

    return counted


def _price(name: str, word: Any, value: Any) -> int:
    """Count one step, and more where a single one looks at much."""
    if name in {"enum", "const"}:
        return 1 + len(orjson.dumps(word)) // 50
    if name == "uniqueItems" and isinstance(value, list):
        return 1 + len(orjson.dumps(value)) // 10
    if name in {"pattern", "patternProperties"} and isinstance(value, str | dict):
        return 1 + len(value) // 20
    return 1 + len(word) // 10 if isinstance(word, list | dict) else 1


def _pattern(validator: Any, pattern: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(value, "string") and not _expression(pattern).search(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if not validator.is_type(value, "object"):
        return
    for pattern, inner in patterns.items():
        expression = _expression(pattern)
        for name, each in value.items():
            if expression.search(name):
                yield from validator.descend(each, inner, path=name, schema_path=pattern)


def _unique_items(validator: Any, is_asked: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    """Compare by their text in one canonical form: the library's own way is quadratic."""
    if not is_asked or not validator.is_type(value, "array"):
        return
    texts = [orjson.dumps(_plain(each), option=orjson.OPT_SORT_KEYS) for each in value]
    if len(set(texts)) != len(texts):
        yield ValidationError("The array has non-unique elements")


def _plain(value: Any) -> Any:
    """Write 1.0 as 1, which JSON schema takes for the same."""
    if isinstance(value, float) and value.is_integer():
        return int(value) if abs(value) < 2**63 else str(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


@cache
def _options() -> Any:
    options = re2.Options()
    options.max_mem = 1 << 20
    options.log_errors = False
    return options


def _expression(pattern: Any) -> Any:
    try:
        return re2.compile(pattern, _options())
    except (re2.error, re.error, TypeError):
        raise BadSchema(f"The pattern {str(pattern)[:80]!r} is not one that can be used.") from None


def _require_patterns(schema: Any) -> None:
    """Refuse a schema with a pattern that will not run, before an output meets it. Raises BadSchema."""
    left = [schema]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            if isinstance(part.get("pattern"), str):
                _expression(part["pattern"])
            if isinstance(part.get("patternProperties"), dict):
                for pattern in part["patternProperties"]:
                    _expression(pattern)
            left += part.values()
        elif isinstance(part, list):
            left += part
