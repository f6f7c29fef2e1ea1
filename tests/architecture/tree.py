"""The source tree as syntax trees, and which part of the house each file belongs to.

What is asserted about them stands in the tests beside this file.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOMAIN = ("accounts", "tasks", "charges", "tasktracker/outbox", "tasktracker/core")
INTERFACES = ("tasktracker/dialects", "tasktracker/web", "calendarfeed", "internal_api")
# Run beside the product; they speak HTTP with it, and need nothing of it (ADR 0030, 0044).
PROGRAMS = ("charges/fake_stripe", "tasktracker/runner")
SHELVES_WITHOUT_A_CLOCK = ("operations", "queries", "rules", "models")
_PARTS = ("tasktracker", "accounts", "tasks", "charges", "calendarfeed", "internal_api")


@dataclass(frozen=True)
class Source:
    """One file of ours."""

    path: str
    tree: ast.Module
    lines: int

    def is_in(self, *folders: str) -> bool:
        return self.path.startswith(tuple(f"{folder}/" for folder in folders))

    @property
    def is_migration(self) -> bool:
        return "/migrations/" in self.path


@cache
def sources(*parts: str) -> tuple[Source, ...]:
    """Every Python file of the product, or of the folders named."""
    return tuple(sorted(_read(parts or _PARTS), key=lambda source: source.path))


def _read(parts: tuple[str, ...]) -> Iterator[Source]:
    for part in parts:
        for path in (ROOT / part).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            yield Source(path.relative_to(ROOT).as_posix(), ast.parse(text), text.count("\n"))


def domain() -> list[Source]:
    inside = (source for source in sources() if source.is_in(*DOMAIN) and not source.is_in(*PROGRAMS))
    return [source for source in inside if not source.is_migration]


def programs() -> list[Source]:
    return [source for source in sources() if source.is_in(*PROGRAMS)]


def interfaces() -> list[Source]:
    return [source for source in sources() if source.is_in(*INTERFACES)]


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, wherever in it: (line, dotted name with what is taken from it)."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def imports_of(files: list[Source] | tuple[Source, ...], *forbidden: str) -> list[str]:
    """Where any of the files imports one of the modules, or something inside them."""
    return [
        f"{source.path}:{line} imports {name}"
        for source in files
        for line, name in imported(source)
        if any(name == module or name.startswith(f"{module}.") for module in forbidden)
    ]


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Every call, with the dotted name it is made by ("clock.now"; only the last part of longer chains)."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield node, _called(node.func)


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Attribute):
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
        return f"{owner}.{function.attr}"
    return ""
