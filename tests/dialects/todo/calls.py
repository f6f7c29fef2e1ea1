"""Every call below /api/v1, read off the dialect's own OpenAPI document, so that none is forgotten here."""

from functools import cache

from tasktracker.http.openapi import document
from tasktracker.registry import DIALECTS

DOORS = {
    "/api/v1/auth-check",
    "/api/v1/user/signin",
    "/api/v1/user/signup/send-otp",
    "/api/v1/user/signup/verify",
}
PICTURE = "/api/v1/user/pictures/" + "0" * 40 + ".png"


@cache
def calls() -> list[tuple[str, str]]:
    """List (method, path) of every operation."""
    (todo,) = (dialect for dialect in DIALECTS if dialect.name == "todo")
    return [
        (method.upper(), PICTURE if "{" in path else path)
        for path, methods in document(todo)["paths"].items()
        for method in methods
        if path.startswith("/api/v1/")
    ]


def writes() -> list[tuple[str, str]]:
    return [(method, path) for method, path in calls() if method != "GET"]


def behind_the_door() -> list[tuple[str, str]]:
    """List the calls that somebody has to be signed in for."""
    return [(method, path) for method, path in calls() if path not in {*DOORS, PICTURE}]
