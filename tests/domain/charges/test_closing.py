"""Closing an account: nothing works any more, nobody is charged, and nothing personal stays (P32)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from pytest_django import Settings

from accounts.models import Credential, Membership, Organization, Project, PushToken, Session, User
from accounts.operations.credentials import issue_triggers_token
from accounts.operations.derived_keys import (
    account_of_calendar_token,
    check_stakes_key,
    reset_calendar_token,
    stakes_key,
)
from accounts.operations.integrations import connect_beeminder
from accounts.operations.push_tokens import register_push_token
from accounts.rules.principal import NotForKeys, Principal
from charges.models import Charge, Closing, RecurringStake
from charges.operations.charge import charge_now
from charges.operations.closing import close_account, finish_closings
from charges.operations.contest import contest_charge
from charges.operations.missed import cry_uncle
from charges.operations.records import AccountClosed
from charges.queries.stakes import Stake
from tasks.models import Artifact, LogChunk, Run, Task, Webhook
from tasks.operations.briefs import NewBrief, create_briefed_task
from tasks.operations.editing import create_task
from tasks.operations.webhooks import register_webhook
from tasktracker.core import failpoints
from tasktracker.core.errors import BadCredential, NotFound
from tests.conftest import NOW
from tests.domain.charges.conftest import DAY, DUE, charge_of, ledger, sweep
from tests.plugins.fake_stripe import FakeStripe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("card")]
MARK = "Zanzibar"  # in every text that the owner chose


@pytest.fixture
def life(owner: User, caller: Principal, make_stake: Callable[..., Stake], settings: Settings) -> Stake:
    """An account with something personal everywhere; its one hold is open."""
    settings.TASKTRACKER_BEEMINDER_URL = "https://10.0.0.1/api/v1"  # may not be called, nor looked up
    User.objects.filter(pk=owner.pk).update(name=f"Ann {MARK}", email=f"ann@{MARK.lower()}.example")
    stakes_key(principal=caller)
    issue_triggers_token(principal=caller, name=f"{MARK} script", scope="user", at=NOW)
    register_webhook(
        principal=caller, url=f"https://hooks.example.com/{MARK}", events=["task.skipped"], at=NOW
    )
    connect_beeminder(principal=caller, username=MARK, token=f"token-{MARK}", goal_new_tasks=MARK)
    charge_now(principal=caller, cents=700, note=f"{MARK} gym", request_id=f"{MARK}-1", at=NOW)
    make_stake(title=f"Fly to {MARK}", due_at=DUE + 9 * DAY, recurrence_days=7)
    held = make_stake(title=f"Pack for {MARK}", description=f"{MARK} map")
    brief_an_agent(caller)
    for days in (0, 1):
        sweep(DUE + days * DAY)
    contest_charge(principal=caller, charge_id=charge_of(held).pk, reason=f"was in {MARK}", at=DUE + DAY)
    return held


def brief_an_agent(caller: Principal) -> None:
    """Let an agent work for the account: what it was told, what it said, a file, a device that hears."""
    told = NewBrief(repository=f"a/{MARK}", ci_prompt=MARK, json_schema={"title": MARK})
    task = Task.objects.get(pk=create_briefed_task(principal=caller, wanted=told, at=NOW))
    values = {"task": task, "project_id": task.project_id, "created_at": NOW, "updated_at": NOW}
    said = {"stage": MARK, "branch": MARK, "error_message": MARK, "output": f'"{MARK}"', "runner_name": MARK}
    run = Run.objects.create(**values, **said, state=f'{{"x": "{MARK}"}}')
    LogChunk.objects.create(run=run, first=0, count=1, text=f'"{MARK}"', created_at=NOW)
    name = f"{MARK}.txt"
    Artifact.objects.create(task=task, name=name, type="output", size=1, storage_path="x", created_at=NOW)
    register_push_token(principal=caller, token=MARK, platform="ios", at=NOW)


def dump() -> str:
    """Everything that any table of ours holds."""
    labels = ("accounts", "tasks", "charges", "outbox", "account", "mfa")
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    return "".join(serializers.serialize("json", model._base_manager.all()) for model in models)


def test_nothing_works_from_now_on(caller: Principal, owner: User) -> None:
    key, token = stakes_key(principal=caller), reset_calendar_token(principal=caller)
    Session.objects.create(digest="d" * 64, session_data="", expire_date=DUE, user=owner)

    close_account(principal=caller, at=NOW)

    with pytest.raises(BadCredential):
        check_stakes_key(key)
    with pytest.raises(NotFound):
        account_of_calendar_token(token)
    assert not Session.objects.filter(user=owner).exists()
    assert not User.objects.get(pk=owner.pk).is_active


def test_no_charge_goes_on_and_nothing_personal_stays(
    life: Stake, caller: Principal, owner: User, processor: FakeStripe
) -> None:
    assert MARK.lower() in dump().lower()

    close_account(principal=caller, at=DUE + DAY)
    sweep(DUE + DAY)
    sweep(DUE + 60 * DAY)

    assert charge_of(life).status == "cancelled"
    assert processor.movements() == [
        ("authorised", 700),
        ("captured", 700),
        ("authorised", 500),
        ("released", 500),
    ]
    assert processor.client().customers.list().data == []
    assert MARK.lower() not in dump().lower()
    assert ledger(owner) == [("2026-03", 1000, 700)]
    assert Charge.objects.filter(user=owner).count() == 2
    assert (Credential.objects.count(), Webhook.objects.count(), PushToken.objects.count()) == (0, 0, 0)
    assert not RecurringStake.objects.filter(stopped_at=None).exists()
    assert Closing.objects.get().erased_at == DUE + DAY
    assert User.objects.get(pk=owner.pk).email == f"{owner.pk}@closed.invalid"


@pytest.mark.parametrize(
    "point", ["closing.before_customer", "closing.after_customer", "closing.before_erased_commit"]
)
def test_killed_anywhere_it_is_taken_up_again(
    life: Stake, caller: Principal, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    close_account(principal=caller, at=DUE + DAY)
    monkeypatch.setitem(failpoints._armed, *failpoints._parse(f"{point}=raise@1"))

    with pytest.raises(failpoints.FailpointRaised):
        sweep(DUE + DAY)
    assert Closing.objects.get().erased_at is None
    sweep(DUE + DAY)

    assert MARK.lower() not in dump().lower()


def test_killed_before_it_was_written_nothing_has_happened(
    caller: Principal, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(failpoints._armed, *failpoints._parse("closing.before_commit=raise@1"))

    with pytest.raises(failpoints.FailpointRaised):
        close_account(principal=caller, at=NOW)

    assert (Closing.objects.count(), User.objects.get(pk=owner.pk).is_active) == (0, True)


def test_it_waits_for_the_processor(life: Stake, caller: Principal, processor: FakeStripe) -> None:
    processor.fail({"kind": "500_before", "path": "/v1/**"})
    close_account(principal=caller, at=DUE + DAY)
    sweep(DUE + DAY)
    assert (charge_of(life).status, Closing.objects.get().erased_at) == ("authorised", None)

    processor.fail()
    sweep(DUE + 2 * DAY)
    sweep(DUE + 2 * DAY)

    assert charge_of(life).status == "cancelled"
    assert Closing.objects.get().erased_at == DUE + 2 * DAY


def test_a_stake_of_a_closed_account_is_never_charged(
    make_stake: Callable[..., Stake], caller: Principal, processor: FakeStripe
) -> None:
    stake = make_stake()
    close_account(principal=caller, at=NOW)

    with pytest.raises(AccountClosed):
        cry_uncle(principal=caller, task_id=stake.task.pk, at=NOW)
    with pytest.raises(AccountClosed):
        charge_now(principal=caller, cents=500, at=NOW)
    for days in range(4):
        sweep(DUE + days * DAY)

    assert (Charge.objects.count(), processor.movements()) == (0, [])


def test_twice_is_once(caller: Principal) -> None:
    close_account(principal=caller, at=NOW)
    close_account(principal=caller, at=NOW + DAY)

    assert Closing.objects.get().asked_at == NOW
    assert (finish_closings(NOW), finish_closings(NOW)) == (1, 0)


def test_only_the_account_itself_closes_it(owner: User, principal_of: Callable[..., Principal]) -> None:
    for kind in ("triggers_token", "project_key", "device_token"):
        with pytest.raises(NotForKeys):
            close_account(principal=principal_of(owner, kind=kind), at=NOW)

    close_account(principal=principal_of(owner, kind="stakes_key"), at=NOW)
    assert Closing.objects.count() == 1


def test_what_others_work_on_is_inherited(
    owner: User, teammate: User, organization: Organization, project: Project, caller: Principal
) -> None:
    shared = create_task(principal=caller, title="Ours", project_id=project.pk, at=NOW)
    mine = create_task(principal=caller, title="Mine", at=NOW)

    close_account(principal=caller, at=NOW)
    sweep(NOW)

    shared.refresh_from_db()
    mine.refresh_from_db()
    assert (shared.owner_id, shared.title, shared.deleted_at) == (teammate.pk, "Ours", None)
    assert (mine.owner_id, mine.title, mine.deleted_at) == (owner.pk, "", NOW)
    assert list(Membership.objects.filter(organization=organization).values_list("user_id", "role")) == [
        (teammate.pk, "owner")
    ]
    organization.refresh_from_db()
    assert (organization.name, organization.slug) == ("Acme", "acme")
    assert Task.objects.filter(title="Ours").count() == 1


def test_deliveries_lose_their_text(caller: Principal, owner: User, life: Stake) -> None:
    from tasktracker.outbox.models import Delivery

    close_account(principal=caller, at=DUE + DAY)
    sweep(DUE + DAY)

    rows: list[Any] = list(Delivery.objects.filter(account_id=owner.pk).values("payload", "state"))
    assert {row["payload"] for row in rows} == {""}
    assert json.dumps(rows).count("pending") == 0
