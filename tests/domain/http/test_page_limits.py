"""Limits on pages: public ones by address, signed-in ones by account together with its API calls."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.decorators import method_decorator
from django.views import View
from pytest_django import Settings
from rest_framework.views import APIView

from accounts.models import User
from tasktracker.core.errors import LimitExceeded
from tasktracker.http.page_limits import AccountBudget, budget, limit_page
from tasktracker.http.ratelimit import consume, windows


@pytest.fixture(autouse=True)
def _standing_clock() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 3, 2, 12, 0, tzinfo=UTC), tick=False):
        yield


@limit_page(rate="3/m")
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


@limit_page(rate="3/m")
def sibling(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sibling")


@method_decorator(limit_page(rate="3/m", group="class"), name="dispatch")
class Page(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("class")


def visit(view: object = page, address: str = "203.0.113.9", **headers: str) -> str:
    try:
        return str(view(RequestFactory().get("/", REMOTE_ADDR=address, **headers)).content, "ascii")  # type: ignore[operator]
    except LimitExceeded as refusal:
        return "refused" if 1 <= refusal.retry_after <= 60 else "wrong wait"


def test_an_address_gets_its_rate_over_all_pages_of_a_group() -> None:
    assert [visit(), visit(sibling), visit(), visit(), visit(sibling)] == [
        "page",
        "sibling",
        "page",
        "refused",
        "refused",
    ]
    assert visit(address="203.0.113.10") == "page"
    assert [visit(Page.as_view()) for _ in range(4)] == ["class", "class", "class", "refused"]


def test_a_spoofed_header_buys_nothing() -> None:
    answers = [visit(HTTP_X_FORWARDED_FOR=f"198.51.100.{number}") for number in range(10)]

    assert answers == ["page"] * 3 + ["refused"] * 7


def test_addresses_of_one_ipv6_customer_count_as_one() -> None:
    answers = [visit(address=f"2001:db8::{number}") for number in range(1, 6)]

    assert answers == ["page"] * 3 + ["refused"] * 2


def test_the_public_rate_comes_from_the_settings(settings: Settings) -> None:
    settings.TASKTRACKER_PUBLIC_PAGE_RATE = "2/m"
    settings.TASKTRACKER_LIMIT_SCALE = 2.0

    view = limit_page()(lambda request: HttpResponse("page"))

    assert [visit(view) for _ in range(5)] == ["page"] * 4 + ["refused"]


# --- signed-in pages ----------------------------------------------------------------------------------------
def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


@budget("fragment")
def fragment(request: HttpRequest) -> HttpResponse:
    return HttpResponse("fragment")


@method_decorator(budget("fragment"), name="dispatch")
class Fragment(View):
    pass


class DialectsView(APIView):
    pass


def open_page(view: object, user: object) -> HttpResponse | None:
    request = RequestFactory().get("/")
    request.user = user  # type: ignore[assignment]
    return AccountBudget(plain).process_view(request, view, (), {})  # type: ignore[arg-type]


@pytest.fixture
def _small(settings: Settings) -> None:
    settings.TASKTRACKER_LIMITS = {"account": ((3, 300), (5, 3600)), "fragment": ((2, 60),)}


@pytest.mark.usefixtures("_small")
def test_pages_and_api_calls_share_the_accounts_budget() -> None:
    user = User(pk=7)
    consume(windows("account", 7))
    assert [open_page(plain, user), open_page(plain, user)] == [None, None]

    refused = open_page(plain, user)

    assert refused is not None
    assert (refused.status_code, refused["Retry-After"], refused.content) == (
        429,
        "300",
        b"Too many requests.",
    )
    assert open_page(plain, User(pk=8)) is None
    with pytest.raises(LimitExceeded):
        consume(windows("account", 7))


@pytest.mark.usefixtures("_small")
def test_live_fragments_have_a_budget_of_their_own() -> None:
    user = User(pk=7)

    assert [open_page(fragment, user), open_page(Fragment.as_view(), user)] == [None, None]
    assert open_page(fragment, user) is not None
    assert open_page(plain, user) is None


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    ("view", "user"), [(plain, AnonymousUser()), (plain, None), (DialectsView.as_view(), User(pk=7))]
)
def test_strangers_and_dialects_are_not_counted_here(view: object, user: object) -> None:
    assert [open_page(view, user) for _ in range(10)] == [None] * 10
