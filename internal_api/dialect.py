"""Who may call mobile, how often, and how it says no: `{"error": {"code", "message", ...}}`.

What a call does is the domain's.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from accounts.operations.credentials import check_triggers_claims
from accounts.operations.devices import check_device_token, check_enrolled_device
from accounts.rules.device_tokens import is_device_token
from accounts.rules.principal import Principal
from tasktracker.core.errors import Forbidden, Problem
from tasktracker.http.authentication import BearerToken
from tasktracker.http.dialect import Dialect, Limit
from tasktracker.http.failures import Failure, Kind
from tasktracker.http.tokens import claims_of

DESCRIPTION: Final = """\
Everything of an account for our own mobile apps: tasks with schedules, occurrences and stakes, tokens,
webhooks, devices.

Sign in with `POST /internal_api/session`; the token of its answer goes into `Authorization: Bearer TOKEN`.
It works until it is revoked: by `DELETE /internal_api/session`, on the web under "Devices", or by a new
password. An account is set up on the web first: until then every other call is 409 `user_not_enrolled`.

Lists come in pages (`?page=1&per_page=25`, at most 100), in an order that is fixed. Moments are ISO 8601 in
UTC. Commands and deletions answer 204 without a body.

Limits: 120 calls a minute for an address; 300 calls in 5 minutes and 2,000 in an hour for an account, over
its tokens, its apps and the web pages; 60 triggers and 60 completions a minute."""

NOT_ENROLLED: Final = "user_not_enrolled"
# The code of each status. Source: seed 0, "Error Codes"; 409 has two.
CODES: Final[Mapping[int, str]] = {
    400: "validation_failed",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "validation_failed",
    429: "rate_limited",
    500: "server_error",
}
# The long form of refusals that an app has to tell apart from others of their code.
DETAILS: Final[Mapping[str, str]] = {"second_factor_needed": "code required"}
# What the domain calls a field, and what this dialect does.
WIRE_NAMES: Final[Mapping[str, str]] = {"title": "name", "stake_cents": "cents"}
# Rules that are about one field, by their code.
RULED_FIELDS: Final[Mapping[str, str]] = {
    "monthly_stake_limit": "cents",
    "deadline_in_the_past": "due",
    "no_deadline": "due",
}
WHOLE_BODY: Final = "base"
_ABSENT: Final = "can't be blank"
PHRASES: Final[Mapping[str, str]] = {
    "required": _ABSENT,
    "blank": _ABSENT,
    "null": _ABSENT,
    "empty": _ABSENT,
    "invalid_choice": "is not included in the list",
    "does_not_exist": "must exist",
    "unknown_zone": "is not a known time zone",
}


def words(failure: Failure) -> object:
    """Say no as mobile does: fields with 422 alone, retry_after with 429 alone."""
    fields = _fields(failure) if failure.status == 422 else {}
    error: dict[str, Any] = {
        "code": NOT_ENROLLED if failure.code == NOT_ENROLLED else CODES[failure.status],
        "message": _message(failure, fields),
    }
    if failure.code in DETAILS:
        error["details"] = DETAILS[failure.code]
    if failure.status == 422:
        error["fields"] = fields
    if failure.status == 429:
        error["retry_after"] = failure.retry_after
    return {"error": error}


def _fields(failure: Failure) -> dict[str, list[str]]:
    """Say what is wrong with each field, in words that follow its name where there are such words."""
    fields: dict[str, list[str]] = {}
    for problem in failure.problems or (Problem(None, failure.code, failure.detail),):
        name = RULED_FIELDS.get(failure.code) or _wire_name(problem.field or WHOLE_BODY)
        fields.setdefault(name, []).append(PHRASES.get(problem.code, problem.detail))
    return fields


def _wire_name(field: str) -> str:
    name = field.removesuffix("non_field_errors").removesuffix(".")
    return WIRE_NAMES.get(name, name) or WHOLE_BODY


def _message(failure: Failure, fields: Mapping[str, list[str]]) -> str:
    """Tell the first thing that is wrong, in a sentence."""
    if not fields:
        return failure.detail
    name, (text, *_) = next(iter(fields.items()))
    if name == WHOLE_BODY or failure.code in RULED_FIELDS:
        return failure.detail
    title = name.replace("_", " ").replace(".", " ").capitalize()
    return f"{title} {text}" if text in PHRASES.values() else f"{title}: {text}"


# --- who calls ----------------------------------------------------------------------------------------------
def check_token(text: str) -> Principal:
    """Ask whose token this is. Raises BadCredential, NotEnrolled, Forbidden (a good one, of triggers)."""
    _refuse_triggers_token(text)
    return check_enrolled_device(text)


def check_any_device(text: str) -> Principal:
    """Ask whose token this is, enrolled or not: to sign out. Raises BadCredential, Forbidden."""
    _refuse_triggers_token(text)
    return check_device_token(text)


def _refuse_triggers_token(text: str) -> None:
    """A token of triggers proves who calls, but is not for this door (ruling "Device tokens")."""
    if not is_device_token(text):
        check_triggers_claims(claims_of(text))
        raise Forbidden


# --- how refusals look --------------------------------------------------------------------------------------
def _schema(*codes: str, needs: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    error = {
        "type": "object",
        "properties": {
            "code": {"type": "string", "enum": list(codes)},
            "message": {"type": "string", "minLength": 1},
            **more,
        },
        "required": ["code", "message", *needs],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"error": error},
        "required": ["error"],
        "additionalProperties": False,
    }


_MESSAGES: Final = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_FIELDS: Final = {"type": "object", "additionalProperties": _MESSAGES, "minProperties": 1}
MOBILE: Final = Dialect(
    name="mobile",
    title="Task Tracker: mobile",
    version="1",
    description=DESCRIPTION,
    mount="internal_api/",
    urlconf="internal_api.urls",
    paths=re.compile(r"/internal_api(/|$)"),
    body=words,
    statuses={
        Kind.METHOD_NOT_ALLOWED: 404,
        Kind.NOT_ACCEPTABLE: 400,
        Kind.TOO_LARGE: 400,
        Kind.UNSUPPORTED_MEDIA_TYPE: 400,
        Kind.PAYMENT_REFUSED: 422,
        Kind.PAYMENT_MISSING: 422,
        Kind.UNAVAILABLE: 500,
    },
    codes={
        "sign_in_refused": 401,
        "second_factor_needed": 401,
        "wrong_second_factor": 401,
    },
    refusals={
        **{status: _schema(code) for status, code in CODES.items()},
        401: _schema(CODES[401], details={"type": "string", "enum": list(DETAILS.values())}),
        409: _schema(CODES[409], NOT_ENROLLED),
        422: _schema(CODES[422], needs=("fields",), fields=_FIELDS),
        429: _schema(CODES[429], needs=("retry_after",), retry_after={"type": "integer", "minimum": 1}),
    },
    schemes=(BearerToken(check_token, bearer_format="device token"),),
    limits=(Limit("account"),),
    address_limit="mobile_address",
    is_accept_checked=True,
)
ANY_DEVICE: Final = (BearerToken(check_any_device, bearer_format="device token"),)
