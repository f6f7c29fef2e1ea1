"""`manage.py staff`: make an account staff, or end that. Accounts are opened by sign-up or by provision."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.operations.staff import StaffLevel, set_staff
from tasktracker.core.errors import DomainError


class Command(BaseCommand):
    help = "Say what an account is to the admin at /admin/, which asks it for a second factor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument(
            "--level", choices=[str(level) for level in StaffLevel], default=str(StaffLevel.STAFF)
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = set_staff(email=options["email"], level=StaffLevel(options["level"]))
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"{user.email}: {options['level']}")
