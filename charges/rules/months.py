"""Months: always UTC calendar months, named by their first day (ruling "Money")."""

from datetime import UTC, date, datetime


def month_of(moment: datetime) -> date:
    """Return the first day of the UTC month of an aware moment."""
    return moment.astimezone(UTC).date().replace(day=1)


def months_back(month: date, count: int) -> list[date]:
    """List `count` months that end with `month`, oldest first."""
    number = month.year * 12 + month.month - 1
    return [date(*_year_and_month(number - back), 1) for back in reversed(range(count))]


def _year_and_month(number: int) -> tuple[int, int]:
    year, month = divmod(number, 12)
    return year, month + 1
