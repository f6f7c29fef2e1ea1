"""The calls of stakes: read, one operation, shape. What is refused, and why, is decided in the domain."""

from dataclasses import dataclass
from functools import cache as remember
from typing import Final

import orjson
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from accounts.operations import derived_keys
from charges.operations import cards, charge, closing, missed, profile, recurrence, staking
from charges.queries.recurring import recurring_page
from charges.queries.stakes import StakeStatus, stake_of, stake_page
from charges.queries.wallets import money_profile, stake_stats
from tasktracker.core.ids import parse_id
from tasktracker.dialects.stakes import shapes
from tasktracker.dialects.stakes.dialect import DUE_AFTER, DUE_BEFORE, PAGE, STAKES, STATUS
from tasktracker.http.dialect import DialectRequest, DialectView
from tasktracker.http.openapi import document
from tasktracker.http.page_limits import limit_page
from tasktracker.http.renderers import JSON, TEXT, empty_answer, json_answer, text_answer

STATS_SECONDS: Final = 6 * 3600

_WORD: Final = {(200, TEXT): OpenApiResponse(OpenApiTypes.STR)}
_PAGE: Final = OpenApiParameter(PAGE, {"type": "integer", "minimum": 0, "default": 0})
_FILTERS: Final = [
    _PAGE,
    OpenApiParameter(STATUS, {"type": "string", "enum": [str(status) for status in StakeStatus]}),
    OpenApiParameter(DUE_BEFORE, {"type": "integer"}, description="Only tasks that are due before it."),
    OpenApiParameter(DUE_AFTER, {"type": "integer"}, description="Only tasks that are due after it."),
]


class StakesView(DialectView):
    """A view of stakes: money is near, so no body may name a key twice."""

    dialect = STAKES
    has_unique_keys = True


class PublicView(StakesView):
    """For everybody; counted by address (`limit_page` on its handler)."""

    schemes = ()


# --- the account --------------------------------------------------------------------------------------------
class Me(StakesView):
    @extend_schema(responses={200: shapes.PROFILE}, summary="Get your profile")
    def get(self, request: DialectRequest) -> HttpResponse:
        """Say who you are, what is connected and what your monthly limits are."""
        return json_answer(shapes.profile_out(money_profile(request.principal)))

    @extend_schema(request=shapes.ProfileIn, responses={200: shapes.PROFILE}, summary="Change your profile")
    def put(self, request: DialectRequest) -> HttpResponse:
        """Change what is given, all of it or nothing; answers with the whole profile."""
        changes = shapes.profile_changes(request.data)
        changed = profile.change_profile(principal=request.principal, changes=changes, at=request.at)
        return json_answer(shapes.profile_out(changed))

    @extend_schema(
        request=None, responses={204: OpenApiResponse(description="Closed.")}, summary="Close your account"
    )
    def delete(self, request: DialectRequest) -> HttpResponse:
        """End every key, every recurring task and every charge that has not been captured. For good."""
        closing.close_account(principal=request.principal, at=request.at)
        return empty_answer(status=204)


class Token(StakesView):
    @extend_schema(responses=_WORD, summary="Get your key")
    def get(self, request: DialectRequest) -> HttpResponse:
        """Say your key once more."""
        return text_answer(derived_keys.stakes_key(principal=request.principal))

    @extend_schema(request=None, responses=_WORD, summary="Reset your key")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Make a new key; the one before it is dead at once."""
        return text_answer(derived_keys.reset_stakes_key(principal=request.principal))


class CalendarToken(StakesView):
    @extend_schema(responses=_WORD, summary="Get your calendar token")
    def get(self, request: DialectRequest) -> HttpResponse:
        """Say the token of your calendar feed, `/api2/calendar/<token>.ics`; 400 when none was made."""
        return text_answer(derived_keys.calendar_token(principal=request.principal))

    @extend_schema(request=None, responses=_WORD, summary="Make a calendar token")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Make a new token for your calendar feed; the address before it leads nowhere."""
        return text_answer(derived_keys.reset_calendar_token(principal=request.principal))


