"""Every time-driven sweep by name, from the jobs.py of each app: for beat, worker and `manage.py sweep`.

What a sweep does belongs to its app; one may run twice and side by side.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from tasktracker.core import clock
from tasktracker.core.jobs import job
from tasktracker.outbox.operations.drain import drain

_ROUNDS_MOST = 5  # what a mail brings on may bring on another mail
_APPS = frozenset({"outbox", "accounts", "tasks", "charges"})


def sweep_names() -> list[str]:
    """List the sweeps, in the order in which they run."""
    return [*_sweeps("SWEEPS"), *slow_sweep_names()]


def slow_sweep_names() -> list[str]:
    """List the sweeps among them that ask somebody outside, so that they may take long."""
    return list(_sweeps("SLOW_SWEEPS"))


def run_sweep(name: str, *, at: datetime) -> int:
    """Run one sweep as of `at`; returns how much it did, as it counts that. Raises KeyError."""
    return (_sweeps("SWEEPS") | _sweeps("SLOW_SWEEPS"))[name](at)


def run_sweeps(at: datetime, *, finish_work: bool) -> dict[str, int]:
    """Run every sweep once as of `at`; returns what each did.

    finish_work: do all that is due by then, whoever queued it, not a turn of it; send it, count what became
    of it, and do what follows from that, too.
    """
    if not finish_work:
        return {name: sweep(at) for name, sweep in (_sweeps("SWEEPS") | _sweeps("SLOW_SWEEPS")).items()}
    counts: Counter[str] = Counter()
    for _ in range(_ROUNDS_MOST):
        sent = _run_round(at, counts)
        if not sent:
            break
    return dict(counts)


def _run_round(at: datetime, counts: Counter[str]) -> int:
    """Run every sweep to its end, and send. Returns how many deliveries came to an end."""
    sweeps = _sweeps("SWEEPS") | _sweeps("SLOW_SWEEPS") | _sweeps("WHOLE_SWEEPS")
    for name, sweep in sweeps.items():
        counts[name] += sweep(at)
    # Deliveries fall due by the database's clock, so a moment that has passed would leave out new ones.
    sent = drain(as_of=at if at > clock.now() else None)
    counts.update({f"deliveries.{word}": count for word, count in asdict(sent).items()})
    return sent.delivered + sent.failed


@job("sweep")
def sweep(*, name: str, **later: Any) -> int:  # noqa: ARG001 - jobs accept more (STYLE 23)
    """Run one sweep as of now."""
    return run_sweep(name, at=clock.now())


def _sweeps(kind: str) -> dict[str, Callable[[datetime], int]]:
    """Collect SWEEPS (and SLOW_SWEEPS, WHOLE_SWEEPS where there are any) of the apps' jobs."""
    found: dict[str, Callable[[datetime], int]] = {}
    for config in apps.get_app_configs():
        if config.label in _APPS and module_has_submodule(config.module, "jobs"):
            sweeps = getattr(import_module(f"{config.name}.jobs"), kind, {})
            found |= {f"{config.label}.{name}": run for name, run in sweeps.items()}
    return found
