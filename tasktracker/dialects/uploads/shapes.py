"""The form of an upload, read as it arrives: its fields first, then the file, in pieces, never whole.

Whether the fields are right is decided in tasks.operations.uploads, before a piece is asked for.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpRequest
from django.http.multipartparser import ChunkIter, LazyStream, Parser
from django.utils.http import parse_header_parameters

from tasktracker.http.body import UnreadableBody
from tasktracker.http.forms import is_form

_PIECE_BYTES: Final = 64 * 1024
_MAX_FIELD_BYTES: Final = 16 * 1024
_MAX_FIELDS: Final = 32
_MAX_BOUNDARY: Final = 200
_FILE: Final = "file"


class _Body:
    """A request's body, and whether all of it came: a connection that breaks off just ends."""

    def __init__(self, request: HttpRequest, boundary: bytes) -> None:
        self._request = request
        self._left = int(request.META.get("CONTENT_LENGTH") or 0)
        self._end = b"--" + boundary + b"--"
        self._tail = b""

    def read(self, size: int) -> bytes:
        """Read the next bytes; called by Django's parser."""
        piece: bytes = self._request.read(size)
        self._left -= len(piece)
        self._tail = (self._tail + piece[-2 * _MAX_BOUNDARY :])[-2 * _MAX_BOUNDARY :]
        return piece

    def require_whole(self) -> None:
        """Read the rest, and refuse a form that does not end as one. Raises UnreadableBody."""
        while self.read(_PIECE_BYTES):
            pass
        if self._left or not self._tail.rstrip(b"\r\n").endswith(self._end):
            raise UnreadableBody


def read_upload(request: HttpRequest) -> tuple[dict[str, str], Iterator[bytes]]:
    """Read the fields before the file, and return them with the file's pieces. What comes after is ignored.

    The pieces raise UnreadableBody at their end when the form was cut off.
    Raises UnreadableBody (no form, a field twice, no file), MultiPartParserError.
    """
    boundary = _boundary(request)
    body = _Body(request, boundary)
    fields: dict[str, str] = {}
    parts = LazyStream(ChunkIter(body, _PIECE_BYTES))  # type: ignore[arg-type]  # reading is all it asks for
    for _kind, meta, stream in Parser(parts, boundary):
        name = _name(meta)
        if name == _FILE:
            return fields, _pieces(stream, body)
        if name:
            if name in fields or len(fields) >= _MAX_FIELDS:
                raise UnreadableBody
            fields[name] = _text(stream.read(_MAX_FIELD_BYTES + 1))
    raise UnreadableBody("The form has no file.")


def _boundary(request: HttpRequest) -> bytes:
    if not is_form(request) or not request.META.get("CONTENT_LENGTH"):
        raise UnreadableBody("Send multipart/form-data with its length.")
    _, parameters = parse_header_parameters(request.META["CONTENT_TYPE"])
    boundary = parameters.get("boundary", "")
    if not 0 < len(boundary) <= _MAX_BOUNDARY or not boundary.isascii() or not boundary.isprintable():
        raise UnreadableBody
    return boundary.encode()


def _name(meta: dict[str, Any]) -> str:
    _, parameters = meta.get("content-disposition", ("", {}))
    return _text(parameters.get("name", b""))


def _text(value: bytes) -> str:
    if len(value) > _MAX_FIELD_BYTES or b"\0" in value:
        raise UnreadableBody
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise UnreadableBody from None


def _pieces(stream: LazyStream, body: _Body) -> Iterator[bytes]:
    yield from stream
    body.require_whole()
