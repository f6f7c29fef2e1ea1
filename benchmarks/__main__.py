"""`make bench`: every experiment, one after the other; BENCHMARKS.md says what came out and what was wished.

Nothing here asserts a time. Ends with exit code 1 when an experiment failed.
"""

import argparse
import sys
import time
from dataclasses import dataclass

from benchmarks.houses import EMBEDDED, PRODUCTION, ExperimentFailed, Houses


@dataclass(frozen=True)
class Experiment:
    """A module of this folder whose main() measures and prints, once for each form of the house."""

    name: str
    says: str
    forms: tuple[str, ...] = (EMBEDDED, PRODUCTION)


EXPERIMENTS = (
    Experiment("trigger", "CPU of a trigger, and of its parts, against an empty Django view"),
    Experiment("growth", "operations of an account with a thousand rows, and with a hundred thousand"),
    Experiment("sweep", "overdue schedules in batches against row by row, and the longest lock"),
    Experiment("deliveries", "webhooks sent and recorded, against a Celery message for each", (EMBEDDED,)),
    Experiment("limiter", "two windows counted by us and by django-ratelimit", (EMBEDDED,)),
)


def main() -> int:
    options = _options()
    failed = []
    with Houses() as houses:
        for experiment in EXPERIMENTS:
            if experiment.name in (options.only or experiment.name):
                failed += _run(houses, experiment, ["--short"] if options.short else [])
    for words in failed:
        print(f"FAILED {words}")
    return 1 if failed else 0


def _run(houses: Houses, experiment: Experiment, arguments: list[str]) -> list[str]:
    """Run an experiment in each of its forms; returns the failures."""
    failed = []
    for form in experiment.forms:
        started = time.monotonic()
        print(f"--- {experiment.name}, {form}: {experiment.says}", flush=True)
        try:
            houses.run(experiment.name, form, arguments)
        except ExperimentFailed as failure:
            failed.append(f"{experiment.name}, {form}: {failure}")
        print(f"    {time.monotonic() - started:.0f} s\n", flush=True)
    return failed


def _options() -> argparse.Namespace:
    names = [experiment.name for experiment in EXPERIMENTS]
    listed = "\n".join(f"  {experiment.name:11} {experiment.says}" for experiment in EXPERIMENTS)
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=f"{__doc__}\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", metavar="NAME", action="append", choices=names, help="this one; repeatable")
    parser.add_argument("--short", action="store_true", help="smaller and rougher: does it all still run?")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
