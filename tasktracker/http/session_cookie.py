"""Giving and taking the session cookie, for doors that are not pages (theirs is Django's middleware).

Whose session it is, is decided in accounts.operations.sessions.
"""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_SAME_SITE: Final = "Lax"  # SESSION_COOKIE_SAMESITE; what cookie_writes.py counts on


def session_cookie(request: HttpRequest) -> str | None:
    """Read the value of the session cookie, good or not; None where none came."""
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME) or None


def give_session_cookie(response: HttpResponse, value: str) -> None:
    """Let the answer carry a session that was just started."""
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        value,
        max_age=settings.SESSION_COOKIE_AGE,
        domain=settings.SESSION_COOKIE_DOMAIN,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=_SAME_SITE,
    )


def take_session_cookie(response: HttpResponse) -> None:
    """Let the answer make the browser forget its session."""
    response.delete_cookie(
        settings.SESSION_COOKIE_NAME,
        domain=settings.SESSION_COOKIE_DOMAIN,
        path=settings.SESSION_COOKIE_PATH,
        samesite=_SAME_SITE,
    )
