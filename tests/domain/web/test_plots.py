"""Plots: numbers in, geometry out; and what their template makes of it."""

import re
from xml.etree import ElementTree as ET

import pytest
from django.template.loader import render_to_string

from tasktracker.core.money import dollars
from tasktracker.web.plots import Bar, Plot, Series, Tick, bar_plot, line_plot, nice_top


def money_plot(*values: int) -> Plot:
    months = ["January 2026", "February 2026", "March 2026"]
    return bar_plot(
        key="money",
        title="Stakes per month",
        unit="Month",
        labels=months,
        marks=["Jan", "Feb", "Mar"],
        series=[Series("Staked", values), Series("Charged", (0, 0, 0))],
        say=lambda cents: dollars(round(cents)),
    )


@pytest.mark.parametrize(
    ("highest", "top"),
    [
        *[(0, 4), (1, 1), (3, 4), (4, 4), (4.1, 8), (7, 8), (9, 10), (10, 10), (11, 20), (500, 800)],
        *[(1000, 1000), (0.3, 0.4), (99_999_999, 100_000_000), (2**53, 1e16)],
    ],
)
def test_scales_end_on_round_numbers(highest: float, top: float) -> None:
    assert nice_top(highest) == pytest.approx(top)


def test_bars_stand_side_by_side_on_the_floor() -> None:
    plot = money_plot(0, 400, 200)

    assert plot.bars == [
        Bar(214.1, 10.0, 49.9, 184.0, 0, "February 2026: Staked $4.00"),
        Bar(352.7, 102.0, 49.9, 92.0, 0, "March 2026: Staked $2.00"),
    ]
    assert plot.ticks[0] == Tick(194.0, "$0.00")
    assert plot.ticks[-1] == Tick(10.0, "$4.00")
    assert [mark.text for mark in plot.marks] == ["Jan", "Feb", "Mar"]
    assert plot.description == "Staked: most in February 2026, $4.00. Charged: nothing."


def test_the_table_says_every_number() -> None:
    plot = money_plot(0, 400, 200)

    assert [(row.label, row.cells) for row in plot.rows] == [
        ("January 2026", ["$0.00", "$0.00"]),
        ("February 2026", ["$4.00", "$0.00"]),
        ("March 2026", ["$2.00", "$0.00"]),
    ]


def test_lines_are_broken_where_there_is_no_number() -> None:
    values = (1, 2, None, 3, None)
    plot = line_plot(key="k", title="t", unit="Day", labels=list("abcde"), series=[Series("s", values)])

    assert [line.points.count(",") for line in plot.lines] == [2]
    assert len(plot.dots) == 3
    assert plot.rows[2].cells == ["none"]


def test_marks_are_thinned_and_end_with_the_last() -> None:
    labels = [f"day {number}" for number in range(90)]
    plot = bar_plot(key="k", title="t", unit="Day", labels=labels, series=[Series("s", [1.0] * 90)])

    assert len(plot.marks) <= 12
    assert plot.marks[-1].text == "day 89"


def test_nothing_at_all_is_a_plot_too() -> None:
    plot = bar_plot(key="k", title="t", unit="Day", labels=[], series=[])

    assert (plot.bars, plot.rows, plot.marks, len(plot.ticks)) == ([], [], [], 5)


def test_a_series_has_a_value_for_each_label() -> None:
    with pytest.raises(ValueError, match="one value for each label"):
        bar_plot(key="k", title="t", unit="Day", labels=["a"], series=[Series("s", [1, 2])])


def test_the_drawing_is_named_escaped_and_has_no_style_of_its_own() -> None:
    plot = line_plot(
        key="k", title="<b>t</b>", unit="Day", labels=["<i>", "b"], series=[Series("s & t", [1, 2])]
    )

    page = render_to_string("web/parts/plot.html", {"plot": plot})

    (drawn,) = re.findall(r"<svg class=.*?</svg>", page, flags=re.DOTALL)
    drawing = ET.fromstring(drawn)
    assert drawing.get("role") == "img"
    assert drawing.get("aria-labelledby") == "k-title k-desc"
    assert [(part.tag, part.text) for part in drawing[:2]] == [
        ("title", "<b>t</b>"),
        ("desc", "s & t: most in b, 2."),
    ]
    assert len(drawing.findall("circle")) == 2
    assert not re.search(r"\sstyle=|<style|<script", page)
    assert "<i>" not in page
