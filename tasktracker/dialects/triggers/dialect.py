"""Who may call triggers, how often, and how it says no: `{"error": "<words>"}`.

What a call does is the domain's: tasks.operations.lifecycle.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from accounts.operations.credentials import check_triggers_claims
from accounts.rules.principal import Principal
from tasktracker.http.authentication import BearerToken
from tasktracker.http.dialect import Dialect, Limit
from tasktracker.http.failures import Failure, Kind
from tasktracker.http.tokens import claims_of

DESCRIPTION: Final = """\
Trigger and complete tasks from scripts, cron jobs and home automation.

Make a token under "API tokens" on the web; it is shown once. A token has the scope `user` (every task that
you can reach) or `task:<id>` (that one task). Bodies are never read, and every 200 is empty.

Limits: 300 calls in 5 minutes and 2,000 in an hour for an account, over all its tokens, its mobile apps and
the web pages; 60 triggers and 60 completions a minute."""

# The words of each status; 422 alone says what is wrong.
WORDS: Final[Mapping[int, str]] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Payload Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def words(failure: Failure) -> object:
    """Say no as triggers does."""
    return {"error": WORDS.get(failure.status, failure.detail)}


def check_token(text: str) -> Principal:
    """Read a token and ask its row who is calling. Raises BadCredential."""
    return check_triggers_claims(claims_of(text))


def _schema(**text: Any) -> dict[str, Any]:
    error = {"type": "string", **text}
    return {
        "type": "object",
        "properties": {"error": error},
        "required": ["error"],
        "additionalProperties": False,
    }


TRIGGERS: Final = Dialect(
    name="triggers",
    title="Task Tracker: triggers",
    version="1",
    description=DESCRIPTION,
    mount="api/v1/",
    urlconf="tasktracker.dialects.triggers.urls",
    paths=re.compile(r"/api/v1(/|$)"),
    body=words,
    statuses={
        Kind.CONFLICT: 422,
        Kind.METHOD_NOT_ALLOWED: 404,
    },
    refusals={
        **{status: _schema(enum=[text]) for status, text in WORDS.items()},
        422: _schema(minLength=1),
    },
    schemes=(BearerToken(check_token),),
    limits=(Limit("account"),),
    max_body_bytes=64 * 1024,
    is_body_parsed=False,
)
