"""`manage.py webhook`: a webhook of an account, or of a project under a slug, for operators and tests."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tasktracker.core import clock
from tasktracker.core.errors import DomainError
from tasktracker.provisioning import make_project_webhook, make_webhook


class Command(BaseCommand):
    help = "Register a webhook and print its id and its secret, which is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", help="the account whose tasks it hears of")
        parser.add_argument("--url", required=True)
        parser.add_argument(
            "--event", action="append", default=[], help="may be repeated; default: all events"
        )
        parser.add_argument("--org", help="slug; with --project and --slug: a project's webhook instead")
        parser.add_argument("--project", help="slug")
        parser.add_argument("--slug", help="the webhook's own slug, for actions (webhook:<slug>)")
        parser.add_argument(
            "--json", action="store_true", help="accepted for clarity; the output is JSON anyway"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at, of_project = clock.now(), (options["org"], options["project"], options["slug"])
        if all(of_project) == bool(options["email"]):
            raise CommandError("Give either --email, or --org, --project and --slug.")
        try:
            if options["email"]:
                made = make_webhook(
                    email=options["email"], url=options["url"], events=options["event"], at=at
                )
            else:
                org, project, slug = of_project
                made = make_project_webhook(org=org, project=project, slug=slug, url=options["url"], at=at)
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(json.dumps(made))
