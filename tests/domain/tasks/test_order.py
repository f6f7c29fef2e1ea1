"""Order keys: their spelling, their order, and that a third always fits between two."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.rules.order import (
    DIGITS,
    LAST_KEY_OF_ID,
    MAX_GIVEN_KEY,
    MAX_KEY,
    BadOrderKey,
    NoRoom,
    id_up_to,
    key_between,
    key_of_id,
    require_key,
)

SMALLEST = "A" + "0" * 26
uuids = st.uuids()


# What fractional-indexing 0.1.3 answers (todo.md B.6), but for the last two, where it fails.
@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        (None, None, "a0"),
        ("a0", None, "a1"),
        (None, "a0", "Zz"),
        ("a0", "a1", "a0V"),
        ("a0V", "a1", "a0l"),
        ("a0", "a0V", "a0G"),
        ("a0", "a0G", "a08"),
        ("Zz", "a0", "ZzV"),
        ("Zz", "a1", "a0"),
        ("Zz", None, "a0"),
        (None, "Y00", "Xzzz"),
        ("bzz", None, "c000"),
        ("az", None, "b00"),
        (None, "b00", "az"),
        ("a0", "a0V8", "a0G"),
        ("a01", "a02", "a01V"),
        ("a0z", "a1", "a0zV"),
        ("z" * 27, None, "z" * 27 + "V"),
        (None, "A" + "0" * 25 + "1", SMALLEST + "V"),
        (None, SMALLEST + "V", SMALLEST + "G"),
    ],
)
def test_keys_are_the_published_ones(before: str | None, after: str | None, key: str) -> None:
    assert key_between(before, after) == key


@given(st.lists(st.integers(min_value=0, max_value=10_000), max_size=60))
def test_any_sequence_of_inserts_keeps_the_order(places: list[int]) -> None:
    keys: list[str] = []
    for place in places:
        index = place % (len(keys) + 1)
        before = keys[index - 1] if index else None
        after = keys[index] if index < len(keys) else None
        keys.insert(index, require_key(key_between(before, after), field="key"))

    assert keys == sorted(set(keys))
    assert [key.encode() for key in keys] == sorted(key.encode() for key in keys)


@pytest.mark.parametrize("is_front", [True, False])
def test_the_ends_stay_short(is_front: bool) -> None:
    key = "a0"
    for _ in range(10_000):
        key = key_between(None, key) if is_front else key_between(key, None)

    assert len(key) == 4


def test_the_same_gap_fills_up_at_last() -> None:
    high = "a1"
    while len(high) < MAX_KEY:
        high = key_between("a0", high)

    with pytest.raises(NoRoom):
        [high := key_between("a0", high) for _ in range(10)]


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "0", "00", "a!", "a 0", " a0", "a0 ", "é0", "aé", "a\0", "b0", "Y0", "a00", "a0V0"),
        *(SMALLEST, "z" * 26, "_0", "[0", "`0", "{0", "a\uff10"),
        "a0" + "V" * MAX_GIVEN_KEY,
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadOrderKey) as refusal:
        require_key(text, field="after")

    assert refusal.value.problems[0].field == "after"


@given(st.text(max_size=40) | st.text(alphabet=DIGITS, max_size=40))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        require_key(text, field="key")
    except BadOrderKey:
        return
    assert key_between(None, text) < text < key_between(text, None)


# --- keys of tasks that nobody placed -----------------------------------------------------------------------
@given(uuids, uuids)
def test_ids_order_as_their_keys(one: UUID, other: UUID) -> None:
    assert (one < other) == (key_of_id(one) < key_of_id(other))
    assert require_key(key_of_id(one), field="key") <= LAST_KEY_OF_ID < "Zz"


@given(uuids, st.text(alphabet=DIGITS, max_size=4))
def test_the_id_up_to_a_key_is_found(task_id: UUID, fraction: str) -> None:
    assert id_up_to(key_of_id(task_id)) == task_id
    assert id_up_to(key_of_id(task_id) + fraction + "V") == task_id


@pytest.mark.parametrize(
    ("key", "found"),
    [("A" + "1" * 26, 0), ("Dz", 0), ("E" + "z" * 22, 2**128 - 1), ("Zz", 2**128 - 1), ("a0", 2**128 - 1)],
)
def test_keys_beyond_all_ids(key: str, found: int) -> None:
    assert id_up_to(key) == UUID(int=found)
