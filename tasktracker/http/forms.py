"""The strict reader of multipart forms: texts in UTF-8 and whole files, within the cap of the view.

What a file may be is decided where it is used. JSON is body.py.
"""

from io import BytesIO
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser

from tasktracker.http.body import UnreadableBody, read_bytes, refuse_oversize, require_media_type

# Every byte has a character in it, so that what is not UTF-8 can still be seen (Django would replace it).
_LOSSLESS = "latin-1"


def is_form(request: HttpRequest) -> bool:
    """Say whether the body calls itself a multipart form."""
    return str(request.META.get("CONTENT_TYPE", "")).lower().startswith("multipart/form-data")


def read_form(request: HttpRequest, *, max_bytes: int) -> tuple[dict[str, str], dict[str, bytes]]:
    """Read the body as a multipart form: its texts and its files, each by name; the last of a name counts.

    Raises BodyTooLarge, UnsupportedBody, UnreadableBody, MultiPartParserError.
    """
    require_media_type(request, takes_form=True)
    body = _whole(request, max_bytes)
    meta = {**request.META, "CONTENT_LENGTH": str(len(body))}
    fields, files = MultiPartParser(meta, BytesIO(body), [_InMemory(request)], _LOSSLESS).parse()
    texts = {_text(name): _text(str(value)) for name, value in fields.items()}
    uploads: dict[str, Any] = files.dict()
    return texts, {_text(name): file.read() for name, file in uploads.items()}


def _whole(request: HttpRequest, max_bytes: int) -> bytes:
    """Read all of the body. Django's own cap on `request.body` is for what is no file."""
    if not request.META.get("CONTENT_LENGTH"):
        return read_bytes(request, max_bytes=max_bytes)
    refuse_oversize(request, max_bytes=max_bytes)
    return request.read()


class _InMemory(MemoryFileUploadHandler):
    """Keeps every file in memory: the body was capped, and is there already."""

    def handle_raw_input(self, *_: Any, **__: Any) -> None:
        self.activated = True


def _text(value: str) -> str:
    try:
        text = value.encode(_LOSSLESS).decode()
    except UnicodeDecodeError:
        raise UnreadableBody from None
    if "\0" in text:
        raise UnreadableBody
    return text
