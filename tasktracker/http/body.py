"""The strict readers of what callers send: JSON bodies and query strings.

Source: reliability.md 4.6, M8 to M10, M16, M20. Whether a value fits a field is not decided here (fields.py).
"""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import orjson
from django.conf import settings
from django.http import HttpRequest

from tasktracker.core.errors import DomainError, Invalid, Problem

MAX_DEPTH: Final = 64
MAX_NODES: Final = 10_000
MAX_PARAMETERS: Final = 1_000

_CHARSETS = frozenset({"utf-8", "utf8"})
_ENCODINGS = frozenset({"", "identity"})
# orjson turns integers outside this range into floats, so only floats outside of it can have been integers.
_LARGEST_INTEGER = 2**64 - 1
_SMALLEST_INTEGER = -(2**63)
_CHUNK_BYTES = 64 * 1024
_SHOWN_CHARACTERS = 100


class BodyTooLarge(DomainError):
    """The body, as announced or as read, is over the dialect's cap."""

    code = "too_large"
    default_message = "The request body is too large."


class UnreadableBody(DomainError):
    """The body is not JSON as we accept it."""

    code = "parse_error"
    default_message = "Malformed request."


class UnsupportedBody(DomainError):
    """The body's media type, charset or encoding is not one that is read."""

    code = "unsupported_media_type"

    def __init__(self, media_type: str = "") -> None:
        super().__init__(f'Unsupported media type "{media_type[:_SHOWN_CHARACTERS]}" in request.')


# --- bytes --------------------------------------------------------------------------------------------------
def refuse_oversize(request: HttpRequest, *, max_bytes: int) -> None:
    """Refuse a body that is announced to be too large, before anything of it is read.

    Raises BodyTooLarge, UnreadableBody (the length is no number).
    """
    if (_announced_length(request) or 0) > max_bytes:
        raise BodyTooLarge


def pass_over(request: HttpRequest, *, max_bytes: int) -> None:
    """Let a body be that nobody will parse; one without a length is counted up to the cap.

    Raises BodyTooLarge.
    """
    if _announced_length(request) is None and _has_stream(request):
        read_bytes(request, max_bytes=max_bytes)


def read_bytes(request: HttpRequest, *, max_bytes: int) -> bytes:
    """Read the whole body, at most one byte over `max_bytes` of it.

    Raises BodyTooLarge, UnreadableBody (the length is no number, or the caller went away).
    """
    refuse_oversize(request, max_bytes=max_bytes)
    if _announced_length(request) is not None or not _has_stream(request):
        # Django has a cap of its own on `body`, made for views that have none.
        is_large = max_bytes > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return request.read() if is_large else request.body
    body = b"".join(_pieces(request.META["wsgi.input"], max_bytes + 1))
    if len(body) > max_bytes:
        raise BodyTooLarge
    return body


def has_body(request: HttpRequest) -> bool:
    """Say whether a body came with the request. Raises UnreadableBody (the length is no number)."""
    return bool(_announced_length(request)) or _has_stream(request)


def _has_stream(request: HttpRequest) -> bool:
    """Say whether a body may follow without a length; Django takes that for no body at all.

    Only a server that ends the stream itself can be read so, or we would wait for ever.
    """
    meta = request.META
    may_follow = "HTTP_TRANSFER_ENCODING" in meta or meta.get("SERVER_PROTOCOL", "").startswith("HTTP/2")
    return may_follow and bool(meta.get("wsgi.input_terminated"))


