"""`manage.py provision`: an account with every credential that exists so far, for operators and tests.

What it makes stands in tasktracker/provisioning.py.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tasktracker.core import clock
from tasktracker.core.errors import DomainError
from tasktracker.provisioning import CARDS, NO_CARD, provision


class Command(BaseCommand):
    help = "Make (or find) a confirmed, enrolled account and print its freshly issued credentials."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--password", required=True)
        parser.add_argument(
            "--org", help="slug of an organization to make or join; default: the personal one"
        )
        parser.add_argument("--project", help="slug of a project in --org; default with --org: web")
        parser.add_argument("--scope", action="append", default=[], help="of the personal key; default: all")
        parser.add_argument(
            "--card", choices=[*CARDS, NO_CARD], help="test card to put on file; default: as it is"
        )
        parser.add_argument(
            "--json", action="store_true", help="accepted for clarity; the output is JSON anyway"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = provision(
                email=options["email"],
                password=options["password"],
                org=options["org"],
                project=options["project"],
                scopes=options["scope"],
                card=options["card"],
                at=clock.now(),
            )
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(json.dumps(made))
