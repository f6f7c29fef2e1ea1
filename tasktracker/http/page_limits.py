"""Limits on what people see in a browser: public pages by address, signed-in pages by account.

Sign-in and codes do not belong here: the database counts their guesses (accounts/operations/guesses.py).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_ratelimit.core import get_usage

from tasktracker.core.errors import LimitExceeded
from tasktracker.core.limits import scaled
from tasktracker.http.addresses import client_address, limit_key
from tasktracker.http.ratelimit import consume, windows

View = TypeVar("View", bound=Callable[..., Any])
KeyOf = Callable[[str, HttpRequest], str]


def by_address(_group: str, request: HttpRequest) -> str:
    """Count a client by its address, as far as that can be believed."""
    return limit_key(client_address(request))


def limit_page(
    *, rate: str | None = None, key: KeyOf = by_address, group: str = "public"
) -> Callable[[View], View]:
    """Limit a view that asks for no credential.

    rate: as django-ratelimit writes it ("60/10s", "300/5m"); None is TASKTRACKER_PUBLIC_PAGE_RATE.
    group: views of one group and rate share a client's budget. On a class: method_decorator, name="dispatch".
    The view raises LimitExceeded before it does anything.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(request: HttpRequest, *args: Any, **options: Any) -> Any:
            _require_room(request, rate or settings.TASKTRACKER_PUBLIC_PAGE_RATE, key, group)
            return view(request, *args, **options)

        return limited  # type: ignore[return-value]

    return decorate


def _require_room(request: HttpRequest, rate: str, key: KeyOf, group: str) -> None:
    count, _, period = rate.partition("/")
    scaled_rate = f"{scaled(int(count))}/{period}"
    usage = get_usage(request, group=group, key=key, rate=scaled_rate, increment=True)
    if usage and usage["should_limit"]:
        raise LimitExceeded(usage["time_left"])


def budget(name: str) -> Callable[[View], View]:
    """Count a signed-in page in the limit `name` of the settings instead of "account": live fragments do."""

    def decorate(view: View) -> View:
        view.page_budget = name  # type: ignore[attr-defined]
        return view

    return decorate


class AccountBudget:
    """Middleware: a signed-in person's pages are calls of the account, as triggers and mobile calls are.

    After the one that sets request.user. The dialects' own views count for themselves. The root overrides
    `refused` to word it as every other refusal: an exception raised here would reach no other middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]
    ) -> HttpResponse | None:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated or _is_dialects(view):
            return None
        try:
            consume(windows(getattr(view, "page_budget", "account"), user.pk))
        except LimitExceeded as refusal:
            return self.refused(request, refusal)
        return None

    def refused(self, request: HttpRequest, refusal: LimitExceeded) -> HttpResponse:
        """Answer 429, with Retry-After."""
        answer = HttpResponse(refusal.message, status=429, content_type="text/plain; charset=utf-8")
        answer["Retry-After"] = str(refusal.retry_after)
        return answer


def _is_dialects(view: Callable[..., Any]) -> bool:
    return hasattr(view, "cls")  # REST framework views carry their class so
