"""Files that strangers made, as answers: an attachment in pieces that no browser opens or runs.

Whose they are and what they are is decided in the domain.
"""

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from tasks.queries.artifacts import Download


def file_answer(file: Download) -> StreamingHttpResponse:
    """Answer with a file."""
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=file.name) or "",
        "Content-Length": str(file.size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "ETag": f'"{file.digest}"',
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(file.pieces, content_type=file.content_type, headers=headers)
