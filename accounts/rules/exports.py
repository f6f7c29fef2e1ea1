"""How an export is written: rows as JSON and as CSV. Pure: values in, text out.

Which rows belong to an export is said by each app (operations/export_sections.py).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

import orjson

KEPT: Final = timedelta(days=7)
_NUMBERS: Final = (int, float)
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")

Row = Mapping[str, Any]


class ExportState(StrEnum):
    """open: being written, or waiting to be. done: can be fetched. gone: its file was removed."""

    OPEN = "open"
    DONE = "done"
    GONE = "gone"


def json_line(row: Row) -> bytes:
    """Write a row as one line of JSON: instants in ISO 8601, ids as text."""
    return orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


def json_array(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines of JSON into one array, a row to a line."""
    opening = b"[\n"
    for line in lines:
        yield opening + line.rstrip(b"\n")
        opening = b",\n"
    yield b"[]\n" if opening == b"[\n" else b"\n]\n"


def csv_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Turn lines of JSON into CSV (RFC 4180) with a header: the columns of the first row.

    Texts that a spreadsheet would take for a formula get an apostrophe in front.
    """
    writer: Any = None
    buffer = io.StringIO(newline="")
    for line in lines:
        row = orjson.loads(line)
        if writer is None:
            writer = csv.DictWriter(buffer, fieldnames=list(row))
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _NUMBERS):
        return str(value)
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
