"""A database with something of everything in it, for staff to look at; and all secrets that it holds.

A new model needs rows here: whatever the app's own operations make of it, or a plain row.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from accounts.models import Export, Invitation, Picture, SignUpCode, User
from accounts.operations.credentials import issue_triggers_token
from accounts.operations.derived_keys import reset_calendar_token, stakes_key
from accounts.operations.guesses import count_attempt
from accounts.operations.integrations import connect_beeminder
from accounts.operations.personal_keys import issue_personal_key
from accounts.operations.project_keys import issue_project_key
from accounts.operations.push_tokens import register_push_token
from accounts.rules.principal import Principal
from charges.models import Charge, Closing, Cursor, Difference, ProcessorEvent, RecurringStake
from charges.operations import cards
from charges.operations.charge import charge_now
from charges.operations.limits import set_limits
from charges.operations.mails import contest_link
from charges.operations.missed import expire_missed
from charges.operations.staking import create_staked_task
from tasks.models import (
    Action,
    ActionMailCount,
    ActionMailOptOut,
    Agenda,
    Artifact,
    Brief,
    CheckIn,
    LogChunk,
    Monitor,
    Presence,
    Progress,
    ProjectAction,
    ProjectDisplay,
    PushCoolDown,
    Run,
    Section,
    StreamPlace,
    Tag,
    Task,
    TaskTag,
)
from tasks.operations.editing import create_task
from tasks.operations.lifecycle import trigger_task
from tasks.operations.webhooks import register_webhook, rotate_webhook_secret
from tasks.rules.schedule import Frequency, Plan
from tasktracker.core.admin import is_secret
from tasktracker.outbox.models import Attempt, Delivery, Heartbeat, Resending
from tasktracker.outbox.operations.mail import queue_mail
from tests.conftest import NOW, PASSWORD
from tests.plugins.fake_stripe import FakeStripe
from tests.plugins.staff import SECRET, add_factor, enter, make_staff

DUE = datetime(2100, 1, 4, 12, tzinfo=NOW.tzinfo)


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    """Whoever opens every page opens more than a person may."""
    settings.TASKTRACKER_LIMIT_SCALE = 100.0


@pytest.fixture
def root(make_user: Callable[..., User], client: Client) -> Client:
    """A superuser at the admin, past its door."""
    return enter(client, make_staff(make_user("root"), is_superuser=True))


class Filled:
    """What is in the database: accounts with all that one can have. clear: their secrets, as shown once."""

    def __init__(self, principal_of: Callable[..., Principal]) -> None:
        self.principal_of = principal_of
        self.clear: list[str] = [SECRET, PASSWORD]

    def add(self, user: User) -> None:
        """Give an account one of everything."""
        caller = self.principal_of(user)
        self._credentials(user, caller)
        task = self._tasks(user, caller)
        self._jobs(task)
        self._runs(user, caller, task)
        self._money(user, caller)
        self._deliveries(user)

    def _credentials(self, user: User, caller: Principal) -> None:
        issue_triggers_token(principal=caller, name="script", scope="user", at=NOW)
        project = user.personal_organization.projects.get()
        key = issue_project_key(principal=caller, project_id=project.pk, name="ci", at=NOW)
        connect_beeminder(
            principal=caller, username="bee", token="bee-token-1234567890", goal_new_tasks="tasks"
        )
        self.clear += [key.secret, key.encoded, "bee-token-1234567890", stakes_key(principal=caller)]
        self.clear.append(reset_calendar_token(principal=caller))
        add_factor(user)
        seed = get_adapter().encrypt("recovery-seed-0123456789")
        Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": seed, "used_mask": 0})
        person = Client()
        person.force_login(user)
        self.clear.append(person.cookies["sessionid"].value)
        Picture.objects.create(name=f"{user.pk}.png", user=user, created_at=NOW)
        count_attempt(door="sign_in", email=user.email, address="127.0.0.1", at=NOW)
        Export.objects.create(user=user, created_at=NOW, expires_at=NOW)
        invited = {"email": f"guest{user.pk}@example.com", "role": "member", "invited_by": user}
        link = {"digest": f"invitation-digest-{user.pk}", "created_at": NOW, "expires_at": NOW}
        Invitation.objects.create(organization=user.personal_organization, **invited, **link)
        code = {"email_digest": f"email-digest-{user.pk}", "code_digest": f"code-digest-{user.pk}"}
        SignUpCode.objects.create(**code, ends_at=NOW)

    def _tasks(self, user: User, caller: Principal) -> Task:
        plan = Plan(Frequency.DAILY, 1, NOW.time(), "UTC", anchor_date=NOW.date())
        webhook, first = register_webhook(
            principal=caller, url="http://127.0.0.1:9/in", events=["task.triggered"], at=NOW
        )
        second = rotate_webhook_secret(principal=caller, webhook_id=webhook.pk, at=NOW)
        self.clear += [first, second]
        task = create_task(principal=caller, title="Water the plants", schedule=plan, at=NOW)
        trigger_task(principal=caller, task_id=task.pk, at=NOW)
        section = Section.objects.create(project=task.project, name="s", order_key="a", created_at=NOW)
        Agenda.objects.create(task=task, owner=user, section=section)
        ProjectDisplay.objects.create(project=task.project, view_mode="list")
        tag = Tag.objects.create(owner=user, name="t", color="red", created_at=NOW)
        TaskTag.objects.create(task=task, tag=tag)
        return task

    def _jobs(self, task: Task) -> None:
        when: dict[str, Any] = {"created_at": NOW, "updated_at": NOW}
        place = {"organization": task.project.organization}
        sends = {"trigger": "1", "integration": "email"}
        Progress.objects.create(task=task)
        Action.objects.create(task=task, **sends, **when)
        ProjectAction.objects.create(name="a", **place, **sends, **when)
        rhythm = {"kind": "interval", "interval_seconds": 60, "integration": "email"}
        monitor = Monitor.objects.create(project=task.project, name="m", **rhythm, **when)
        CheckIn.objects.create(monitor=monitor, task=task, created_at=NOW)
        ActionMailCount.objects.create(day=NOW.date(), **place)
        ActionMailOptOut.objects.create(email="a@example.com", created_at=NOW, **place)

    def _runs(self, user: User, caller: Principal, task: Task) -> None:
        when: dict[str, Any] = {"created_at": NOW, "updated_at": NOW}
        run = Run.objects.create(task=task, project=task.project, creator=user, **when)
        LogChunk.objects.create(run=run, first=0, count=1, text="{}", created_at=NOW)
        file = {
            "name": "a.txt",
            "type": "output",
            "size": 1,
            "storage_path": f"{run.pk}/a",
            "digest": "f" * 64,
        }
        Artifact.objects.create(task=task, run=run, created_at=NOW, **file)
        Brief.objects.create(task=task, project=task.project, number=0)
        token = f"ExponentPushToken[{user.pk}abcdefghijkl]"
        device = register_push_token(principal=caller, token=token, platform="ios", at=NOW)
        seen = {"last_seen_at": NOW, "expires_at": NOW}
        Presence.objects.create(task=task, user=user, push_token=device, **seen)
        PushCoolDown.objects.create(run=run, kind="completed", told_at=NOW)
        StreamPlace.objects.create(user=user, place=0, holder=run.pk, held_until=NOW)
        key = issue_personal_key(
            principal=caller, name="laptop", scopes=["task:read"], project_ids=[task.project_id], at=NOW
        )
        self.clear += [token, key.secret]

    def _money(self, user: User, caller: Principal) -> None:
        assert cards.give_card(user_id=user.pk, payment_method_id="pm_card_visa", at=NOW)
        set_limits(principal=caller, monthly_stake_limit_cents=90_000, at=NOW)
        terms = {"due_at": DUE, "stake_cents": 500, "recurrence_days": 7}
        create_staked_task(principal=caller, title="Swim", at=NOW, **terms)
        charge_now(principal=caller, cents=700, request_id="r", at=NOW)
        expire_missed(DUE)
        charge = Charge.objects.get(user=user, kind="stake")
        self.clear.append(contest_link(charge).partition("?key=")[2])
        ProcessorEvent.objects.create(id=f"evt_{user.pk}", type="t", object_id="pi_1", received_at=NOW)
        Difference.objects.create(key=f"k{user.pk}", charge=charge, detail="d", found_at=NOW)
        Cursor.objects.create(name=f"books-{user.pk}", ran_at=NOW, reached_at=NOW)
        Closing.objects.create(user=user, asked_at=NOW)
        assert RecurringStake.objects.filter(user=user).exists()

    def _deliveries(self, user: User) -> None:
        link = f"https://example.com/reset/secret-link-{user.pk}"
        queue_mail(
            kind_event="account.password_reset",
            object_key=str(user.pk),
            to=[user.email],
            subject="Reset",
            text=link,
            account_id=user.pk,
        )
        self.clear.append(f"secret-link-{user.pk}")
        sent = Delivery.objects.filter(kind="webhook", account_id=user.pk).latest("pk")
        Attempt.objects.create(
            delivery=sent, number=1, started_at=NOW, duration_ms=3, reply_excerpt="<b>no</b>"
        )
        said = {"event": sent.event, "endpoint": sent.endpoint, "account_id": user.pk, "staff_id": user.pk}
        Resending.objects.create(id=uuid4(), delivery_id=sent.pk, at=NOW, **said)
        Heartbeat.objects.create(name=f"worker-{user.pk}", seen_at=NOW)

    def secrets(self) -> set[str]:
        """List all that no page may show: clear secrets, and every value of every secret column."""
        return {*self.clear, *(value for value in stored_secrets() if len(value) > 7)}


def stored_secrets() -> Iterator[str]:
    """Read every secret column of every table: what is sealed, digested or hashed."""
    for model in apps.get_models():
        rows: Any = model._default_manager.all()
        if model is Delivery:
            rows = rows.filter(is_sealed=True)
        for column in (each.name for each in model._meta.concrete_fields):
            if is_secret(column):
                yield from (str(value) for value in rows.values_list(column, flat=True) if value)
    for data in Authenticator.objects.values_list("data", flat=True):
        yield from (str(value) for value in data.values())


@pytest.fixture
def filled(
    owner: User,
    teammate: User,
    organization: object,
    principal_of: Callable[..., Principal],
    processor: FakeStripe,
    settings: Any,
) -> Filled:
    """Two accounts with all that an account can have, and what belongs to none."""
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    everything = Filled(principal_of)
    for user in (owner, teammate):
        everything.add(user)
        Group.objects.create(name=f"helpers {user.pk}")
        LogEntry.objects.create(
            user=user,
            content_type=ContentType.objects.get_for_model(User),
            object_id=str(user.pk),
            object_repr=user.email,
            action_flag=CHANGE,
            action_time=NOW + timedelta(seconds=user.pk),
        )
    return everything
