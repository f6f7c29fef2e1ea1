"""Numbers: what was done and missed, risked and charged, and how long jobs took, each drawn and in a table.

What is counted is decided in charges.queries.numbers.
"""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format

from charges.queries.numbers import Numbers, numbers_of
from tasktracker.core.money import dollars
from tasktracker.web.plots import Plot, Series, bar_plot, line_plot
from tasktracker.web.shapes import seconds_words
from tasktracker.web.views.page import Page


class NumbersPage(Page):
    """The numbers of whoever has signed in."""

    template_name = "web/numbers.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        numbers = numbers_of(self.principal, at=self.at, zone=ZoneInfo(self.user.time_zone))
        return self.show(
            numbers=numbers,
            done=sum(numbers.completed),
            missed=sum(numbers.missed),
            week_plot=_week_plot(numbers),
            money_plot=_money_plot(numbers),
            job_plot=_job_plot(numbers),
            has_money=any(each.staked_cents or each.taken_cents for each in numbers.months),
            has_jobs=any(each is not None for each in numbers.job_seconds),
        )


def _labels(numbers: Numbers) -> list[str]:
    return [f"Week of {date_format(week, 'j M Y')}" for week in numbers.weeks]


def _marks(numbers: Numbers) -> list[str]:
    return [date_format(week, "j M") if at % 2 else "" for at, week in enumerate(numbers.weeks)]


def _week_plot(numbers: Numbers) -> Plot:
    return bar_plot(
        key="weeks",
        title="Completed and missed per week",
        unit="Week",
        series=[Series("Completed", numbers.completed), Series("Missed", numbers.missed)],
        labels=_labels(numbers),
        marks=_marks(numbers),
    )


def _money_plot(numbers: Numbers) -> Plot:
    return bar_plot(
        key="money",
        title="Put at stake and charged per month",
        unit="Month",
        labels=[date_format(each.month, "F Y") for each in numbers.months],
        marks=[date_format(each.month, "M") for each in numbers.months],
        series=[
            Series("Put at stake", [each.staked_cents for each in numbers.months]),
            Series("Charged", [each.taken_cents for each in numbers.months]),
        ],
        say=lambda cents: dollars(round(cents)),
    )


def _job_plot(numbers: Numbers) -> Plot:
    return line_plot(
        key="jobs",
        title="How long jobs took, median per week",
        unit="Week",
        series=[Series("Duration", numbers.job_seconds)],
        say=seconds_words,
        labels=_labels(numbers),
        marks=_marks(numbers),
    )
