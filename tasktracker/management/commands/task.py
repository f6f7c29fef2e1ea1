"""`manage.py task`: a task in an account's Inbox, for operators and tests."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tasktracker.core import clock
from tasktracker.core.errors import DomainError
from tasktracker.provisioning import make_task, read_plan


class Command(BaseCommand):
    help = "Make a task in an account's Inbox and print its id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--title", required=True)
        parser.add_argument("--description", default="")
        parser.add_argument(
            "--schedule",
            help='JSON as in the mobile API: {"frequency": "daily", "time_of_day": "09:00"}',
        )
        parser.add_argument("--cooldown", type=int, help="notification cooldown in seconds")
        parser.add_argument(
            "--json", action="store_true", help="accepted for clarity; the output is JSON anyway"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        try:
            task_id = make_task(
                email=options["email"],
                title=options["title"],
                description=options["description"],
                schedule=read_plan(options["schedule"], at) if options["schedule"] else None,
                notification_cooldown_seconds=options["cooldown"],
                at=at,
            )
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(json.dumps({"id": str(task_id)}))
