"""What a write that rests on a cookie must show, where no CSRF token is asked for.

The cookie itself is SameSite=Lax. Source: README.md of the contract, "Credentials"; reliability.md P29.
"""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from tasktracker.core.errors import Forbidden
from tasktracker.http.body import has_body, require_media_type

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# "none": typed into the address bar, or no page at all. A sibling subdomain is "same-site", and not ours.
_OWN_SITES: Final = frozenset({"same-origin", "none"})


class CrossSite(Forbidden):
    """A browser says that another site's page sent this."""

    code = "cross_site"
    default_message = "This request was sent from another site."


def require_own_write(request: HttpRequest, *, takes_form: bool = False) -> None:
    """Refuse a write that a page of another site can have sent.

    Origin and Sec-Fetch-Site, when they came, must be ours; a program sends neither. A body, where there is
    one, must be JSON: no other site's form can send that. takes_form: the view reads a multipart form.
    Raises CrossSite, UnsupportedBody, UnreadableBody.
    """
    if request.method in SAFE_METHODS:
        return
    origin, site = request.META.get("HTTP_ORIGIN"), request.META.get("HTTP_SEC_FETCH_SITE")
    if (site is not None and site not in _OWN_SITES) or (origin is not None and origin not in _own(request)):
        raise CrossSite
    if has_body(request):
        require_media_type(request, takes_form=takes_form)


def _own(request: HttpRequest) -> frozenset[str]:
    """Our origins: the one that was called (its Host is checked), and the one that people are shown."""
    shown = urlsplit(settings.TASKTRACKER_BASE_URL)
    return frozenset({f"{request.scheme}://{request.get_host()}", f"{shown.scheme}://{shown.netloc}"})
