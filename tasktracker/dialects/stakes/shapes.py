"""What stakes reads and what it shows: names, types and words of seed 1, and nothing of what they do.

Source: seed 1; contract/stakes.md, "Fields clients rely on".
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from rest_framework import serializers

from charges.operations.charge import ChargeMade
from charges.operations.profile import ProfileChanges
from charges.queries.stakes import Stake, StakeStatus
from charges.queries.wallets import MoneyProfile
from charges.queries.wallets import Stats as StakeStats
from charges.rules.limits import (
    MAX_CHARGE_CENTS,
    MAX_DAYS,
    MAX_LIMIT_CENTS,
    MAX_NOTE,
    MAX_REQUEST_ID,
    MIN_CHARGE_CENTS,
)
from tasks.rules.limits import MAX_STAKE_CENTS, MAX_TITLE, MIN_STAKE_CENTS
from tasks.rules.vocabulary import Status
from tasktracker.core.errors import Invalid, Problem
from tasktracker.core.unset import UNSET
from tasktracker.dialects.stakes.dialect import DUE_AFTER, DUE_BEFORE, PAGE, STATUS
from tasktracker.http.body import Query
from tasktracker.http.fields import LATEST_EPOCH_SECONDS, EpochSeconds, Flag, Text, WholeNumber

# Canonical status -> stakes' own. Source: README.md of the contract, "One task, six vocabularies".
STATUS_WORDS: Final[Mapping[Status, StakeStatus]] = {
    **dict.fromkeys(Status, StakeStatus.PENDING),
    Status.SUCCESS: StakeStatus.COMPLETE,
    Status.EXPIRED: StakeStatus.EXPIRED,
}
Body = dict[str, Any]
_WHOLE: Final = re.compile(r"-?[0-9]+", flags=re.ASCII)
_LAST_PAGE: Final = 10**9
_EMAIL_LENGTH: Final = 254
_URL_LENGTH: Final = 2000


# --- what is read -------------------------------------------------------------------------------------------
class BodyIn(serializers.Serializer[Any]):
    """A JSON object. Unknown fields are ignored; `needs_one`: one of the known ones must be there."""

    needs_one = False

    def validate(self, attrs: Body) -> Body:
        if self.needs_one and not attrs:
            raise serializers.ValidationError("At least one field is needed.")
        return attrs

    @classmethod
    def read(cls, body: object) -> Body:
        """Return the fields that were given. Raises ValidationError."""
        form = cls(data=body)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)


class RecurrenceIn(BodyIn):
    days = WholeNumber(min_value=1, max_value=MAX_DAYS)


class NewTaskIn(BodyIn):
    task = Text(max_length=MAX_TITLE)
    due = EpochSeconds()
    cents = WholeNumber(min_value=MIN_STAKE_CENTS, max_value=MAX_STAKE_CENTS)
    recurrence = RecurrenceIn(required=False, allow_null=True)


class TaskChangesIn(BodyIn):
    needs_one = True

    complete = Flag(required=False)
    cents = WholeNumber(min_value=MIN_STAKE_CENTS, max_value=MAX_STAKE_CENTS, required=False)
    due = EpochSeconds(required=False)
    uncle = Flag(required=False)


class ChargeIn(BodyIn):
    cents = WholeNumber(min_value=MIN_CHARGE_CENTS, max_value=MAX_CHARGE_CENTS)
    note = Text(max_length=MAX_NOTE, required=False, allow_null=True, allow_blank=True)
    requestid = Text(max_length=MAX_REQUEST_ID, required=False, allow_null=True)
    dryrun = Flag(required=False)


class CheckoutIn(BodyIn):
    success_url = Text(max_length=_URL_LENGTH)
    cancel_url = Text(max_length=_URL_LENGTH)


def _optional_text(max_length: int) -> Text:
    return Text(max_length=max_length, required=False, allow_null=True, allow_blank=True)


def _optional_limit() -> WholeNumber:
    return WholeNumber(min_value=0, max_value=MAX_LIMIT_CENTS, required=False, allow_null=True)


class ProfileIn(BodyIn):
    needs_one = True

    name = _optional_text(200)
    email = Text(max_length=_EMAIL_LENGTH, required=False, allow_null=True)
    timezone = _optional_text(64)
    email_global_unsubscribe = Flag(required=False, allow_null=True)
    beeminder_user = _optional_text(100)
    beeminder_token = _optional_text(500)
    beeminder_goal_new_tasks = _optional_text(100)
    monthly_stake_limit_cents = _optional_limit()
    monthly_charge_limit_cents = _optional_limit()
    checkout_session_id = Text(max_length=255, required=False, allow_null=True)


def new_task(body: object) -> Body:
    """Read the body of POST /me/tasks as keywords of create_staked_task."""
    given = NewTaskIn.read(body)
    recurrence = given.get("recurrence")
    return {
        "title": given["task"],
        "due_at": given["due"],
        "stake_cents": given["cents"],
        "recurrence_days": recurrence["days"] if recurrence else None,
    }


def task_changes(body: object) -> Body:
    """Read the body of PUT /me/tasks/:id as keywords of change_stake."""
    given = TaskChangesIn.read(body)
    return {
        "stake_cents": given.get("cents", UNSET),
        "due_at": given.get("due", UNSET),
        "is_complete": given.get("complete", UNSET),
        "is_uncle": given.get("uncle", False),
    }


def charge(body: object) -> Body:
    """Read the body of POST /me/charges as keywords of charge_now."""
    given = ChargeIn.read(body)
    return {
        "cents": given["cents"],
        "note": given.get("note"),
        "request_id": given.get("requestid"),
        "is_dry_run": given.get("dryrun", False),
    }


def profile_changes(body: object) -> ProfileChanges:
    """Read the body of PUT /me. An address or a wish that is null stays what it is."""
    given = ProfileIn.read(body)
    names = {"timezone": "time_zone", "email_global_unsubscribe": "is_unsubscribed"}
    stays = {name for name in ("email", "email_global_unsubscribe") if given.get(name, UNSET) is None}
    return ProfileChanges(
        **{names.get(name, name): value for name, value in given.items() if name not in stays}
    )


def page_of(query: Query) -> int:
    """Read `page`; 0 when it is absent. Raises Invalid."""
    return min(_whole(query, PAGE, least=0) or 0, _LAST_PAGE)


def list_filters(query: Query) -> Body:
    """Read the query of GET /me/tasks as keywords of stake_page. Raises Invalid."""
    return {
        "page": page_of(query),
        "status": _status(query),
        "due_before": _moment(query, DUE_BEFORE),
        "due_after": _moment(query, DUE_AFTER),
    }


def _status(query: Query) -> StakeStatus | None:
    word = query.text(STATUS)
    if word is None:
        return None
    if word not in set(StakeStatus):
        raise Invalid(Problem(STATUS, "invalid_choice", f"{STATUS} must be pending, complete or expired"))
    return StakeStatus(word)


def _moment(query: Query, name: str) -> datetime | None:
    """Read whole seconds; what lies before or after all deadlines is as good as their edge."""
    seconds = _whole(query, name)
    if seconds is None:
        return None
    return datetime.fromtimestamp(min(max(seconds, 0), LATEST_EPOCH_SECONDS), tz=UTC)


def _whole(query: Query, name: str, *, least: int | None = None) -> int | None:
    text = query.text(name)
    if text is None:
        return None
    number = int(text[:20]) if _WHOLE.fullmatch(text) else None
    if number is None or (least is not None and number < least):
        kind = "a whole number" if least is None else f"a whole number of {least} or more"
        raise Invalid(Problem(name, "invalid", f"{name} must be {kind}"))
    return number


# --- what is shown ------------------------------------------------------------------------------------------
def task_out(stake: Stake) -> Body:
    """Show a staked task; chargeStatus and contested only where there is something to say."""
    status = STATUS_WORDS[Status(stake.task.status)]
    shown: Body = {
        "id": str(stake.task.pk),
        "task": stake.task.title,
        "due": _seconds(stake.task.due_at),
        "cents": stake.task.stake_cents,
        "complete": status == StakeStatus.COMPLETE,
        "status": str(status),
    }
    if stake.charge_status is not None:
        shown["chargeStatus"] = stake.charge_status
    if stake.is_contested:
        shown["contested"] = True
    return shown


def profile_out(profile: MoneyProfile) -> Body:
    """Show the caller's profile. The Beeminder token is never among it."""
    user, goal = profile.beeminder_user or "", profile.beeminder_goal_new_tasks or ""
    return {
        "id": str(profile.user.pk),
        **({"name": profile.user.name} if profile.user.name else {}),
        "email": profile.shown_email,
        "timezone": profile.user.time_zone,
        "integrations": {"beeminder": {"user": user, "goal_new_tasks": goal}} if user or goal else {},
        "has_stripe_customer": profile.has_customer,
        "has_calendar_token": profile.has_calendar_token,
        "monthly_stake_limit_cents": profile.monthly_stake_limit_cents,
        "monthly_charge_limit_cents": profile.monthly_charge_limit_cents,
    }


