"""`manage.py sweep`: every time-driven sweep once, and all the work that follows, for operators and tests."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tasktracker.core import clock
from tasktracker.sweeps import run_sweeps


class Command(BaseCommand):
    help = "Run every sweep once, send all that is due, and print what was done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", help="act as of this moment (ISO 8601; UTC unless it says otherwise)")
        parser.add_argument(
            "--json", action="store_true", help="accepted for clarity; the output is JSON anyway"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = _moment(options["at"]) if options["at"] else clock.now()
        self.stdout.write(json.dumps(run_sweeps(at, finish_work=True)))


def _moment(text: str) -> datetime:
    if not settings.TASKTRACKER_ALLOW_TIME_TRAVEL:
        raise CommandError("--at needs TASKTRACKER_ALLOW_TIME_TRAVEL=1 or DEBUG=1.")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--at is not an ISO 8601 moment: {text}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
