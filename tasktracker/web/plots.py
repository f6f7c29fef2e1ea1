"""Numbers become the geometry of a small plot: bars side by side, or lines. Pure.

web/parts/plot.html draws it, app.css colours it (.plot-...). What the numbers are, and how they are said, is
the page's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from typing import Final

WIDTH: Final = 480
HEIGHT: Final = 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 8, 10, 26
_FLOOR: Final = HEIGHT - _BOTTOM
_STEPS: Final = 4
_MOST_MARKS: Final = 12
_SLOT_USED: Final = 0.72


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers with its name. values: one for each label; None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the plot. y: its height in the drawing."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word below the plot. x: the middle of its slot."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One number as a rectangle. look: the number of its series, from 0. said: in words."""

    x: float
    y: float
    width: float
    height: float
    look: int
    said: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One number as a point of a line."""

    x: float
    y: float
    look: int
    said: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line without gaps. points: as SVG writes them."""

    points: str
    look: int


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of the table beside the plot."""

    label: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Plot:
    """All that web/parts/plot.html needs. key: a name that is unique on the page, good for an id."""

    key: str
    title: str
    description: str
    names: Sequence[str]
    unit: str
    rows: Sequence[TableRow]
    ticks: Sequence[Tick]
    marks: Sequence[Mark]
    bars: Sequence[Bar] = field(default=())
    lines: Sequence[Line] = field(default=())
    dots: Sequence[Dot] = field(default=())
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    floor: int = _FLOOR
    foot: int = HEIGHT - 8


Say = Callable[[float], str]


def bar_plot(
    *,
    key: str,
    title: str,
    unit: str,
    labels: Sequence[str],
    series: Sequence[Series],
    say: Say = "{:g}".format,
    marks: Sequence[str] = (),
) -> Plot:
    """Draw series as bars side by side, one slot for each label.

    unit: heading of the labels in the table ("Month"). say: how a number is written ("$5.00").
    marks: shorter labels for below the plot. Numbers are 0 or more.
    Raises ValueError where a series has not one value for each label.
    """
    frame = _Frame(key, title, unit, labels, series, say, marks)
    return frame.plot(bars=list(frame.bars()))


def line_plot(
    *,
    key: str,
    title: str,
    unit: str,
    labels: Sequence[str],
    series: Sequence[Series],
    say: Say = "{:g}".format,
    marks: Sequence[str] = (),
) -> Plot:
    """Draw series as lines that are broken where there is no number. The arguments are those of bar_plot."""
    frame = _Frame(key, title, unit, labels, series, say, marks)
    dots = [list(frame.dots(number)) for number in range(len(series))]
    lines = [line for number, each in enumerate(dots) for line in _lines(each, number)]
    return frame.plot(lines=lines, dots=[dot for each in dots for dot in each if dot is not None])


def nice_top(highest: float) -> float:
    """Return the end of the scale: four equal, round steps that reach `highest`. 4 where all is zero."""
    if highest <= 0:
        return float(_STEPS)
    rough = highest / _STEPS
    size = 10.0 ** floor(log10(rough))
    step = next(step * size for step in (1, 2, 2.5, 5, 10) if step * size >= rough * 0.999_999)
    return float(step * _STEPS)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What both kinds share: the scale, the slots and the table."""

    key: str
    title: str
    unit: str
    labels: Sequence[str]
    series: Sequence[Series]
    say: Say
    marks: Sequence[str]

    def __post_init__(self) -> None:
        if any(len(each.values) != len(self.labels) for each in self.series):
            raise ValueError("a series needs one value for each label")

    def plot(self, *, bars: Sequence[Bar] = (), lines: Sequence[Line] = (), dots: Sequence[Dot] = ()) -> Plot:
        top = self._top()
        return Plot(
            key=self.key,
            title=self.title,
            description=self._description(),
            names=[each.name for each in self.series],
            unit=self.unit,
            rows=[TableRow(label, self._cells(slot)) for slot, label in enumerate(self.labels)],
            ticks=[
                Tick(_round(self._y(top * step / _STEPS)), self.say(top * step / _STEPS))
                for step in range(_STEPS + 1)
            ],
            marks=list(self._marks()),
            bars=bars,
            lines=lines,
            dots=dots,
        )

    def bars(self) -> Iterator[Bar]:
        width = self._slot() * _SLOT_USED / max(len(self.series), 1)
        for number, each in enumerate(self.series):
            for slot, value in enumerate(each.values):
                if not value:
                    continue
                x = _LEFT + self._slot() * (slot + (1 - _SLOT_USED) / 2) + width * number
                y = self._y(value)
                yield Bar(
                    _round(x), _round(y), _round(width), _round(_FLOOR - y), number, self._said(number, slot)
                )

    def dots(self, number: int) -> Iterator[Dot | None]:
        for slot, value in enumerate(self.series[number].values):
            if value is None:
                yield None
            else:
                yield Dot(
                    _round(self._middle(slot)), _round(self._y(value)), number, self._said(number, slot)
                )

    def _top(self) -> float:
        return nice_top(max((value or 0 for each in self.series for value in each.values), default=0))

    def _y(self, value: float) -> float:
        return _FLOOR - (_FLOOR - _TOP) * value / self._top()

    def _slot(self) -> float:
        return (WIDTH - _LEFT - _RIGHT) / max(len(self.labels), 1)

    def _middle(self, slot: int) -> float:
        return _LEFT + self._slot() * (slot + 0.5)

    def _marks(self) -> Iterator[Mark]:
        """Every label, or as many as there is room for; the last one always."""
        every = ceil(len(self.labels) / _MOST_MARKS) or 1
        for slot, text in enumerate(self.marks or self.labels):
            if (len(self.labels) - 1 - slot) % every == 0:
                yield Mark(_round(self._middle(slot)), text)

    def _cells(self, slot: int) -> list[str]:
        values = [each.values[slot] for each in self.series]
        return ["none" if value is None else self.say(value) for value in values]

    def _said(self, number: int, slot: int) -> str:
        return f"{self.labels[slot]}: {self.series[number].name} {self._cells(slot)[number]}"

    def _description(self) -> str:
        """Say what the plot shows at a glance; the table says all of it."""
        return " ".join(self._highest(each) for each in self.series)

    def _highest(self, series: Series) -> str:
        found = [(value, slot) for slot, value in enumerate(series.values) if value]
        if not found:
            return f"{series.name}: nothing."
        value, slot = max(found, key=lambda each: each[0])
        return f"{series.name}: most in {self.labels[slot]}, {self.say(value)}."


def _lines(dots: Sequence[Dot | None], look: int) -> Iterator[Line]:
    run: list[Dot] = []
    for dot in [*dots, None]:
        if dot is not None:
            run.append(dot)
            continue
        if len(run) > 1:
            yield Line(" ".join(f"{each.x:g},{each.y:g}" for each in run), look)
        run = []


def _round(number: float) -> float:
    return round(number, 1)
