"""Migrations that a running deployment survives, judged by their SQL on the database of this run."""

import re

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter

from tests.architecture.tree import ROOT

OURS = ("outbox", "accounts", "tasks", "charges")


def installed() -> list[str]:
    return [label for label in OURS if label in apps.app_configs]


@pytest.mark.django_db(transaction=True)  # SQLite collects SQL outside transactions only
@pytest.mark.parametrize("label", installed())
def test_migrations_are_safe_to_roll_out(label: str) -> None:
    # SQLite rebuilds a table to change it, which reads like a new NOT NULL column.
    not_here = ["NOT_NULL"] if connection.vendor == "sqlite" else []
    linter = MigrationLinter(
        str(ROOT), include_apps=[label], exclude_migration_tests=not_here, no_cache=True, no_output=True
    )

    linter.lint_all_migrations()

    assert linter.nb_total >= 1
    assert linter.nb_erroneous == 0


@pytest.mark.parametrize("label", installed())
def test_migrations_are_named_by_hand(label: str) -> None:
    names = [name for app, name in MigrationLoader(None).disk_migrations if app == label]

    assert [name for name in names if re.search(r"_auto_|_and_more$", name)] == []
