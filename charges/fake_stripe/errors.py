"""Refusals in Stripe's own JSON form: types, codes and messages as its documents and its clients know them.

Which card is declined how stands in cards.py; when to refuse is each endpoint's business.
"""

from typing import Any

Json = dict[str, Any]
NOUNS = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}
DOCS = "https://stripe.com/docs/error-codes/"


class ApiError(Exception):
    """An answer that is not 2xx.

    is_stored: a repeated idempotency key gets it again (Stripe stores what an endpoint began to work on).
    keeps_changes: what was changed on the way stays (a declined card leaves a failed charge behind).
    """

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        is_stored: bool = True,
        keeps_changes: bool = False,
        headers: tuple[tuple[str, str], ...] = (),
        **fields: Any,
    ) -> None:
        super().__init__(message)
        self.answer_status = status
        self.is_stored = is_stored
        self.keeps_changes = keeps_changes
        self.headers = headers
        self.error: Json = {"message": message, "type": kind}
        self.error.update({name: value for name, value in fields.items() if value is not None})
        if "code" in self.error:
            self.error["doc_url"] = DOCS + str(self.error["code"]).replace("_", "-")

    def body(self, request_id: str) -> Json:
        log = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": {**self.error, "request_log_url": log}}


def invalid_request(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """Say no to a request that was understood."""
    return ApiError(400, "invalid_request_error", message, code=code, param=param)


def wrong_parameter(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """Say no before any work began: such an answer is not stored under an idempotency key."""
    return ApiError(400, "invalid_request_error", message, code=code, param=param, is_stored=False)


def no_such(noun: str, id_: str, *, param: str = "id", status: int = 404) -> ApiError:
    """Say that an object does not exist: 404 where it was the address, 400 where it was a parameter."""
    message = f"No such {noun}: '{id_}'"
    return ApiError(status, "invalid_request_error", message, code="resource_missing", param=param)


def unexpected_state(message: str, intent: Json) -> ApiError:
    """Say that an intent is not in a status for this; the answer carries the intent."""
    kind = str(intent["object"])
    about: Json = {kind: intent}
    return ApiError(400, "invalid_request_error", message, code=f"{kind}_unexpected_state", **about)


def wrong_status(beginning: str, participle: str, intent: Json, allowed: tuple[str, ...]) -> ApiError:
    """Say that an intent is not in one of the statuses in which it may be confirmed, captured, canceled."""
    noun = NOUNS[intent["object"]]
    return unexpected_state(
        f"{beginning} because it has a status of {intent['status']}. Only a {noun} with one of the following "
        f"statuses may be {participle}: {', '.join(allowed)}.",
        intent,
    )


def unknown_url(method: str, path: str) -> ApiError:
    message = (
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/."
    )
    return ApiError(404, "invalid_request_error", message, is_stored=False)


def no_key() -> ApiError:
    message = (
        "You did not provide an API key. You need to provide your API key in the Authorization header, using "
        "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
    )
    headers = (("WWW-Authenticate", 'Bearer realm="Stripe"'),)
    return ApiError(401, "invalid_request_error", message, is_stored=False, headers=headers)


def wrong_key(key: str) -> ApiError:
    shown = key[:8] + "*" * max(0, len(key) - 12) + key[-4:] if len(key) > 12 else "*" * len(key)
    return ApiError(401, "invalid_request_error", f"Invalid API Key provided: {shown}", is_stored=False)


def rate_limited() -> ApiError:
    message = (
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
    )
    return ApiError(429, "invalid_request_error", message, code="rate_limit", is_stored=False)


def broken(*, is_stored: bool) -> ApiError:
    """Stripe's own failure. Its clients are told not to repeat it: the same key would get it again."""
    message = "Sorry! We encountered an unexpected error. The engineering team has been notified."
    headers = (("Stripe-Should-Retry", "false"),)
    return ApiError(500, "api_error", message, is_stored=is_stored, headers=headers)


def key_in_use(key: str) -> ApiError:
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}. Please try again later."
    )
    headers = (("Stripe-Should-Retry", "true"),)
    return ApiError(
        409, "invalid_request_error", message, code="idempotency_key_in_use", is_stored=False, headers=headers
    )


def key_of_other_parameters(key: str) -> ApiError:
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    return ApiError(400, "idempotency_error", message, is_stored=False)


def key_of_other_endpoint(key: str, first: str, now: str) -> ApiError:
    message = (
        "Keys for idempotent requests can only be used for the same endpoint they were first used for "
        f"('{now}' vs '{first}'). Try using a key other than '{key}' if you meant to execute a different "
        "request."
    )
    return ApiError(400, "idempotency_error", message, is_stored=False)
