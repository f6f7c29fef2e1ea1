"""The id of the request (or job) at work, so that logs, deliveries and jobs can be joined.

It is read and set here only; middleware and jobs set it, the log processor reads it.
"""

from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """Return the id of the request or job at work, "" outside of one."""
    return _current.get()


def enter(request_id: str) -> None:
    """Make `request_id` the current one for this context."""
    _current.set(request_id)
