"""What `manage.py provision`, `task` and `webhook` do, and what `make run` seeds on its first start.

Each dialect adds its credential to CREDENTIALS when it lands; the names of the keys never change.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from accounts.models import Project, User
from accounts.operations import credentials, derived_keys, devices
from accounts.operations.personal_keys import issue_personal_key
from accounts.operations.project_keys import issue_project_key
from accounts.operations.provisioning import (
    find_or_make_project,
    find_or_open_account,
    join_or_make_organization,
    owner_of,
    project_by_slugs,
)
from accounts.queries.accounts import account_by_email, account_of
from accounts.queries.projects import inbox_of
from accounts.rules.personal_keys import EVERYTHING
from accounts.rules.principal import Principal
from accounts.rules.project_keys import encoded
from charges.operations import cards
from tasks.operations.editing import create_task
from tasks.operations.webhooks import register_project_webhook, register_webhook
from tasks.rules.schedule import LAST, Frequency, Plan, validate
from tasks.rules.vocabulary import Event
from tasktracker.core.errors import Invalid, NotFound, Problem
from tasktracker.http.tokens import sign

DEFAULT_PROJECT = "web"


def _triggers_jwt(principal: Principal, _project: Project, _scopes: Sequence[str], at: datetime) -> str:
    issued = credentials.issue_triggers_token(principal=principal, name="provisioned", scope="user", at=at)
    return sign(issued.claims)


def _project_key(principal: Principal, project: Project, _scopes: Sequence[str], at: datetime) -> str:
    return issue_project_key(principal=principal, project_id=project.pk, name="provisioned", at=at).secret


def _personal_key(principal: Principal, _project: Project, scopes: Sequence[str], at: datetime) -> str:
    chosen = scopes or (EVERYTHING,)
    return issue_personal_key(principal=principal, name="provisioned", scopes=chosen, at=at).secret


def _stakes_key(principal: Principal, _project: Project, _scopes: Sequence[str], _at: datetime) -> str:
    return derived_keys.stakes_key(principal=principal)


def _calendar_token(principal: Principal, _project: Project, _scopes: Sequence[str], _at: datetime) -> str:
    """Read the token that is there: a fresh one would end the feed's address."""
    try:
        return derived_keys.calendar_token(principal=principal)
    except derived_keys.NoCalendarToken:
        return derived_keys.reset_calendar_token(principal=principal)


def _device_token(principal: Principal, _project: Project, _scopes: Sequence[str], at: datetime) -> str:
    return devices.issue_device_token(user=account_of(principal), name="provisioned", at=at).token


# key of the JSON object -> how one is issued
CREDENTIALS: dict[str, Callable[[Principal, Project, Sequence[str], datetime], str]] = {
    "triggers_jwt": _triggers_jwt,
    "stakes_key": _stakes_key,
    "project_key": _project_key,
    "personal_key": _personal_key,
    "calendar_token": _calendar_token,
    "device_token": _device_token,
}
# what --card puts on file -> the processor's name of a test card
CARDS = {"visa": "pm_card_visa", "declined": "pm_card_chargeCustomerFail", "expires": "pm_card_expires"}
NO_CARD = "none"


def provision(
    *,
    email: str,
    password: str,
    org: str | None,
    project: str | None,
    scopes: Sequence[str],
    card: str | None = None,
    at: datetime,
) -> dict[str, Any]:
    """Make or find a confirmed, enrolled account, its organization and project, and issue every credential.

    org, project: slugs; without `org` the project is the Inbox. scopes: of the personal key; none = all.
    card: one of CARDS to put on file, NO_CARD to take it off; None leaves it as it is.
    Repeating it revokes nothing and keeps the password (ruling "manage.py provision").
    Raises BadEmail, BadSlug, BadScopes, PersonalOrganization, Invalid, ProcessorAway.
    """
    if project and not org:
        raise Invalid(Problem("project", "invalid", "A project needs --org."))
    user = find_or_open_account(email=email, password=password, at=at)
    inbox = inbox_of(user.pk)
    place = inbox
    if org:
        organization = join_or_make_organization(user=user, slug=org, at=at)
        place = find_or_make_project(organization=organization, slug=project or DEFAULT_PROJECT, at=at)
    principal = credentials.principal_of_user(user, at)
    _put_on_file(card, principal, at)
    issued = {name: issue(principal, place, scopes, at) for name, issue in CREDENTIALS.items()}
    org_slug = place.organization.slug
    issued["project_key_encoded"] = encoded(org=org_slug, project=place.slug, secret=issued["project_key"])
    return {
        "user_id": user.pk,
        "email": user.email,
        "org": org_slug,
        "project": place.slug,
        "project_id": place.pk,
        "inbox_project_id": inbox.pk,
        **issued,
    }


def _put_on_file(card: str | None, principal: Principal, at: datetime) -> None:
    if card == NO_CARD:
        cards.remove_card(principal=principal, at=at)
    elif card is not None:
        cards.give_card(user_id=principal.user_id, payment_method_id=CARDS[card], at=at)


def make_task(
    *,
    email: str,
    title: str,
    description: str,
    schedule: Plan | None,
    notification_cooldown_seconds: int | None,
    at: datetime,
) -> UUID:
    """Make a task in an account's Inbox. Raises NotFound, Invalid."""
    task = create_task(
        principal=credentials.principal_of_user(_account(email), at),
        title=title,
        description=description,
        schedule=schedule,
        notification_cooldown_seconds=notification_cooldown_seconds,
        at=at,
    )
    return task.pk


def make_webhook(*, email: str, url: str, events: Sequence[str], at: datetime) -> dict[str, str]:
    """Register an account's webhook; no events means all. Raises NotFound, Invalid."""
    principal = credentials.principal_of_user(_account(email), at)
    webhook, secret = register_webhook(
        principal=principal, url=url, events=list(events) or [event.value for event in Event], at=at
    )
    return {"id": str(webhook.pk), "secret": secret}


def make_project_webhook(*, org: str, project: str, slug: str, url: str, at: datetime) -> dict[str, str]:
    """Register a project's webhook under a slug, in an owner's name. Raises NotFound, Invalid."""
    place = project_by_slugs(org=org, project=project)
    webhook, secret = register_project_webhook(
        principal=credentials.principal_of_user(owner_of(place.organization), at),
        project_id=place.pk,
        slug=slug,
        url=url,
        at=at,
    )
    return {"id": str(webhook.pk), "secret": secret}


def read_plan(text: str, at: datetime) -> Plan:
    """Read a schedule as the mobile API spells it (internal.md, "Shapes"). Raises Invalid."""
    try:
        plan = _plan_of(json.loads(text), at)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid(Problem("schedule", "invalid", "This is not a schedule.")) from None
    problems = validate(plan)
    if problems:
        raise Invalid(*problems)
    return plan


def _plan_of(given: dict[str, Any], at: datetime) -> Plan:
    end_date = given.pop("end_date", None)
    nth = given.pop("nth", None)
    return Plan(
        frequency=Frequency(given.pop("frequency")),
        interval=given.pop("interval", 1),
        time_of_day=time.fromisoformat(given.pop("time_of_day")),
        time_zone=given.pop("time_zone", "UTC"),
        anchor_date=at.date(),
        end_date=date.fromisoformat(end_date) if end_date else None,
        nth=LAST if nth == "last" else nth,
        **given,  # weekday, month_day, run_limit; anything else is a TypeError
    )


def _account(email: str) -> User:
    user = account_by_email(email)
    if user is None:
        raise NotFound(f"There is no account {email}.")
    return user
