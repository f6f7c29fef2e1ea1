"""Caps, cards and the profile: what an account agrees to pay with, and up to."""

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Beeminder, User
from accounts.operations.integrations import BadBeeminder, token_purpose
from accounts.rules.emails import BadEmail
from accounts.rules.principal import NotForKeys, Principal
from charges.models import CardCustomer, Wallet, WalletChange
from charges.operations.cards import (
    NoSuchCheckout,
    ProcessorAway,
    adopt_finished_checkouts,
    attach_checkout,
    give_card,
    is_processor_reachable,
    remove_card,
    start_checkout,
)
from charges.operations.limits import set_limits
from charges.operations.profile import ProfileChanges, change_profile
from charges.queries.cards import card_on_file
from charges.queries.wallets import money_profile, stake_stats
from charges.rules.checkout import checkout_url_problems
from tasktracker.core.errors import Invalid
from tasktracker.core.sealing import unseal
from tests.conftest import NOW
from tests.domain.charges.conftest import mail_text, mails
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db
URLS = {"success_url": "https://app.example.com/ok", "cancel_url": "https://app.example.com/no"}


# --- caps ------------------------------------------------------------------------------------------------
def test_a_changed_cap_is_written_down_and_mailed(caller: Principal, owner: User) -> None:
    set_limits(principal=caller, monthly_stake_limit_cents=50_000, monthly_charge_limit_cents=None, at=NOW)

    wallet = Wallet.objects.get(pk=owner.pk)
    assert (wallet.monthly_stake_limit_cents, wallet.monthly_charge_limit_cents) == (50_000, None)
    changes = WalletChange.objects.order_by("limit").values_list(
        "limit", "before_cents", "after_cents", "actor"
    )
    assert list(changes) == [
        ("monthly_charge_limit_cents", 10_000, None, "session"),
        ("monthly_stake_limit_cents", None, 50_000, "session"),
    ]
    text = mail_text("limit.changed")
    assert "monthly stake limit: from no limit to $500.00" in text
    assert "monthly charge limit: from $100.00 to no limit" in text


def test_the_same_cap_is_no_change(caller: Principal) -> None:
    set_limits(principal=caller, monthly_stake_limit_cents=None, monthly_charge_limit_cents=10_000, at=NOW)
    set_limits(principal=caller, at=NOW)

    assert (WalletChange.objects.count(), mails()) == (0, [])


@pytest.mark.parametrize("cents", [-1, 2**53])
def test_a_cap_out_of_range_changes_nothing(caller: Principal, cents: int) -> None:
    with pytest.raises(Invalid) as refusal:
        set_limits(principal=caller, monthly_stake_limit_cents=5, monthly_charge_limit_cents=cents, at=NOW)

    assert [problem.field for problem in refusal.value.problems] == ["monthly_charge_limit_cents"]
    assert Wallet.objects.count() == 0


# --- the card --------------------------------------------------------------------------------------------
def test_a_checkout_brings_a_card(caller: Principal, owner: User, processor: FakeStripe) -> None:
    assert not money_profile(caller).has_customer
    started = start_checkout(principal=caller, **URLS, at=NOW)
    assert started.url.startswith(processor.url)

    attach_checkout(principal=caller, session_id=started.session_id, at=NOW)
    profile = money_profile(caller)
    assert (profile.has_customer, profile.card) == (True, None)  # told of, and not finished yet
    finish(processor, started.session_id)
    assert adopt_finished_checkouts(NOW) == 1

    card = money_profile(caller).card
    assert card is not None
    assert (card.brand, card.last4) == ("visa", "4242")
    assert CardCustomer.objects.get(pk=owner.pk).checkout_session_id == ""
    assert adopt_finished_checkouts(NOW) == 0


def finish(processor: FakeStripe, session_id: str) -> None:
    data = urllib.parse.urlencode({"card": "pm_card_visa", "payment_method": "pm_card_visa"}).encode()
    request = urllib.request.Request(f"{processor.url}/c/pay/{session_id}", data=data, method="POST")

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any, **values: Any) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(Stay).open(request, timeout=10)
    assert answer.value.code in {302, 303}


