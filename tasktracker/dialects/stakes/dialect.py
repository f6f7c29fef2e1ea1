"""Who may call stakes, how often, and how it says no: `{"error": "<words>"}`, or two bare words.

What a call does is the domain's: charges.operations.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from accounts.operations.derived_keys import check_stakes_key
from tasktracker.http.authentication import ApiKey, BearerToken
from tasktracker.http.dialect import Dialect, Limit
from tasktracker.http.failures import Failure, Kind

DESCRIPTION: Final = """\
Put money on tasks: what is not done by its deadline is charged to your card.

Send your key with every call, as `Authorization: ApiKey-v2 KEY` or `Authorization: Bearer KEY`. Amounts are
whole cents, moments are whole seconds since 1970. Lists come in pages of 20, from page 0.

A body that is malformed or invalid is 422 with the text `Unprocessable Entity`; every other refusal is JSON.

Limits: 60 calls in 10 seconds for a key, and for an address that has none."""

UNPROCESSABLE: Final = "Unprocessable Entity"
# The parameters of lists: no body has a field of these names, so a problem with one is the query's.
PAGE, STATUS, DUE_BEFORE, DUE_AFTER = "page", "status", "due_before", "due_after"
_OF_QUERIES: Final = frozenset({PAGE, STATUS, DUE_BEFORE, DUE_AFTER})
_OF_BODIES: Final = frozenset({Kind.MALFORMED, Kind.INVALID, Kind.UNSUPPORTED_MEDIA_TYPE})
# The words of each status whose refusals do not speak for themselves.
WORDS: Final[Mapping[int, str]] = {
    403: "Forbidden",
    405: "Method Not Allowed",
    413: "Payload Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


def words(failure: Failure) -> object:
    """Say no as stakes does."""
    if failure.kind in _OF_BODIES and not _is_of_query(failure):
        return UNPROCESSABLE
    detail = "Not found" if failure.code == "not_found" and failure.detail == "Not found." else failure.detail
    return {"error": WORDS.get(failure.status, detail)}


def _is_of_query(failure: Failure) -> bool:
    return any(
        problem.field in _OF_QUERIES or problem.code == "too_many_fields" for problem in failure.problems
    )


def _schema(**text: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"error": {"type": "string", **text}},
        "required": ["error"],
        "additionalProperties": False,
    }


_SENTENCE: Final = _schema(minLength=1)
STAKES: Final = Dialect(
    name="stakes",
    title="Task Tracker: stakes",
    version="2",
    description=DESCRIPTION,
    mount="api2/",
    urlconf="tasktracker.dialects.stakes.urls",
    paths=re.compile(r"/api2(/|$)"),
    body=words,
    statuses={
        Kind.NOT_SIGNED_IN: 403,
        Kind.BAD_CREDENTIAL: 403,
        Kind.MALFORMED: 422,
        Kind.UNSUPPORTED_MEDIA_TYPE: 422,
        Kind.CONFLICT: 422,
    },
    codes={
        "charge_has_begun": 409,
        "task_is_complete": 409,
        "no_calendar_token": 400,
    },
    refusals={
        **dict.fromkeys((400, 402, 404, 409, 503), _SENTENCE),
        **{status: _schema(enum=[text]) for status, text in WORDS.items()},
        422: {"anyOf": [{"type": "string", "enum": [UNPROCESSABLE]}, _SENTENCE]},
    },
    schemes=(ApiKey(check_stakes_key, "ApiKey-v2"), BearerToken(check_stakes_key, bearer_format="key")),
    limits=(Limit("stakes"),),
    stranger_limit="stakes_strangers",
)
