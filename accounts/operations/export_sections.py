"""What an export holds: sections of rows and whole files, said by each app when it starts.

Nothing but the registers belongs here; writing is exports.py.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, QuerySet

PAGE_ROWS: Final = 1000


@dataclass(frozen=True)
class Section:
    """Rows of one kind.

    name: of its files, "tasks". rows: the rows of an account, by its id. columns: what is shown of a row, as
    {name in the file: column}; never a secret, a digest or a sealed value. Rows are read by primary key.
    """

    name: str
    rows: Callable[[int], QuerySet[Any]]
    columns: Mapping[str, str]

    def count(self, user_id: int) -> int:
        """Count the rows."""
        return self.rows(user_id).count()

    def pages(self, user_id: int) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows a page at a time, so that any number of them takes little memory."""
        rows = self.rows(user_id).order_by("pk")
        shown = {name: F(column) for name, column in self.columns.items()}
        last = None
        while True:
            left = rows if last is None else rows.filter(pk__gt=last)
            page = list(left.values("pk", **{f"_{name}": value for name, value in shown.items()})[:PAGE_ROWS])
            if not page:
                return
            last = page[-1]["pk"]
            yield [{name: row[f"_{name}"] for name in shown} for row in page]


def same_names(*columns: str) -> dict[str, str]:
    """Show columns under their own names."""
    return {column: column for column in columns}


FileMaker = Callable[[int], bytes]

_sections: dict[str, Section] = {}
_files: dict[str, FileMaker] = {}


def register_sections(*added: Section) -> None:
    """Let every export hold some sections."""
    _sections.update({section.name: section for section in added})


def register_file(name: str, make: FileMaker) -> None:
    """Let every export hold a file, made of an account's id."""
    _files[name] = make


def sections() -> list[Section]:
    """List the sections by name, so that whoever goes on with an export finds the same order."""
    return [_sections[name] for name in sorted(_sections)]


def files() -> dict[str, FileMaker]:
    """Say which files there are beside the sections."""
    return dict(sorted(_files.items()))
