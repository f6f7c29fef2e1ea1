"""The time-driven work that tasks offers to the workers, by name."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

from tasks.jobs import SWEEPS
from tasks.models import Occurrence, Task
from tasks.rules.schedule import Frequency, Plan

SLOT = datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_every_sweep_runs_and_counts(make_task: Callable[..., Task]) -> None:
    make_task(schedule=Plan(Frequency.DAILY, 1, time(9), "UTC", anchor_date=date(2026, 3, 1)))

    assert {name: sweep(SLOT) for name, sweep in SWEEPS.items()} == {
        "schedules": 1,
        "webhooks": 0,
        "stale": 0,
        "overruns": 0,
        "monitors": 0,
        "runs": 0,
        "presence": 0,
    }
    assert Occurrence.objects.count() == 1
