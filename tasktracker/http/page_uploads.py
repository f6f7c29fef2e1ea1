"""How much of a file a page's form may carry: Django itself would write any number of bytes to the disk.

What a file may be is decided where it is used.
"""

from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

MOST_BYTES: Final = 32 * 1024 * 1024  # of all files of one form


class CappedUploads(FileUploadHandler):
    """The first handler of all: counts, keeps nothing, and ends a form that is too large."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._count = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count a piece. Raises RequestDataTooBig."""
        self._count += len(raw_data)
        if self._count > MOST_BYTES:
            raise RequestDataTooBig
        return raw_data

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        """Leave the file to the handlers behind."""
        return None
