"""Patterns for names: found anywhere, and never slow."""

import time

import pytest

from tasks.rules.name_patterns import fits, pattern_problems


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("", "anything", True),
        ("backup", "nightly backup of a", True),
        ("^backup", "nightly backup", False),
        ("^nightly.*a$", "nightly backup of a", True),
        ("(?i)BACK", "backup", True),
        ("ü", "für", True),
        (r"\d{3}", "a12", False),
    ],
)
def test_a_pattern_is_found_anywhere(pattern: str, name: str, expected: bool) -> None:
    assert not list(pattern_problems(pattern))
    assert fits(pattern, name) is expected


@pytest.mark.parametrize(
    "pattern", ["(", "[a", "a{2,1}", "(?=a)b", r"(a)\1", "*", "x" * 256, "(a{1000}){1000}"]
)
def test_what_is_no_pattern(pattern: str) -> None:
    (problem,) = pattern_problems(pattern)

    assert problem.field == "pattern"


def test_no_pattern_is_slow() -> None:
    begun = time.monotonic()

    assert not fits("(a+)+$", "a" * 200 + "b")

    assert time.monotonic() - begun < 0.5
