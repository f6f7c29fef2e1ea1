"""Recurring stakes on the billing page: shown in words, stopped by their owner alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import RecurringStake
from charges.operations.staking import create_staked_task
from tasks.models import Task
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def recurring(owner: User, principal_of: Callable[..., Principal]) -> RecurringStake:
    """Twenty dollars on the rent, month after month."""
    create_staked_task(
        principal=principal_of(owner),
        title="Pay rent",
        due_at=NOW + timedelta(days=3),
        stake_cents=2000,
        recurrence_months=1,
        at=NOW,
    )
    return RecurringStake.objects.get()


def stop(recurring: RecurringStake) -> str:
    return f"/settings/billing/recurring/{recurring.pk}/stop/"


def test_one_is_shown_and_stopped(person: Client, recurring: RecurringStake) -> None:
    page = person.get("/settings/billing/").content.decode()
    assert "Pay rent" in page
    assert "$20.00 every month" in page

    after = person.post(stop(recurring), follow=True).content.decode()

    assert "It comes no more." in after
    assert "every month" not in after
    recurring.refresh_from_db()
    assert recurring.stopped_at is not None
    assert Task.objects.get().stake_cents == 2000, "what it made stays"
    assert person.post(stop(recurring)).status_code == 404


def test_nobody_else_stops_it(
    recurring: RecurringStake,
    person: Client,
    teammate: User,
    outsider: User,
    sign_in: Callable[[User], Client],
) -> None:
    for other in (teammate, outsider):
        assert sign_in(other).post(stop(recurring)).status_code == 404
        assert "Pay rent" not in sign_in(other).get("/settings/billing/").content.decode()
    assert Client().post(stop(recurring)).status_code == 302
    assert person.post(f"/settings/billing/recurring/{ABSENT}/stop/").status_code == 404
    recurring.refresh_from_db()
    assert recurring.stopped_at is None
