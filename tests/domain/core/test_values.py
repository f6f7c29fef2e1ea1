"""Ids, money and refusals: the small values."""

from uuid import UUID

import pytest

from tasktracker.core.errors import LimitExceeded, NotFound
from tasktracker.core.ids import new_id, parse_id, parse_number
from tasktracker.core.money import dollars
from tasktracker.core.unset import UNSET, given


def test_ids_are_version_7_and_ordered() -> None:
    first, second = new_id(), new_id()

    assert (first.version, second.version) == (7, 7)
    assert first < second


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "99999",
        "abc",
        "\x00" * 36,
        "é" * 36,
        "{0190a0b0-0000-7000-8000-00000000000}",
        "0" * 32,
        "0" * 36,
        "-" * 36,
    ],
)
def test_what_cannot_be_an_id_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        parse_id(text)


def test_an_id_reads_in_either_case() -> None:
    text = "0190A0B0-0000-7000-8000-000000000001"

    assert parse_id(text) == UUID(text)
    assert parse_id(UUID(text)) == UUID(text)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("42", 42), (str(2**63 - 1), 2**63 - 1)])
def test_a_number_reads_in_its_one_spelling(text: str, number: int) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "0", "01", "-1", "+1", "1.0", "1e3", " 1", "1_0", "\u0661", "x", str(2**63), "9" * 5000]
)
def test_what_cannot_be_a_number_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        parse_number(text)


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "$0.00"), (5, "$0.05"), (100, "$1.00"), (123456, "$1,234.56"), (-150, "-$1.50")]
)
def test_cents_are_written_as_dollars(cents: int, text: str) -> None:
    assert dollars(cents) == text


@pytest.mark.parametrize(("wait", "whole"), [(0, 1), (-3, 1), (0.2, 1), (1.0, 1), (1.01, 2), (59.5, 60)])
def test_retry_after_is_whole_seconds_and_at_least_one(wait: float, whole: int) -> None:
    assert LimitExceeded(wait).retry_after == whole


def test_unset_is_false_and_not_none() -> None:
    assert not UNSET
    assert UNSET is not None


def test_what_was_not_given_has_another_value() -> None:
    assert (given(UNSET, 7), given(None, 7), given(0, 7), given("", "x")) == (7, None, 0, "")
