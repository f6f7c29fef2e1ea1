"""The trigger language: every row of the table in progress.md B4, and a slow model that walks every step."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.rules.progress import REPORTABLE, Standing
from tasks.rules.triggers import MAX_TRIGGER, BadTrigger, crossed, names_overrun, parse

TOP = 60  # the model walks every number up to here


def at(value: int | None, status: str = "processing", value_max: int = 100) -> Standing:
    return Standing(value, value_max, status)


def runs(trigger: str, *way: Standing, is_made: bool = False) -> list[str]:
    """Walk a way and list the points at which the action ran. is_made: the first step makes the task."""
    before: list[Standing | None] = [None, *way] if is_made else [*way]
    found = [
        crossed(trigger, start, end) for start, end in zip(before, way[0 if is_made else 1 :], strict=False)
    ]
    return [point for point in found if point is not None]


# --- the table ----------------------------------------------------------------------------------------------
def test_of_several_points_only_the_last_fires() -> None:
    assert runs("20,40,80", at(0), at(90)) == ["80"]


def test_multiples_and_a_status_fire_in_five_runs() -> None:
    way = [at(None), at(10), at(30), at(60), at(100), at(100, "success")]

    assert runs("*/25%,success", *way) == ["0%", "25%", "50%", "100%", "success"]


def test_multiples_end_below_a_hundred() -> None:
    assert runs("*/30%", at(0), at(100)) == ["90%"]


def test_points_that_are_reached_together_fire_once() -> None:
    assert runs("100,success", at(0), at(100, "success")) == ["success"]


def test_values_and_percentages_stand_side_by_side() -> None:
    assert runs("95%,250,error", at(240, value_max=1000), at(260, value_max=1000)) == ["250"]
    assert runs("95%,250,error", at(240, value_max=1000), at(960, value_max=1000)) == ["95%"]


def test_a_status_fires_on_the_change_to_it() -> None:
    way = [at(None, "processing"), at(None, "error"), at(None, "error")]

    assert runs("success,error,stale", *way) == ["error"]


def test_a_percentage_moves_with_its_maximum() -> None:
    assert runs("50%", at(10), at(10, value_max=20)) == ["50%"]


def test_running_for_too_long_is_no_report() -> None:
    assert runs("max_runtime_exceeded", at(0), at(100, "success")) == []
    assert names_overrun("success, max_runtime_exceeded")
    assert names_overrun("max_runtime_exeeded")
    assert not names_overrun("success,100%")


# --- what the table does not say ----------------------------------------------------------------------------
def test_a_task_that_is_made_in_a_listed_status_fires() -> None:
    assert runs("processing", at(None, "processing"), is_made=True) == ["processing"]
    assert runs("*/25%", at(60), is_made=True) == ["50%"]


def test_nothing_lies_below_zero() -> None:
    assert runs("0", at(None), at(0), at(0)) == ["0"]
    assert runs("*/10", at(None), at(3)) == ["0"]


def test_falling_back_and_crossing_again_fires_again() -> None:
    assert runs("50", at(40), at(60), at(40), at(60), at(None), at(55)) == ["50", "50", "50"]


def test_a_maximum_of_zero_has_no_percentages() -> None:
    assert runs("50%,*/10%", at(None, value_max=0), at(10, value_max=0)) == []
    assert runs("5", at(None, value_max=0), at(10, value_max=0)) == ["5"]


def test_values_beyond_the_maximum_count() -> None:
    assert runs("*/50", at(100), at(160)) == ["150"]
    assert runs("*/50%", at(100), at(160)) == []


# --- reading ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "trigger",
    [
        "0",
        "007",
        "100%",
        "*/1",
        "*/100%",
        " 50 , success ",
        *REPORTABLE,
        "9223372036854775807",
        "1," * 127 + "1",
    ],
)
def test_these_can_be_read(trigger: str) -> None:
    assert len(parse(trigger)) == trigger.count(",") + 1


@pytest.mark.parametrize(
    "trigger",
    [
        *("", " ", ",", "50,", ",50", "50,,60", "abc", "*/0", "*/0%", "-5", "1.5", "50.0", "101%", "*/101%"),
        *(
            "50 %",
            "* /5",
            "*/",
            "%",
            "*",
            "*/%",
            "Success",
            "SUCCESS",
            "expired",
            "done",
            "\u0665",
            "5\u0665",
            "+5",
            "1e2",
        ),
        *("9223372036854775808", "99999999999999999999", "5%%", "*/*/5", "5\n", "success\x00", "x" * 256),
        "1," * 128,
    ],
)
def test_these_cannot(trigger: str) -> None:
    with pytest.raises(BadTrigger) as refusal:
        parse(trigger)

    (problem,) = refusal.value.problems
    assert (problem.field, problem.code) == ("trigger", "invalid")
    assert len(problem.detail) < 100


def test_a_trigger_has_at_most_255_characters() -> None:
    assert parse("1" + " " * (MAX_TRIGGER - 1))
    with pytest.raises(BadTrigger):
        parse("1" + " " * MAX_TRIGGER)


# --- the slow model -----------------------------------------------------------------------------------------
def model(points: list[str], before: Standing | None, after: Standing) -> set[str]:
    """Name the last of the points that are reached, by walking number by number."""
    reached: list[tuple[float, str]] = []
    for point in points:
        if point == "max_runtime_exceeded":
            continue
        if point in REPORTABLE:
            if after.status == point and (before is None or before.status != point):
                reached.append((float("inf"), point))
            continue
        is_percent, is_every = point.endswith("%"), point.startswith("*/")
        number = int(point.removeprefix("*/").removesuffix("%"))
        start = before and (before.percent if is_percent else before.value)
        end = after.percent if is_percent else after.value
        for step in range(-1 if start is None else start, -1 if end is None else end):
            here = step + 1
            is_hit = here % number == 0 if is_every else here == number
            if is_hit and not (is_percent and is_every and here > 100):
                share = here * after.value_max if is_percent else here * 100
                reached.append((share, f"{here}%" if is_percent else str(here)))
    last = max((place for place, _ in reached), default=None)
    return {name for place, name in reached if place == last}


numbers = st.integers(0, TOP)
standings = st.builds(
    Standing,
    value=st.none() | numbers,
    value_max=st.sampled_from([0, 1, 7, 20, 50, 100]),
    status=st.sampled_from(REPORTABLE),
)
point_texts = st.one_of(
    numbers.map(str),
    st.integers(0, 100).map("{}%".format),
    st.integers(1, TOP).map("*/{}".format),
    st.integers(1, 100).map("*/{}%".format),
    st.sampled_from([*REPORTABLE, "max_runtime_exceeded"]),
)


@given(st.lists(point_texts, min_size=1, max_size=5), st.none() | standings, standings)
@example(["*/7%"], None, Standing(50, 7, "pending"))
def test_it_agrees_with_a_model_that_walks_every_step(
    points: list[str], before: Standing | None, after: Standing
) -> None:
    expected = model(points, before, after)

    found = crossed(", ".join(points), before, after)

    assert found in expected if expected else found is None


@given(st.lists(point_texts, min_size=1, max_size=5), standings)
def test_standing_still_fires_nothing(points: list[str], standing: Standing) -> None:
    assert crossed(",".join(points), standing, standing) is None
