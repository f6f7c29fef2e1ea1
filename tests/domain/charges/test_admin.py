"""What staff see of money, and how the admin's commands behave."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.sites import site
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import Charge, ChargeEvent
from charges.operations.charge import charge_now
from charges.operations.contest import contest_charge
from charges.queries.stakes import Stake
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW
from tests.domain.charges.conftest import DUE, charge_of, sweep
from tests.plugins.staff import enter, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("card")]
SHOWN = [model for model in apps.get_app_config("charges").get_models() if model in site._registry]


@pytest.fixture
def staff(make_user: Callable[..., User]) -> User:
    """Staff who may look at money and decide about it."""
    return make_staff(make_user("staff"), "charges")


@pytest.fixture
def contested(stake: Stake, caller: Principal) -> Charge:
    charge_now(principal=caller, cents=700, request_id="r", at=NOW)
    sweep(DUE)
    return contest_charge(principal=caller, charge_id=charge_of(stake).pk, reason="It was done", at=DUE)


def page_of(charge: Charge, client: Client) -> str:
    answer = client.get(f"/admin/charges/charge/{charge.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def command_of(page: str) -> str:
    found = re.search(r'name="command_id" value="([0-9a-f-]{36})"', page)
    assert found
    return found[1]


def post(client: Client, charge: Charge, **said: str) -> Any:
    return client.post(f"/admin/charges/charge/{charge.pk}/command/", said)


@pytest.mark.parametrize("model", SHOWN)
def test_lists_and_pages_open(model: Any, contested: Charge, staff: User, client: Client) -> None:
    enter(client, staff)
    row = model.objects.first()
    address = f"/admin/charges/{model._meta.model_name}/"

    pages = [client.get(address), client.get(address, {"q": "owner"})]
    if row is not None:
        pages.append(client.get(f"{address}{row.pk}/change/"))

    assert {page.status_code for page in pages} == {200}
    assert client.get(f"{address}add/").status_code == 403
    if row is not None:
        assert client.post(f"{address}{row.pk}/change/", {"cents": "1"}).status_code == 403
        assert client.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_command_submitted_twice_acts_once(contested: Charge, staff: User, client: Client) -> None:
    enter(client, staff)
    page = page_of(contested, client)
    assert "It was done" in page
    said = {"decision": "uphold", "why": "no photo", "command_id": command_of(page)}

    answers = [post(client, contested, **said), post(client, contested, **said)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert not Charge.objects.get(pk=contested.pk).is_contested
    event = ChargeEvent.objects.get(event="uphold")
    assert (event.actor, event.detail) == (f"staff:{staff.pk}", "no photo")


def test_what_cannot_be_decided_is_said(contested: Charge, staff: User, client: Client) -> None:
    enter(client, staff)
    command_id = command_of(page_of(contested, client))

    post(client, contested, decision="refund", why="", command_id=command_id)

    assert "Only a charge that was captured can be refunded." in page_of(contested, client)
    assert post(client, contested, decision="nonsense", command_id=command_id).status_code == 400
    assert client.get(f"/admin/charges/charge/{contested.pk}/command/").status_code == 400


def test_mails_tasks_and_accounts_are_a_step_away(
    contested: Charge, staff: User, owner: User, client: Client
) -> None:
    make_staff(staff, "charges", "tasks", "accounts", "outbox")
    enter(client, staff)

    page = page_of(contested, client)

    sent = Delivery.objects.filter(event__in=["charge.missed", "charge.contested"])
    assert len(sent) == 2
    linked = [f"/admin/outbox/delivery/{mail.pk}/change/" for mail in sent]
    linked += [f"/admin/accounts/user/{owner.pk}/change/", f"/admin/tasks/task/{contested.task_id}/change/"]
    for address in linked:
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200


def test_decisions_are_found_by_who_took_them(contested: Charge, staff: User, client: Client) -> None:
    enter(client, staff)
    post(
        client,
        contested,
        decision="uphold",
        why="no photo",
        command_id=command_of(page_of(contested, client)),
    )

    found = client.get("/admin/charges/chargeevent/", {"q": f"staff:{staff.pk}"}).content.decode()

    assert "no photo" in found
    assert found.count("field-event") == 1


def test_who_may_only_look_gets_no_commands(contested: Charge, staff: User, client: Client) -> None:
    staff.user_permissions.set(Permission.objects.filter(codename="view_charge"))
    enter(client, staff)

    assert "command_id" not in page_of(contested, client)
    answer = post(client, contested, decision="forgive", command_id=str(contested.pk))

    assert answer.status_code == 403
    assert Charge.objects.get(pk=contested.pk).wish == ""


def test_nobody_else_reaches_it(contested: Charge, owner: User, client: Client) -> None:
    enter(client, owner)

    answer = post(client, contested, decision="forgive", command_id=str(contested.pk))

    assert answer.status_code == 302  # to the sign-in
    assert Charge.objects.get(pk=contested.pk).wish == ""