class CheckoutSession(StakesView):
    @extend_schema(request=shapes.CheckoutIn, responses={200: shapes.CHECKOUT}, summary="Start giving a card")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Open a page of the card processor; then tell us of it with `PUT /me {"checkout_session_id"}`."""
        started = cards.start_checkout(
            principal=request.principal,
            **shapes.CheckoutIn.read(request.data),
            allow_http=settings.DEVELOPMENT,
            at=request.at,
        )
        return json_answer({"id": started.session_id})


# --- tasks --------------------------------------------------------------------------------------------------
class Tasks(StakesView):
    @extend_schema(parameters=_FILTERS, responses={200: shapes.TASKS}, summary="List your tasks")
    def get(self, request: DialectRequest) -> HttpResponse:
        """List 20 tasks, latest deadline first."""
        stakes = stake_page(principal=request.principal, **shapes.list_filters(request.query))
        return json_answer([shapes.task_out(stake) for stake in stakes])

    @extend_schema(request=shapes.NewTaskIn, responses={201: shapes.TASK}, summary="Make a task")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Make a task with a stake, due in the future."""
        stake = staking.create_staked_task(
            principal=request.principal, **shapes.new_task(request.data), at=request.at
        )
        return json_answer(shapes.task_out(stake), status=201)


class Task(StakesView):
    @extend_schema(responses={200: shapes.TASK}, summary="Get a task")
    def get(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Show one task."""
        return json_answer(shapes.task_out(stake_of(request.principal, parse_id(task_id))))

    @extend_schema(request=shapes.TaskChangesIn, responses={200: shapes.TASK}, summary="Change a task")
    def put(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Complete or reopen it, raise its stake, bring its deadline forward, give up: all or nothing."""
        stake = staking.change_stake(
            principal=request.principal,
            task_id=parse_id(task_id),
            **shapes.task_changes(request.data),
            at=request.at,
        )
        return json_answer(shapes.task_out(stake))


class Uncle(StakesView):
    @extend_schema(request=None, responses=_WORD, summary="Give up on a task")
    def post(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Begin its charge now, as if the deadline had passed. Once: then 409."""
        missed.cry_uncle(principal=request.principal, task_id=parse_id(task_id), at=request.at)
        return text_answer("ok")


class RecurringTasks(StakesView):
    @extend_schema(parameters=[_PAGE], responses={200: shapes.RECURRING}, summary="List your recurring tasks")
    def get(self, request: DialectRequest) -> HttpResponse:
        """List 20 schedules that make tasks, newest first."""
        page = shapes.page_of(request.query)
        rows = recurring_page(principal=request.principal, page=page, only_days=True)
        return json_answer([shapes.recurring_out(row) for row in rows])


class RecurringTask(StakesView):
    @extend_schema(request=None, responses=_WORD, summary="Stop a recurring task")
    def delete(self, request: DialectRequest, recurring_id: str) -> HttpResponse:
        """Let no more tasks come from it; those that were made stay."""
        recurrence.stop_recurring(
            principal=request.principal,
            recurring_id=parse_id(recurring_id, absent=recurrence.NoSuchRecurring),
            at=request.at,
        )
        return text_answer("success")


# --- money --------------------------------------------------------------------------------------------------
class Charges(StakesView):
    @extend_schema(request=shapes.ChargeIn, responses={200: shapes.CHARGE}, summary="Charge your card now")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Charge your card at once. The same `requestid` gives the same answer, and never a second charge."""
        made = charge.charge_now(principal=request.principal, **shapes.charge(request.data), at=request.at)
        return json_answer(shapes.charge_out(made))


# --- for everybody ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Health:
    status: int
    word: str


_HEALTH: Final = {True: _Health(200, "ok"), False: _Health(503, "unreachable")}


class ProcessorHealth(PublicView):
    @extend_schema(responses={200: shapes.HEALTH, 503: shapes.HEALTH}, summary="Ask for the card processor")
    @method_decorator(limit_page())
    def get(self, request: DialectRequest) -> HttpResponse:
        """Say whether we reach the card processor."""
        health = _HEALTH[cards.is_processor_reachable()]
        return json_answer({"stripe": health.word}, status=health.status)


class Stats(PublicView):
    @extend_schema(responses={200: shapes.STATS}, summary="Count everybody's tasks")
    @method_decorator(limit_page())
    def get(self, request: DialectRequest) -> HttpResponse:
        """Count everybody's staked tasks; up to six hours old."""
        body = cache.get_or_set(
            "stakes.stats", lambda: shapes.stats_out(stake_stats(request.at)), STATS_SECONDS
        )
        return _for_any_site(json_answer(body), seconds=STATS_SECONDS)


class OpenApi(PublicView):
    @extend_schema(exclude=True)
    @method_decorator(limit_page())
    def get(self, request: DialectRequest) -> HttpResponse:
        """Hand out this dialect's OpenAPI document."""
        return _for_any_site(HttpResponse(_document(), content_type=JSON), seconds=300)


@remember  # views and rows do not change while the process lives
def _document() -> bytes:
    return orjson.dumps(document(STAKES))


def _for_any_site(response: HttpResponse, *, seconds: int) -> HttpResponse:
    """Let pages of any origin read a public answer, and caches keep it."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    return response
