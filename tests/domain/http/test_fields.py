"""The strict fields that read days, moments, flags and lists of ids; and lists in a query string."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from rest_framework.exceptions import ValidationError

from tasktracker.core.errors import Invalid
from tasktracker.http.body import Query
from tasktracker.http.fields import Day, Flag, IdList, Moment

ONE, TWO = UUID(int=1), UUID(int=2)


def refused(field: Any, value: Any) -> bool:
    try:
        field.run_validation(value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02T09:00:00.123Z", datetime(2026, 3, 2, 9, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-03-02T09:00+05:30", datetime(2026, 3, 2, 3, 30, tzinfo=UTC)),
        ("2026-03-02T09:00:00", datetime(2026, 3, 2, 9)),  # noqa: DTZ001  # a wall time stays one
    ],
)
def test_a_moment_is_read(text: str, moment: datetime) -> None:
    assert Moment().run_validation(text) == moment


@pytest.mark.parametrize(
    "value",
    [
        *("", "2026-03-02", "09:00", "2026-03-02 09:00Z", "20260302T090000Z", "2026-W10-1T09:00Z"),
        *("2026-03-02T09:00:60Z", "2026-03-02T09:00:00,5Z", "2026-03-02T09:00:00.1234567Z"),
        *("2026-03-02T09:00:00z", "2026-02-30T09:00Z", "0001-01-01T00:00+01:00", 1_772_442_000, True, []),
        "2026-03-02T09:00:00Z\n",
    ],
)
def test_what_is_no_moment_is_refused(value: Any) -> None:
    assert refused(Moment(), value)


def test_a_day_is_read_in_one_spelling() -> None:
    assert Day().run_validation("2026-03-02") == date(2026, 3, 2)
    others = ("2026-3-2", "20260302", "2026-W10-1", "2026-02-30", "2026-03-02T00:00", "", 5, "0000-01-01")
    assert all(refused(Day(), value) for value in others)


def test_a_flag_is_true_or_false() -> None:
    assert [Flag().run_validation(value) for value in (True, False)] == [True, False]
    assert all(refused(Flag(), value) for value in ("true", "yes", 1, 0, "", [], {}))
    assert Flag(allow_null=True).run_validation(None) is None


def test_ids_come_as_a_list_or_as_one_text_where_that_is_allowed() -> None:
    text = f"{ONE},,{TWO},"

    assert IdList().run_validation([str(ONE), str(TWO)]) == [ONE, TWO]
    assert IdList(is_text_split=True).run_validation(text) == [ONE, TWO]
    assert IdList(is_text_split=True).run_validation("") == []
    assert all(refused(IdList(), value) for value in (text, {}, 5, ["x"], [None], [[str(ONE)]]))
    assert refused(IdList(is_text_split=True), f"{ONE};{TWO}")


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", None),
        ("b=1", None),
        ("a", [""]),
        ("a=", [""]),
        ("a=1", ["1"]),
        ("a=1,2&b=3&a=4", ["1", "2", "4"]),
        ("a=1%2C2", ["1", "2"]),
        ("a=%C3%BC+x", ["ü x"]),
    ],
)
def test_a_list_stands_in_a_query(query: str, values: list[str] | None) -> None:
    assert Query(query).texts("a") == values
    assert Query(f"{query}&c=7").text("c") == "7"


@pytest.mark.parametrize("query", ["a=%FF", "a=1&a=%00", "a=%ED%A0%80"])
def test_what_is_no_text_is_no_list(query: str) -> None:
    with pytest.raises(Invalid):
        Query(query).texts("a")
