"""`manage.py runner`: the self-hosted runner (tasktracker/runner), which knows HTTP and no database."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tasktracker.runner import program


class Command(BaseCommand):
    help = "Claim runs of a project from a server and run a command for each, until SIGTERM or Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        program.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        code = program.run(options)
        if code:
            sys.exit(code)
