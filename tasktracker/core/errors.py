"""The tree of refusals: everything the domain may say no with.

Named refusals are defined beside the operation that raises them, as subclasses of these.
Status codes and response bodies do not belong here.

    DomainError
    ├── Invalid              a value breaks a rule; carries Problems       (422 or 400)
    │   └── RuleBroken       the values are fine, the request is not allowed by a rule (422)
    ├── NotSignedIn          no credential came with the request          (401)
    ├── BadCredential        a credential came and is not good            (401)
    ├── Forbidden            own, but the credential or role is too small (403)
    ├── NotFound             absent or foreign: the two are never told apart (404)
    ├── Conflict             the current state does not allow it          (409)
    ├── PaymentRefused       the card processor or the card said no       (402)
    ├── PaymentMissing       there is nothing to pay with                 (400)
    ├── LimitExceeded        too many; knows when to try again            (429)
    └── Unavailable          a part we need is away; try again            (503)
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one input.

    field: dotted path ("actions.0.trigger"), None when it is about the whole request.
    code: a stable word ("required", "max_length"); detail: a sentence for the caller.
    """

    field: str | None
    code: str
    detail: str


class DomainError(Exception):
    """A refusal. `code` is stable and machine-readable; the message is for the caller."""

    code = "error"
    default_message = "The request was refused."

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.default_message
        super().__init__(self.message)


class Invalid(DomainError):
    code = "invalid"
    default_message = "The request is not valid."

    def __init__(self, *problems: Problem, message: str | None = None) -> None:
        self.problems: Sequence[Problem] = problems
        super().__init__(message or (problems[0].detail if problems else None))


class RuleBroken(Invalid):
    code = "rule_broken"
    default_message = "A rule does not allow this."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message=message or self.default_message)


class NotSignedIn(DomainError):
    code = "not_authenticated"
    default_message = "Authentication credentials were not provided."


class BadCredential(DomainError):
    code = "authentication_failed"
    default_message = "Incorrect authentication credentials."


class Forbidden(DomainError):
    code = "permission_denied"
    default_message = "You do not have permission to do this."


class NotFound(DomainError):
    code = "not_found"
    default_message = "Not found."


class Conflict(DomainError):
    code = "conflict"
    default_message = "The current state does not allow this."


class PaymentRefused(DomainError):
    code = "payment_refused"
    default_message = "The payment was refused."


class PaymentMissing(DomainError):
    code = "payment_missing"
    default_message = "There is nothing to pay with."


class LimitExceeded(DomainError):
    """retry_after: whole seconds, at least 1."""

    code = "throttled"
    default_message = "Too many requests."

    def __init__(self, retry_after: float, message: str | None = None) -> None:
        self.retry_after = max(1, -int(-retry_after // 1))
        super().__init__(message)


class Unavailable(DomainError):
    code = "unavailable"
    default_message = "Temporarily unavailable. Try again."

    def __init__(self, message: str | None = None, *, retry_after: int = 1) -> None:
        self.retry_after = max(1, retry_after)
        super().__init__(message)
