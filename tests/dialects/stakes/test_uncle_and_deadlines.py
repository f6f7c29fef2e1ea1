"""Giving up, and missing a deadline: cases 21 to 27 of stakes.md."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import Charge
from charges.operations.contest import contest_charge
from charges.operations.decisions import Decision, decide
from tests.dialects.stakes.conftest import (
    DAY,
    DUE_AT,
    NOT_FOUND,
    Api,
    body_of,
    everything,
    mails,
    sweep,
)
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db

HELD = [("authorised", 100)]
TAKEN = [*HELD, ("captured", 100)]


def test_case_21_uncle_begins_the_charge(api: Api) -> None:
    task = api.make()

    response = api.post(f"/me/tasks/{task['id']}/uncle")

    assert body_of(response) == "ok"
    assert api.shown(task) == {**task, "status": "expired", "chargeStatus": "notified"}
    assert mails() == ["charge.missed"]


def test_case_22_a_second_uncle_is_409(api: Api) -> None:
    task = api.make()
    api.post(f"/me/tasks/{task['id']}/uncle")
    before = everything()

    again = api.post(f"/me/tasks/{task['id']}/uncle")

    assert body_of(again, 409) == {"error": "A charge for this task has already begun."}
    assert everything() == before


def test_case_22_uncle_after_the_deadline_is_409(api: Api) -> None:
    task = api.make()
    sweep(DUE_AT)
    before = everything()

    assert body_of(api.post(f"/me/tasks/{task['id']}/uncle"), 409)
    assert everything() == before


def test_case_22_uncle_on_what_is_done_is_409(api: Api) -> None:
    task = api.make()
    api.put(f"/me/tasks/{task['id']}", {"complete": True})
    before = everything()

    again = api.post(f"/me/tasks/{task['id']}/uncle")

    assert body_of(again, 409) == {"error": "This task is complete."}
    assert everything() == before


def test_case_23_uncle_by_put(api: Api) -> None:
    task = api.make()
    given_up = {**task, "status": "expired", "chargeStatus": "notified"}

    assert body_of(api.put(f"/me/tasks/{task['id']}", {"uncle": True})) == api.shown(task) == given_up
    before = everything()
    assert body_of(api.put(f"/me/tasks/{task['id']}", {"uncle": True}), 409)
    assert everything() == before
    assert mails() == ["charge.missed"]


def test_case_23_uncle_false_is_no_uncle(api: Api) -> None:
    task = api.make()

    assert body_of(api.put(f"/me/tasks/{task['id']}", {"uncle": False})) == task


def test_uncle_is_its_owners(api: Api, teammate_api: Api, outsider_api: Api) -> None:
    task = api.make()
    before = everything()

    for other in (teammate_api, outsider_api):
        assert body_of(other.post(f"/me/tasks/{task['id']}/uncle"), 404) == NOT_FOUND
    assert everything() == before


def test_case_24_a_deadline_passes_once(api: Api) -> None:
    task = api.make()

    sweep(DUE_AT - timedelta(seconds=1))
    assert api.shown(task) == task
    sweep(DUE_AT)
    assert api.shown(task) == {**task, "status": "expired", "chargeStatus": "notified"}
    sweep(DUE_AT)

    assert mails() == ["charge.missed"]


@pytest.mark.usefixtures("card")
def test_case_25_authorised_after_one_day_and_captured_after_two(api: Api, processor: FakeStripe) -> None:
    task = api.make()

    def word(at_day: int) -> tuple[str, list[tuple[str, int]]]:
        sweep(DUE_AT + at_day * DAY)
        sweep(DUE_AT + at_day * DAY)
        return api.shown(task)["chargeStatus"], processor.movements()

    assert word(0) == ("notified", [])
    assert word(1) == ("authorized", HELD)
    assert word(2) == ("captured", TAKEN)
    assert word(9) == ("captured", TAKEN)


@pytest.mark.usefixtures("card")
def test_case_26_a_contested_charge_stands_still(
    api: Api, owner: User, processor: FakeStripe, principal_of: Callable[..., Principal]
) -> None:
    task = api.make()
    sweep(DUE_AT)
    charge = Charge.objects.get()
    contest_charge(principal=principal_of(owner), charge_id=charge.pk, reason="I was ill", at=DUE_AT)

    for day in (1, 2, 5):
        sweep(DUE_AT + day * DAY)
    shown = api.shown(task)

    assert shown == {**task, "status": "expired", "chargeStatus": "notified", "contested": True}
    assert processor.movements() == []

    staff = principal_of(owner, is_staff=True)
    later = DUE_AT + 6 * DAY
    decide(principal=staff, charge_id=charge.pk, decision=Decision.UPHOLD, command_id=uuid4(), at=later)
    sweep(later)

    # Both delays have passed meanwhile.
    assert api.shown(task) == {**task, "status": "expired", "chargeStatus": "captured"}
    assert processor.movements() == TAKEN


def test_case_27_what_is_done_in_time_is_never_told(api: Api) -> None:
    task = api.make()
    api.put(f"/me/tasks/{task['id']}", {"complete": True})

    for day in (0, 1, 2):
        sweep(DUE_AT + day * DAY)

    assert api.shown(task) == {**task, "complete": True, "status": "complete"}
    assert mails() == []


def test_case_27_what_was_reopened_is_missed(api: Api) -> None:
    task = api.make()
    api.put(f"/me/tasks/{task['id']}", {"complete": True})
    api.put(f"/me/tasks/{task['id']}", {"complete": False})

    sweep(DUE_AT)

    assert api.shown(task) == {**task, "status": "expired", "chargeStatus": "notified"}
    assert mails() == ["charge.missed"]
