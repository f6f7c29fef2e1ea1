"""The five rules of ARCHITECTURE.md, as far as import-linter cannot see them.

What it can see (layers, independence, shelves, doors) is in pyproject.toml and runs with make check.
"""

import ast
import sys
import tomllib

import pytest
from django.apps import apps
from django.db.models import Field

from tests.architecture import tree

APPS_FROM_BELOW = ["outbox", "accounts", "tasks", "charges"]  # labels
LOADERS = {"apps.get_model", ".get_model", "get_model"}


def house_relations() -> list[Field]:
    models = [model for label in APPS_FROM_BELOW if label in apps.app_configs for model in _models(label)]
    return [field for model in models for field in model._meta.get_fields() if _is_relation(field)]


def _models(label: str) -> list[type]:
    return list(apps.get_app_config(label).get_models(include_auto_created=True))


def _is_relation(field: Field) -> bool:
    return bool(field.is_relation and field.concrete and field.related_model)


def test_relations_point_down() -> None:
    upward = [
        str(field)
        for field in house_relations()
        if field.related_model._meta.app_label in APPS_FROM_BELOW
        and APPS_FROM_BELOW.index(field.related_model._meta.app_label)
        > APPS_FROM_BELOW.index(field.model._meta.app_label)
    ]

    assert upward == []


def test_no_reverse_accessor_leads_up() -> None:
    # user.tasks would let accounts read tasks without an import: such relations have related_name="+".
    climbing = [
        f"{field} as {field.remote_field.get_accessor_name()}"
        for field in house_relations()
        if field.related_model._meta.app_label != field.model._meta.app_label
        and field.related_model._meta.app_label in APPS_FROM_BELOW
        and not field.remote_field.hidden
    ]

    assert climbing == []


def test_domain_loads_no_model_by_name() -> None:
    found = [
        f"{source.path}:{call.lineno} {name}"
        for source in tree.domain()
        for call, name in tree.calls(source)
        if name in LOADERS
    ]

    assert found == []


def test_domain_speaks_no_http() -> None:
    # admin.py is a page for staff by its nature; everything under it is domain.
    files = [source for source in tree.domain() if not source.path.endswith("/admin.py")]
    frameworks = ("rest_framework", "rest_framework_simplejwt", "drf_spectacular")
    words = ("django.http", "django.views", "django.shortcuts", *frameworks)

    assert tree.imports_of(files, *words) == []


def test_domain_has_no_signals_and_no_generic_relations() -> None:
    hidden = ("django.dispatch", "django.db.models.signals", "django.contrib.contenttypes")

    assert tree.imports_of(tree.domain(), *hidden) == []


def test_only_outbox_gateways_open_connections() -> None:
    # Root commands may look at sockets of this machine; the limiter speaks to the cache over its own.
    parts = [*tree.domain(), *tree.interfaces()]
    inside = [source for source in parts if not source.is_in("tasktracker/outbox/gateways")]

    assert tree.imports_of(inside, "socket", "ssl", "smtplib", "ftplib", "asyncio") == []
    assert (
        tree.imports_of([*inside, *tree.sources("tasktracker/http")], "http.client", "urllib.request") == []
    )


def test_programs_stand_alone() -> None:
    # import-linter sees our modules; that nothing else is needed to start one is seen here.
    at_home = tuple(folder.replace("/", ".") for folder in tree.PROGRAMS)
    foreign = [
        f"{source.path}:{line} imports {name}"
        for source in tree.programs()
        for line, name in tree.imported(source)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith(at_home)
    ]

    assert tree.programs()
    assert foreign == []


def test_interfaces_use_no_models() -> None:
    doors = [
        f"{app}.{shelf}"
        for app in ("accounts", "tasks", "charges")
        for shelf in ("models", "gateways", "jobs")
    ]
    doors += [f"tasktracker.outbox.{shelf}" for shelf in ("models", "gateways", "jobs")]

    assert tree.imports_of(tree.interfaces(), *doors, "django.apps.apps") == []


def test_interfaces_ask_no_manager() -> None:
    found = [
        f"{source.path}:{node.lineno}"
        for source in tree.interfaces()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_base_manager", "_default_manager"}
    ]

    assert found == []


def test_who_moves_a_task_lets_its_progress_follow() -> None:
    # Actions fire whoever changes a status (docs/adr/0025-progress.md): by following, or by firing oneself.
    movers = [
        source
        for source in tree.domain()
        for call, _ in tree.calls(source)
        if any(isinstance(given, ast.Name) and given.id == "TASK" for given in call.args)
    ]
    follows = ("tasks.operations.following", "tasks.operations.firing")

    assert movers
    assert {source.path for source in movers if not tree.imports_of([source], *follows)} == set()


def test_every_module_of_the_root_has_its_layer() -> None:
    with (tree.ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (down,) = (contract for contract in contracts if contract["id"] == "down")
    placed = {name.strip(" ()") for layer in down["layers"] for name in layer.replace("|", ":").split(":")}
    modules = {path.stem for path in (tree.ROOT / "tasktracker").iterdir() if _is_module(path)}

    assert {f"tasktracker.{name}" for name in modules} - placed == set()


def _is_module(path: tree.Path) -> bool:
    return (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "base", "services", "misc", "constants"])
def test_no_file_without_an_owner(name: str) -> None:
    assert [
        source.path for source in tree.sources() if name in source.path.removesuffix(".py").split("/")
    ] == []
