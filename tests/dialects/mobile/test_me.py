"""The account: `/internal_api/me`."""

from typing import Any

import pytest

from accounts.models import User
from charges.models import CardCustomer, Wallet
from charges.operations.cards import give_card
from tests.conftest import NOW
from tests.dialects.mobile.conftest import Phone, body_of, everything, fields_of
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db


def me(user: User, **changes: Any) -> dict[str, Any]:
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.name,
        "time_zone": "UTC",
        "is_enrolled": True,
        "has_card": False,
        "monthly_stake_limit_cents": None,
        "monthly_charge_limit_cents": 10_000,
        "created_at": "2026-03-02T12:00:00Z",
        **changes,
    }


def test_everybody_sees_their_own(phone: Phone, outsiders: Phone, owner: User, outsider: User) -> None:
    assert body_of(phone.get("/me")) == me(owner)
    assert body_of(outsiders.get("/me")) == me(outsider)


def test_limits_and_the_card(phone: Phone, owner: User, processor: FakeStripe) -> None:

    assert give_card(user_id=owner.pk, payment_method_id="pm_card_visa", at=NOW)
    Wallet.objects.update_or_create(
        user=owner, defaults={"monthly_stake_limit_cents": 500, "monthly_charge_limit_cents": None}
    )

    shown = body_of(phone.get("/me"))

    assert CardCustomer.objects.exists()
    wanted = {"has_card": True, "monthly_stake_limit_cents": 500, "monthly_charge_limit_cents": None}
    assert shown == me(owner, **wanted)


def test_only_what_is_sent_is_changed(phone: Phone, owner: User) -> None:
    assert body_of(phone.patch("/me", {"time_zone": "Asia/Tokyo"})) == me(owner, time_zone="Asia/Tokyo")
    assert body_of(phone.patch("/me", {"name": " Ann "})) == me(owner, name="Ann", time_zone="Asia/Tokyo")
    assert body_of(phone.patch("/me", {})) == me(owner, name="Ann", time_zone="Asia/Tokyo")


def test_what_it_does_not_know_is_ignored(phone: Phone, owner: User) -> None:
    strange = {"email": "x@example.com", "is_enrolled": False, "monthly_stake_limit_cents": 1, "id": 1}

    assert body_of(phone.patch("/me", strange)) == me(owner)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": ""}, {"name": ["can't be blank"]}),
        ({"name": None}, {"name": ["can't be blank"]}),
        ({"time_zone": "Mars/Base"}, {"time_zone": ["is not a known time zone"]}),
        ({"time_zone": "localtime"}, {"time_zone": ["is not a known time zone"]}),
        ({"time_zone": ""}, {"time_zone": ["can't be blank"]}),
        (
            {"name": "x" * 201, "time_zone": "UTC"},
            {"name": ["Ensure this field has no more than 200 characters."]},
        ),
        ({"name": 5}, {"name": ["Not a valid string."]}),
    ],
)
def test_what_cannot_be(phone: Phone, changes: dict[str, Any], fields: dict[str, list[str]]) -> None:
    before = everything()

    assert fields_of(phone.patch("/me", changes)) == fields
    assert everything() == before
