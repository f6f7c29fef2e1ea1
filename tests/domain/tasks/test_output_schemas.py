"""What a stranger's schema may ask of an output, and what it may cost. Pure."""

from time import perf_counter
from typing import Any

import pytest

from tasks.rules.output_schemas import output_problem, schema_problem

LAUGHS = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 10} for n in range(9)}
EXPENSIVE: list[tuple[Any, Any]] = [
    ({"$defs": {**LAUGHS, "a9": {"type": "object"}}, "$ref": "#/$defs/a0"}, {}),
    ({"items": {"enum": list(range(4000))}}, [3999] * 4000),
    ({"allOf": [{"$ref": "#/$defs/p"}] * 3000, "$defs": {"p": {"pattern": "^(a|b)*$"}}}, "ab" * 100_000),
    ({"allOf": [{"uniqueItems": True}] * 2000}, [{"n": n} for n in range(3000)]),
]


@pytest.mark.parametrize(
    ("schema", "output", "problem"),
    [
        ({"type": "object", "required": ["pr_url"]}, {}, "'pr_url' is a required property"),
        ({"properties": {"n": {"type": "integer"}}}, {"n": "x"}, "$.n: 'x' is not of type 'integer'"),
        ({"properties": {"n": {"type": "integer"}}}, {"n": 1}, None),
        ({"pattern": "^a+$"}, "aab", "'aab' does not match '^a+$'"),
        ({"patternProperties": {"^n": {"type": "number"}}}, {"n1": "x"}, "$.n1: 'x' is not of type 'number'"),
        ({"uniqueItems": True}, [1, 1.0], "The array has non-unique elements"),
        ({"uniqueItems": True}, [1, True, "1"], None),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}}, 1, None),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {}}, 1, None),
        (True, {"anything": 1}, None),
    ],
)
def test_an_output_fits_or_does_not(schema: Any, output: Any, problem: str | None) -> None:
    assert output_problem(schema, output) == problem


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "https://example.com/schema.json"}, "not part of it"),
        ({"$ref": "file:///etc/passwd"}, "not part of it"),
        ({"$dynamicRef": "https://example.com/x"}, "not part of it"),
        ({"$ref": "#"}, "nested too deeply"),
        ({"$ref": 5}, "5 is not of type 'string'"),
        ({"type": "objekt"}, "'objekt' is not valid"),
        ({"multipleOf": 0}, "0"),
        ({"pattern": "(?=a)"}, "is not one that can be used"),
    ],
)
def test_a_schema_reaches_nothing_outside_itself(schema: Any, words: str) -> None:
    assert words in str(output_problem(schema, "x"))


@pytest.mark.parametrize(("schema", "output"), EXPENSIVE)
def test_an_expensive_schema_is_given_up(schema: Any, output: Any) -> None:
    began = perf_counter()

    assert output_problem(schema, output) == "The schema takes too many steps to check this by."

    assert perf_counter() - began < 20  # a second on a machine that has nothing else to do


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "objekt"}, "'objekt' is not valid"),
        ([1], "is an object"),
        ({"properties": {"a": {"pattern": "(?<=b)"}}}, "is not one that can be used"),
    ],
)
def test_what_is_no_schema_is_told_beforehand(schema: Any, words: str) -> None:
    assert words in str(schema_problem(schema))


def test_a_schema_as_people_write_them_is_one() -> None:
    fields = {f"field{n}": {"type": "string", "minLength": 1} for n in range(200)}

    assert schema_problem({"type": "object", "properties": fields, "required": sorted(fields)}) is None
