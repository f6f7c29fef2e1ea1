"""What STYLE asks of every file and no linter rule says: sizes, docstrings, and who may read the clock.

Taste is not tested; only what a reviewer would send back.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture import tree

LONGEST_FUNCTION = 60
LONGEST_VIEW_METHOD = 15
LONGEST_FILE = 400
EVERYTHING = (
    "tasktracker",
    "accounts",
    "tasks",
    "charges",
    "calendarfeed",
    "internal_api",
    "tests",
    "benchmarks",
    "tools",
)
SHELVES_WITH_DOCSTRINGS = ("operations", "queries", "rules", "gateways")
# must_create is Django's word in a session store.
_SAYS_WHAT = {"update_fields", "force_insert", "must_create"}
READS_THE_CLOCK = {
    "clock.now",
    "timezone.now",
    "datetime.now",
    "datetime.utcnow",
    "date.today",
    "time.time",
    "timezone.localdate",
}
RUNS_FOR_MINUTES = "tasktracker/outbox/operations/drain.py"  # stamps each attempt as it happens
# The environment is read in settings.py through env.py; these choose the settings, or arm an experiment.
MAY_READ_THE_ENVIRONMENT = {
    "tasktracker/settings.py",
    "tasktracker/env.py",
    "tasktracker/celery.py",
    "tasktracker/wsgi.py",
    "tasktracker/core/failpoints.py",
    "tasktracker/runner/work.py",  # passes its own on to the command
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: tree.Source) -> Iterator[Function]:
    return (node for node in ast.walk(source.tree) if isinstance(node, Function))


def lines_of(function: Function) -> int:
    """From `def` to the last line, without the docstring: what a type cannot say may be said at length."""
    first = function.body[0]
    docstring = first.end_lineno - first.lineno + 1 if ast.get_docstring(function) and first.end_lineno else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def too_long(files: tuple[tree.Source, ...], most: int) -> list[str]:
    return [
        f"{source.path}:{function.lineno} {function.name}: {lines_of(function)} lines"
        for source in files
        for function in functions(source)
        if lines_of(function) > most
    ]


def on_shelf(source: tree.Source, *shelves: str) -> bool:
    folders = source.path.removesuffix(".py").split("/")
    return source.is_in(*tree.DOMAIN) and any(shelf in folders for shelf in shelves)


def test_functions_are_short() -> None:
    files = tuple(source for source in tree.sources(*EVERYTHING) if not source.is_migration)

    assert too_long(files, LONGEST_FUNCTION) == []


def test_view_methods_are_shorter() -> None:
    views = tuple(source for source in tree.interfaces() if "/views" in source.path)

    assert too_long(views, LONGEST_VIEW_METHOD) == []


def test_files_are_short() -> None:
    files = [source for source in tree.sources(*EVERYTHING) if not source.is_migration]

    assert [f"{source.path}: {source.lines}" for source in files if source.lines > LONGEST_FILE] == []


def test_every_module_says_what_belongs_in_it() -> None:
    silent = [
        source.path
        for source in tree.sources()
        if not source.is_migration and not ast.get_docstring(source.tree)
    ]

    assert [path for path in silent if not _is_empty(path)] == []


def _is_empty(path: str) -> bool:
    return not (tree.ROOT / path).read_text(encoding="utf-8").strip()


def test_public_functions_of_the_domain_have_docstrings() -> None:
    silent = [
        f"{source.path}:{node.lineno} {node.name}"
        for source in tree.domain()
        if on_shelf(source, *SHELVES_WITH_DOCSTRINGS)
        for node in source.tree.body
        if isinstance(node, Function) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_nobody_assigns_status() -> None:
    assigned = [
        f"{source.path}:{target.lineno}"
        for source in tree.sources()
        for node in ast.walk(source.tree)
        for target in _targets(node)
        if isinstance(target, ast.Attribute) and target.attr == "status"
    ]

    assert assigned == []


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []


def test_domain_saves_named_columns() -> None:
    whole = [
        f"{source.path}:{call.lineno}"
        for source in tree.domain()
        if not on_shelf(source, "rules")  # pure: what is saved there is no row
        for call, name in tree.calls(source)
        if name.endswith(".save")
        and not _SAYS_WHAT & {word.arg for word in call.keywords}
        and not _is_super(call)
    ]

    assert whole == []


def _is_super(call: ast.Call) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call)


def test_models_do_not_override_save() -> None:
    clever = [
        f"{source.path}:{function.lineno} {function.name}"
        for source in tree.domain()
        if on_shelf(source, "models")
        for function in functions(source)
        if function.name in {"save", "delete"}
    ]

    assert clever == []


def test_the_clock_is_read_at_the_edge() -> None:
    read = [
        f"{source.path}:{call.lineno} {name}"
        for source in tree.domain()
        if on_shelf(source, *tree.SHELVES_WITHOUT_A_CLOCK) and source.path != RUNS_FOR_MINUTES
        for call, name in tree.calls(source)
        if name in READS_THE_CLOCK
    ]

    assert read == []


def test_settings_alone_read_the_environment() -> None:
    readers = {
        source.path
        for source in tree.sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }

    assert readers - MAY_READ_THE_ENVIRONMENT == set()


def test_every_todo_names_its_issue() -> None:
    todo = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X)\b(?!\(#\d+\))")
    found = [
        f"{source.path}:{number}"
        for source in tree.sources(*EVERYTHING)
        for number, line in enumerate((tree.ROOT / source.path).read_text(encoding="utf-8").splitlines(), 1)
        if todo.search(line)
    ]

    assert found == []


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_nothing_is_switched_off(folder: str) -> None:
    # Skipped by name: browser tests where there is no browser, a recipe where there is not its language.
    marks = re.compile(r"pytest\.mark\.(?:skip|skipif|xfail)\b|pytest\.(?:skip|xfail)\(")
    allowed = {
        "tests/browser/conftest.py",
        "tests/contract/test_recipes.py",
        "tests/architecture/test_style.py",
    }
    found = {
        source.path
        for source in tree.sources(folder)
        if marks.search((tree.ROOT / source.path).read_text(encoding="utf-8"))
    }

    assert found - allowed == set()