def charge_out(made: ChargeMade) -> Body:
    """Show a charge that succeeded, or the one that a dry run imagined."""
    return {
        "id": str(made.id),
        "cents": made.cents,
        "note": made.note,
        "status": "succeeded",
        "created": _seconds(made.created_at),
    }


def recurring_out(recurring: Any) -> Body:
    """Show a recurring stake."""
    return {
        "id": str(recurring.pk),
        "task": recurring.title,
        "last_due": _seconds(recurring.last_due_at),
        "cents": recurring.stake_cents,
        "recurrence": {"days": recurring.days},
    }


def stats_out(stats: StakeStats) -> Body:
    """Show what everybody may know."""
    return {
        "totalTasks": stats.tasks,
        "activeStakes": stats.active_stakes,
        "percentageCompletion": stats.completed_percent,
    }


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


# --- for the OpenAPI document -------------------------------------------------------------------------------
def _object(optional: tuple[str, ...] = (), **properties: Body) -> Body:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _array(items: Body) -> Body:
    return {"type": "array", "items": items, "maxItems": 20}


def _or_null(schema: Body) -> Body:
    return {**schema, "nullable": True}


_ID: Final = {"type": "string", "format": "uuid"}
_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "integer"}
_YES_OR_NO: Final = {"type": "boolean"}
TASK: Final = _object(
    ("chargeStatus", "contested"),
    id=_ID,
    task=_TEXT,
    due=_NUMBER,
    cents={**_NUMBER, "minimum": MIN_STAKE_CENTS},
    complete=_YES_OR_NO,
    status={**_TEXT, "enum": [str(status) for status in StakeStatus]},
    chargeStatus={**_TEXT, "enum": ["notified", "authorized", "captured"]},
    contested={**_YES_OR_NO, "enum": [True]},
)
TASKS: Final = _array(TASK)
PROFILE: Final = _object(
    ("name",),
    id=_TEXT,
    name=_TEXT,
    email=_TEXT,
    timezone=_TEXT,
    integrations=_object(("beeminder",), beeminder=_object(user=_TEXT, goal_new_tasks=_TEXT)),
    has_stripe_customer=_YES_OR_NO,
    has_calendar_token=_YES_OR_NO,
    monthly_stake_limit_cents=_or_null(_NUMBER),
    monthly_charge_limit_cents=_or_null(_NUMBER),
)
CHARGE: Final = _object(
    id=_ID, cents=_NUMBER, note=_or_null(_TEXT), status={**_TEXT, "enum": ["succeeded"]}, created=_NUMBER
)
RECURRING: Final = _array(
    _object(id=_ID, task=_TEXT, last_due=_NUMBER, cents=_NUMBER, recurrence=_object(days=_NUMBER))
)
CHECKOUT: Final = _object(id=_TEXT)
HEALTH: Final = _object(stripe={**_TEXT, "enum": ["ok", "unreachable"]})
STATS: Final = _object(totalTasks=_NUMBER, activeStakes=_NUMBER, percentageCompletion=_NUMBER)
