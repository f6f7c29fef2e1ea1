"""How uploads says no: `{"error": "..."}`. Its credential is a signature in what is sent.

Who may upload what is decided in tasks.operations.uploads.
"""

import re
from typing import Final

from tasks.rules.artifacts import MAX_BYTES
from tasks.rules.uploads import ROOM_BYTES
from tasktracker.http.dialect import Dialect, Limit
from tasktracker.http.failures import Failure, Kind

_FORM_AROUND_BYTES = 64 * 1024  # the fields of a form, and what separates them


def words(failure: Failure) -> object:
    """Say no in a sentence."""
    return {"error": failure.detail}


UPLOADS: Final = Dialect(
    name="uploads",
    title="Task Tracker: uploads",
    version="1",
    description="Files on their way in and out.",
    mount="",
    urlconf="tasktracker.dialects.uploads.urls",
    paths=re.compile(r"/uploads(/|$)"),
    body=words,
    # S3 answers 400 to a form that is too large.
    statuses={Kind.INVALID: 400, Kind.TOO_LARGE: 400, Kind.UNSUPPORTED_MEDIA_TYPE: 400},
    limits=(Limit("uploads", by="address"),),
    max_body_bytes=MAX_BYTES + ROOM_BYTES + _FORM_AROUND_BYTES,
)
