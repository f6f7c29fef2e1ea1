"""The request object of the server: Django's, but none that a header can stop from being made.

What DRF's views get is DialectRequest (dialect.py).
"""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest


class TolerantRequest(WSGIRequest):
    """A Content-Type that Django cannot parse counts as none.

    Django parses it while it makes the request, outside of everything that answers exceptions: a parameter
    like `a*=bogus''%41`, or a charset that is none of text beside a query, would be a bare 500.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (ValueError, LookupError):
            self.content_type, self.content_params, self._encoding = "", {}, None