def test_a_finished_checkout_is_taken_over_at_once(caller: Principal, processor: FakeStripe) -> None:
    started = start_checkout(principal=caller, **URLS, at=NOW)
    finish(processor, started.session_id)

    attach_checkout(principal=caller, session_id=started.session_id, at=NOW)

    assert money_profile(caller).card is not None


def test_nobody_takes_over_anothers_checkout(
    caller: Principal, outsider: User, principal_of: Callable[..., Principal], processor: FakeStripe
) -> None:
    theirs = start_checkout(principal=principal_of(outsider), **URLS, at=NOW)
    finish(processor, theirs.session_id)
    start_checkout(principal=caller, **URLS, at=NOW)

    for session_id in (theirs.session_id, "cs_test_unknown", "", "../customers", "cs\x00"):
        with pytest.raises(NoSuchCheckout):
            attach_checkout(principal=caller, session_id=session_id, at=NOW)

    assert money_profile(caller).card is None


def test_one_account_has_one_customer(caller: Principal, owner: User, processor: FakeStripe) -> None:
    start_checkout(principal=caller, **URLS, at=NOW)
    start_checkout(principal=caller, **URLS, at=NOW)
    give_card(user_id=owner.pk, payment_method_id="pm_card_visa", at=NOW)

    assert len(processor.client().customers.list().data) == 1


def test_a_card_that_the_bank_refuses_is_not_kept(owner: User, processor: FakeStripe) -> None:
    assert not give_card(user_id=owner.pk, payment_method_id="pm_card_visa_chargeDeclined", at=NOW)

    assert card_on_file(owner.pk) is None


@pytest.mark.usefixtures("card")
def test_a_card_can_be_removed(caller: Principal, owner: User) -> None:
    remove_card(principal=caller, at=NOW)

    assert (card_on_file(owner.pk), money_profile(caller).card) == (None, None)
    assert money_profile(caller).has_customer


def test_without_a_processor_it_says_so(caller: Principal, owner: User, settings: Settings) -> None:
    settings.STRIPE_API_KEY = ""

    assert not is_processor_reachable()
    with pytest.raises(ProcessorAway):
        start_checkout(principal=caller, **URLS, at=NOW)
    with pytest.raises(ProcessorAway):
        give_card(user_id=owner.pk, payment_method_id="pm_card_visa", at=NOW)


@pytest.mark.usefixtures("processor")
def test_the_processor_answers() -> None:
    assert is_processor_reachable(seconds=2)


@pytest.mark.parametrize(
    ("url", "allow_http", "is_fine"),
    [
        ("https://a.example", False, True),
        ("https://a.example:8443/x?y={CHECKOUT_SESSION_ID}", False, True),
        ("http://a.example/x", False, False),
        ("http://a.example/x", True, False),
        ("http://127.0.0.1:3000/x", False, False),
        ("http://127.0.0.1:3000/x", True, True),
        ("http://localhost/x", True, True),
        ("javascript:alert(1)", True, False),
        ("https://user:pw@a.example/", True, False),
        ("https://", True, False),
        ("https://[::1", True, False),
        ("https://a.example/ x", True, False),
        ("https://ä.example/", True, False),
        ("https://a.example/" + "x" * 2000, True, False),
        ("", True, False),
    ],
)
def test_where_a_checkout_may_lead(url: str, allow_http: bool, is_fine: bool) -> None:
    assert (not list(checkout_url_problems("success_url", url, allow_http=allow_http))) is is_fine


# --- the profile -----------------------------------------------------------------------------------------
def change(principal: Principal, **changes: Any) -> Any:
    return change_profile(principal=principal, changes=ProfileChanges(**changes), at=NOW)


def test_a_fresh_profile(caller: Principal, owner: User) -> None:
    profile = money_profile(caller)

    assert profile.user == owner
    assert (profile.monthly_stake_limit_cents, profile.monthly_charge_limit_cents) == (None, 10_000)
    assert (profile.has_customer, profile.card, profile.has_calendar_token) == (False, None, False)
    assert (profile.beeminder_user, profile.beeminder_goal_new_tasks) == (None, None)


