"""The strict body reader, value by value: what is read, and what no dialect ever sees."""

import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasktracker.http.body import MAX_DEPTH, MAX_NODES, UnreadableBody, parse_json

READ: list[tuple[bytes, Any]] = [
    (b'{"a": [1, 2.5, "\xc3\xa9", null, true]}', {"a": [1, 2.5, "é", None, True]}),
    (b"18446744073709551615", 2**64 - 1),
    (b"-9223372036854775808", -(2**63)),
    (b"1e300", 1e300),
    (b"1.8446744073709552e19", 1.8446744073709552e19),
    (b'["99999999999999999999", 1e300]', ["99999999999999999999", 1e300]),
    (b'"\\ud83d\\ude00"', "😀"),
    (b'{"a": 1, "a": 2}', {"a": 2}),
    (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    (b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH, None),
    (b"[" + b"1," * (MAX_NODES - 2) + b"1]", [1] * (MAX_NODES - 1)),
]
REFUSED = {
    "nothing but space": b"  ",
    "cut": b'{"a": ',
    "two values": b"{} {}",
    "a comment": b"{} // no",
    "single quotes": b"{'a': 1}",
    "NaN": b"NaN",
    "infinity": b"-Infinity",
    "a number beyond floats": b"1e999",
    "an integer of 64 bits and more": b"18446744073709551616",
    "a negative one": b"-9223372036854775809",
    "a very negative one": b"-18446744073709551617",
    "one of 5000 digits": b"9" * 5000,
    "a huge integer beside a float": b"[1e300, 99999999999999999999]",
    "a huge integer under a key": b'{"a": {"b": [99999999999999999999]}}',
    "NUL in a text": b'"a\\u0000b"',
    "NUL in a key": b'{"a\\u0000": 1}',
    "NUL deep down": b'[[{"a": ["\\u0000"]}]]',
    "a bare NUL": b'"a\0b"',
    "a lone high surrogate": b'"\\ud800"',
    "a lone low surrogate": b'"\\udc00x"',
    "surrogates the wrong way round": b'"\\ude00\\ud83d"',
    "a lone surrogate in a key": b'{"\\ud800": 1}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "Latin-1": b'"\xe9"',
    "an encoded surrogate": b'"\xed\xa0\x80"',
    "an overlong encoding": b'"\xc0\x80"',
    "one level too many": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "990 levels": b'{"a":' * 990 + b"1" + b"}" * 990,
    "100,000 levels": b"[" * 100_000,
    "one value too many": b"[" + b"1," * (MAX_NODES - 1) + b"1]",
}


@pytest.mark.parametrize(("body", "value"), READ, ids=[body[:30].decode() for body, _ in READ])
def test_good_json_is_read(body: bytes, value: Any) -> None:
    got = parse_json(body)

    assert value is None or got == value


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_could_break_a_later_read_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        parse_json(body)


@pytest.mark.parametrize(
    "body", [b'{"a": 1, "a": 1}', b'[{"b": {"a": 1, "c": 2, "a": 3}}]', b'{"a":1,"\\u0061":2}']
)
def test_money_never_has_a_key_twice(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        parse_json(body, unique_keys=True)


def test_money_reads_what_everybody_reads() -> None:
    assert parse_json(b'{"a": {"b": 1}, "c": [{"b": 2}, {"b": 3}]}', unique_keys=True) == {
        "a": {"b": 1},
        "c": [{"b": 2}, {"b": 3}],
    }


# --- against a slow reading of the rules --------------------------------------------------------------------
TEXTS = st.text(st.sampled_from('a\0é😀\ud800\udc00"\\ '), max_size=4)
NUMBERS = st.integers(-(2**70), 2**70) | st.sampled_from([2**64, 2**64 - 1, -(2**63), -(2**63) - 1, 2**63])
LEAVES = st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)


def parts(value: Any) -> Iterator[Any]:
    """Walk a value: itself, its keys and what is in it."""
    yield value
    if isinstance(value, dict):
        yield from value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inside:
        yield from parts(item)


def is_fine(part: Any) -> bool:
    if isinstance(part, int):
        return -(2**63) <= part < 2**64
    if not isinstance(part, str):
        return True
    return "\0" not in part and not any("\ud800" <= character <= "\udfff" for character in part)


@given(VALUES)
def test_exactly_what_the_rules_allow_is_read(value: Any) -> None:
    sent = json.dumps(value)
    meant = json.loads(sent)  # two escaped halves of a pair are one character
    allowed = all(map(is_fine, parts(meant)))

    if not allowed:
        with pytest.raises(UnreadableBody):
            parse_json(sent.encode())
        return
    got = parse_json(sent.encode())
    assert got == meant
    assert orjson.loads(orjson.dumps(got)) == got


@given(st.binary(max_size=40))
def test_no_bytes_are_more_than_refused(body: bytes) -> None:
    try:
        got = parse_json(body)
    except UnreadableBody:
        return
    assert orjson.loads(orjson.dumps(got)) == got