def _announced_length(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise UnreadableBody
    return int(text)


def _pieces(stream: Any, limit: int) -> Iterator[bytes]:
    while limit > 0 and (piece := stream.read(min(_CHUNK_BYTES, limit))):
        limit -= len(piece)
        yield piece


# --- JSON ---------------------------------------------------------------------------------------------------
def read_json(request: HttpRequest, *, max_bytes: int, unique_keys: bool = False) -> Any:
    """Read the body as JSON; {} when there is no body.

    unique_keys: refuse an object that names a key twice (money views); otherwise the last one wins.
    Raises BodyTooLarge, UnsupportedBody, UnreadableBody.
    """
    body = read_bytes(request, max_bytes=max_bytes)
    if not body:
        return {}
    require_media_type(request)
    return parse_json(body, unique_keys=unique_keys)


def parse_json(body: bytes, *, unique_keys: bool = False) -> Any:
    """Parse bytes as JSON that every database, client and later read can carry.

    Refused: what orjson refuses (NaN, lone surrogates, a BOM, bad UTF-8), NUL in any text or key, more than
    MAX_DEPTH containers inside each other, more than MAX_NODES values, and integers that do not fit 64 bits.
    Raises UnreadableBody.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UnreadableBody from None
    has_huge_number = _walk(value)
    if has_huge_number or unique_keys:
        _scan_again(body, unique_keys=unique_keys)
    return value


def require_media_type(request: HttpRequest, *, takes_form: bool = False) -> None:
    """Accept JSON in UTF-8 as it stands (DRF's own parser inflates `charset=zlib`, M20), or a multipart form.

    Raises UnsupportedBody.
    """
    accepted = {"application/json", "multipart/form-data"} if takes_form else {"application/json"}
    media_type, *parameters = request.META.get("CONTENT_TYPE", "").lower().split(";")
    pairs = [parameter.partition("=")[::2] for parameter in parameters]
    charsets = {value.strip(' "') for name, value in pairs if name.strip() == "charset"}
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if media_type.strip() not in accepted or encoding not in _ENCODINGS or charsets - _CHARSETS:
        is_encoded = encoding not in _ENCODINGS
        raise UnsupportedBody(encoding if is_encoded else request.META.get("CONTENT_TYPE", ""))


def _walk(value: Any) -> bool:
    """Check texts, keys, depth and size; say whether a number may have been a huge integer.

    Level by level, so that depth needs no recursion.
    """
    has_huge_number = False
    level: list[Any] = [value]
    nodes = depth = 0
    while level:
        nodes += len(level)
        if nodes > MAX_NODES:
            raise UnreadableBody
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str:
                _check_text(item)
            elif kind is dict or kind is list:
                _open(item, depth, below)
            elif kind is float and not _SMALLEST_INTEGER < item <= _LARGEST_INTEGER:
                has_huge_number = True
        level, depth = below, depth + 1
    return has_huge_number


def _open(container: dict[str, Any] | list[Any], depth: int, below: list[Any]) -> None:
    if depth >= MAX_DEPTH:
        raise UnreadableBody
    if isinstance(container, dict):
        _check_text("".join(container))
        below.extend(container.values())
    else:
        below.extend(container)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise UnreadableBody


def _scan_again(body: bytes, *, unique_keys: bool) -> None:
    """Look at what orjson forgets: how a number was written, and that a key came twice."""
    json.loads(body, parse_int=_check_integer, object_pairs_hook=_check_keys if unique_keys else None)


def _check_integer(digits: str) -> int:
    # The longest accepted one has 20 characters; int() refuses very long texts with a class of its own.
    if len(digits) > len(str(_LARGEST_INTEGER)) or not _SMALLEST_INTEGER <= int(digits) <= _LARGEST_INTEGER:
        raise UnreadableBody
    return 0


def _check_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise UnreadableBody("A key is given twice.")
    return keys


# --- query string -------------------------------------------------------------------------------------------
class Query:
    """The parameters of a query string, read strictly and one by one.

    Django replaces what is not UTF-8 by U+FFFD and lets NUL through; here such a value is an invalid one.
    """

    def __init__(self, text: str) -> None:
        """Split the text of the server's QUERY_STRING. Raises Invalid (too many parameters)."""
        parts = text.encode("latin-1", "replace").replace(b"+", b" ").split(b"&")
        if len(parts) > MAX_PARAMETERS:
            raise Invalid(Problem(None, "too_many_fields", "The query has too many parameters."))
        self._values: dict[bytes, list[bytes]] = {}
        for name, _, value in (part.partition(b"=") for part in parts):
            self._values.setdefault(unquote_to_bytes(name), []).append(value)

    def text(self, name: str) -> str | None:
        """Return the last value given for `name`; None when there is none.

        Raises Invalid when it is not UTF-8 or holds NUL.
        """
        values = self._values.get(name.encode())
        return self._decoded(name, values[-1]) if values else None

    def texts(self, name: str) -> list[str] | None:
        """Return what a list of values was given as: `?name=a,b`, `?name=a&name=b` or both; None for neither.

        Raises Invalid when one is not UTF-8 or holds NUL.
        """
        values = self._values.get(name.encode())
        if values is None:
            return None
        return [part for value in values for part in self._decoded(name, value).split(",")]

    def _decoded(self, name: str, value: bytes) -> str:
        try:
            text = unquote_to_bytes(value).decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            raise Invalid(Problem(name, "invalid", "This is not valid text."))
        return text