def test_parts_of_a_profile_change_alone(owner: User, principal_of: Callable[..., Principal]) -> None:
    key = principal_of(owner, kind="stakes_key")

    change(key, name="Jane Doe", time_zone="Europe/Berlin", is_unsubscribed=True)
    change(key, beeminder_user="jane", beeminder_token="b-secret")
    profile = change(key, beeminder_goal_new_tasks="tr_tasks", monthly_stake_limit_cents=50_000)

    assert (profile.user.name, profile.user.time_zone, profile.user.is_unsubscribed) == (
        "Jane Doe",
        "Europe/Berlin",
        True,
    )
    assert (profile.beeminder_user, profile.beeminder_goal_new_tasks) == ("jane", "tr_tasks")
    assert profile.monthly_stake_limit_cents == 50_000
    row = Beeminder.objects.get()
    assert "b-secret" not in row.token_sealed
    assert unseal(row.token_sealed, purpose=token_purpose(owner.pk)) == b"b-secret"
    assert WalletChange.objects.get().actor == "stakes_key"


def test_null_clears(caller: Principal) -> None:
    change(caller, name="Jane", time_zone="Asia/Tokyo", beeminder_user="jane", beeminder_goal_new_tasks="g")

    profile = change(caller, name=None, time_zone=None, beeminder_user=None, beeminder_goal_new_tasks="")

    assert (profile.user.name, profile.user.time_zone) == ("", "UTC")
    assert (profile.beeminder_user, profile.beeminder_goal_new_tasks) == (None, None)


def test_a_new_address_is_shown_and_not_used(caller: Principal, owner: User) -> None:
    profile = change(caller, email="New@Example.com")

    assert (profile.shown_email, profile.user.email) == ("new@example.com", "owner@example.com")
    assert mails() == ["account.email_change_asked", "account.confirm_change"]
    assert "/accounts/confirm-email/change/" in mail_text("account.confirm_change")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"email": "nobody"}, BadEmail),
        ({"beeminder_goal_new_tasks": "bad name!"}, BadBeeminder),
        ({"monthly_charge_limit_cents": -1}, Invalid),
        ({"checkout_session_id": "cs_test_nope"}, NoSuchCheckout),
        ({"time_zone": "Mars/Base"}, Invalid),
    ],
)
@pytest.mark.usefixtures("processor")
def test_one_wrong_part_changes_nothing(
    caller: Principal, owner: User, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    right = {
        "name": "Jane",
        "is_unsubscribed": True,
        "beeminder_user": "jane",
        "monthly_stake_limit_cents": 5,
    }

    with pytest.raises(refusal):
        change(caller, **{**right, **wrong})

    user = User.objects.get(pk=owner.pk)
    assert (user.name, user.is_unsubscribed, user.pending_email) == ("Owner", False, "")
    assert not Beeminder.objects.exists()
    assert not WalletChange.objects.exists()
    assert mails() == []


def test_keys_of_other_dialects_change_no_profile(
    owner: User, principal_of: Callable[..., Principal]
) -> None:
    with pytest.raises(NotForKeys):
        change(principal_of(owner, kind="triggers_token"), name="x")


def test_the_public_numbers(make_stake: Callable[..., Any], caller: Principal) -> None:
    from charges.operations.missed import expire_missed
    from charges.operations.staking import change_stake
    from tests.domain.charges.conftest import DAY, DUE

    assert stake_stats(NOW) == stake_stats(NOW).__class__(0, 0, 0)
    make_stake(due_at=DUE)
    done = [make_stake(due_at=DUE + DAY) for _ in range(2)]
    make_stake(due_at=DUE + DAY)
    for stake in done:
        change_stake(principal=caller, task_id=stake.task.pk, is_complete=True, at=NOW)
    expire_missed(DUE)

    found = stake_stats(DUE)
    assert (found.tasks, found.active_stakes, found.completed_percent) == (4, 1, 67)
