"""`/api2/me` and the card: cases 1 to 8 of stakes.md."""

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Beeminder, User
from accounts.operations.integrations import token_purpose
from tasktracker.core.sealing import unseal
from tests.dialects.stakes.conftest import (
    FORBIDDEN,
    UNPROCESSABLE,
    Api,
    body_of,
    everything,
    mails,
)
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db

RETURN = {"success_url": "https://app.example/ok", "cancel_url": "https://app.example/no"}


def profile(user: User, **changes: Any) -> dict[str, Any]:
    """The whole body of a profile."""
    return {
        "id": str(user.pk),
        "name": "Owner",
        "email": "owner@example.com",
        "timezone": "UTC",
        "integrations": {},
        "has_stripe_customer": False,
        "has_calendar_token": False,
        "monthly_stake_limit_cents": None,
        "monthly_charge_limit_cents": 10000,
        **changes,
    }


def test_case_1_the_profile_is_whole(api: Api, owner: User) -> None:
    assert body_of(api.get("/me")) == profile(owner)


def test_case_1_a_name_that_was_never_given_is_absent(api: Api, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(name="")

    expected = profile(owner)
    del expected["name"]
    assert body_of(api.get("/me")) == expected


CALLS = [
    ("GET", "/me"),
    ("PUT", "/me"),
    ("DELETE", "/me"),
    ("GET", "/me/tasks"),
    ("POST", "/me/tasks"),
    ("GET", "/me/tasks/x"),
    ("PUT", "/me/tasks/x"),
    ("POST", "/me/tasks/x/uncle"),
    ("POST", "/me/charges"),
    ("GET", "/me/recurring"),
    ("DELETE", "/me/recurring/x"),
    ("GET", "/me/token"),
    ("POST", "/me/token"),
    ("GET", "/me/calendar-token"),
    ("POST", "/me/calendar-token"),
    ("POST", "/payments/checkout/session"),
]
BAD = [
    None,
    "",
    "ApiKey-v2",
    "ApiKey-v2 ",
    "ApiKey-v2 wrong",
    "ApiKey-v2 tr2_1_" + "0" * 40,
    "Bearer tr2_99999999999999999999_" + "0" * 40,
    "Basic {key}",
    "ApiKey {key}",
    "ApiKey-v1 {key}",
    "{key}",
    "ApiKey-v2 {key}x",
    "ApiKey-v2 {key} {key}",
    "ApiKey-v2 {key}, Bearer {key}",
]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("header", BAD[:5])
def test_case_2_without_a_good_key_everything_is_403(
    client: Client, api: Api, method: str, path: str, header: str | None
) -> None:
    before = everything()
    headers = {} if header is None else {"Authorization": header}

    response = client.generic(method, f"/api2{path}", b'{"name": "x"}', headers=headers)

    assert body_of(response, 403) == FORBIDDEN
    assert "WWW-Authenticate" not in response.headers
    assert everything() == before


@pytest.mark.parametrize("header", BAD)
def test_case_2_no_other_spelling_is_a_key(client: Client, api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.format(key=api.key)}

    assert body_of(client.get("/api2/me", headers=headers), 403) == FORBIDDEN


@pytest.mark.parametrize("scheme", ["ApiKey-v2", "apikey-V2", "Bearer", "bearer", "BEARER"])
def test_case_3_both_spellings_are_good(api: Api, owner: User, scheme: str) -> None:
    assert body_of(Api(api.client, api.key, scheme).get("/me")) == profile(owner)


def test_case_3_a_closed_accounts_key_is_403(api: Api, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert body_of(api.get("/me"), 403) == FORBIDDEN


def test_case_4_a_name_is_changed_and_nothing_else(api: Api, owner: User, outsider_api: Api) -> None:
    theirs = body_of(outsider_api.get("/me"))

    assert body_of(api.put("/me", {"name": "Jane Doe"})) == profile(owner, name="Jane Doe")
    assert body_of(api.get("/me")) == profile(owner, name="Jane Doe")
    assert body_of(outsider_api.get("/me")) == theirs


BAD_BODIES: list[object] = [
    {},
    [],
    b"",
    b"no json",
    b'{"name": "a", "name": "b"}',
    b'"name"',
    b"null",
    {"surprise": 1},
    {"name": 5},
    {"name": "x" * 201},
    {"email": "no address"},
    {"email": ""},
    {"timezone": "Nowhere/At_All"},
    {"email_global_unsubscribe": "yes"},
    {"email_global_unsubscribe": 1},
    {"monthly_stake_limit_cents": -1},
    {"monthly_stake_limit_cents": 1.5},
    {"monthly_stake_limit_cents": "x"},
    {"monthly_stake_limit_cents": "500"},
    {"monthly_stake_limit_cents": True},
    {"monthly_stake_limit_cents": 2**53},
    {"monthly_charge_limit_cents": -1},
    {"beeminder_goal_new_tasks": "bad name!"},
    {"beeminder_user": "a/b"},
    {"checkout_session_id": "../customers"},
    {"name": "Jane", "beeminder_goal_new_tasks": "bad name!"},
    {"monthly_stake_limit_cents": 5, "timezone": "Nowhere/At_All"},
    {"beeminder_token": "t", "email": "no address"},
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=repr)
def test_cases_5_and_6_what_is_wrong_changes_nothing(api: Api, body: object) -> None:
    before = everything()

    assert body_of(api.put("/me", body), 422) == UNPROCESSABLE
    assert everything() == before


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_case_5_what_is_not_sent_as_json_is_not_read(api: Api, content_type: str) -> None:
    response = api.client.generic(
        "PUT",
        "/api2/me",
        b'{"name": "Jane"}',
        content_type=content_type,
        headers={"Authorization": f"Bearer {api.key}"},
    )

    assert body_of(response, 422) == UNPROCESSABLE


def test_case_6_a_limit_is_set_and_lifted(api: Api, owner: User) -> None:
    assert body_of(api.put("/me", {"monthly_stake_limit_cents": 50000})) == profile(
        owner, monthly_stake_limit_cents=50000
    )
    assert body_of(api.put("/me", {"monthly_stake_limit_cents": None})) == profile(owner)
    assert body_of(api.put("/me", {"monthly_charge_limit_cents": 0})) == profile(
        owner, monthly_charge_limit_cents=0
    )
    assert body_of(api.put("/me", {"monthly_charge_limit_cents": 100.0})) == profile(
        owner, monthly_charge_limit_cents=100
    )
    assert mails() == ["limit.changed"] * 4


def test_case_7_beeminder_is_merged_and_its_token_never_shown(api: Api, owner: User) -> None:
    first = api.put("/me", {"beeminder_user": "jon", "beeminder_token": "s3cret-token"})
    second = api.put("/me", {"beeminder_goal_new_tasks": "tr_tasks"})

    assert body_of(first) == profile(owner, integrations={"beeminder": {"user": "jon", "goal_new_tasks": ""}})
    connected = {"beeminder": {"user": "jon", "goal_new_tasks": "tr_tasks"}}
    assert body_of(second) == body_of(api.get("/me")) == profile(owner, integrations=connected)
    row = Beeminder.objects.get()
    assert "s3cret" not in row.token_sealed
    assert unseal(row.token_sealed, purpose=token_purpose(owner.pk)) == b"s3cret-token"


@pytest.mark.parametrize("nothing", ["", None])
def test_case_7_an_empty_goal_clears(api: Api, owner: User, nothing: str | None) -> None:
    api.put("/me", {"beeminder_user": "jon", "beeminder_goal_new_tasks": "tr_tasks"})

    cleared = body_of(api.put("/me", {"beeminder_goal_new_tasks": nothing}))

    assert cleared == profile(owner, integrations={"beeminder": {"user": "jon", "goal_new_tasks": ""}})


def test_a_new_address_is_shown_and_used_once_it_is_confirmed(api: Api, owner: User) -> None:
    changed = body_of(api.put("/me", {"email": "New@Example.com"}))

    assert changed == profile(owner, email="new@example.com")
    owner.refresh_from_db()
    assert (owner.email, owner.pending_email) == ("owner@example.com", "new@example.com")


def test_whether_somebody_has_an_address_is_not_said(api: Api, owner: User, outsider: User) -> None:
    changed = body_of(api.put("/me", {"email": outsider.email}))

    assert changed == profile(owner, email=outsider.email)


def test_null_leaves_an_address_and_clears_a_name(api: Api, owner: User) -> None:
    changed = body_of(
        api.put(
            "/me", {"email": None, "email_global_unsubscribe": None, "name": None, "timezone": "Asia/Tokyo"}
        )
    )

    expected = profile(owner, timezone="Asia/Tokyo")
    del expected["name"]
    assert changed == expected


@pytest.mark.parametrize("wish", [True, False])
def test_mail_can_be_ended_and_asked_for_again(api: Api, owner: User, wish: bool) -> None:
    User.objects.filter(pk=owner.pk).update(is_unsubscribed=not wish)

    assert body_of(api.put("/me", {"email_global_unsubscribe": wish})) == profile(owner)
    owner.refresh_from_db()
    assert owner.is_unsubscribed is wish


# --- a card -------------------------------------------------------------------------------------------------
class StayHere(urllib.request.HTTPRedirectHandler):
    """Shows that a page leads on instead of going there."""

    def redirect_request(self, *_: Any) -> None:
        return None


def pay_page(processor: FakeStripe, session_id: str) -> None:
    """Give a working card on the processor's page, as a person does."""

    form = urllib.parse.urlencode({"card": "pm_card_visa"}).encode()
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(StayHere).open(f"{processor.url}/c/pay/{session_id}", form, timeout=10)
    assert answer.value.code == 303


def test_case_8_a_card_comes_through_checkout(api: Api, owner: User, processor: FakeStripe) -> None:
    started = body_of(api.post("/payments/checkout/session", RETURN))
    assert list(started) == ["id"]

    told = body_of(api.put("/me", {"checkout_session_id": started["id"]}))
    pay_page(processor, started["id"])
    body_of(api.put("/me", {"checkout_session_id": started["id"]}))

    assert told == profile(owner, has_stripe_customer=True)
    assert body_of(api.post("/me/charges", {"cents": 500}))["cents"] == 500
    assert processor.movements() == [("authorised", 500), ("captured", 500)]


def test_case_8_nobody_takes_anothers_checkout(
    api: Api, teammate_api: Api, outsider_api: Api, processor: FakeStripe
) -> None:
    started = body_of(api.post("/payments/checkout/session", RETURN))
    before = everything()

    for other in (teammate_api, outsider_api):
        response = other.put("/me", {"checkout_session_id": started["id"], "name": "Mine"})
        assert body_of(response, 422) == UNPROCESSABLE
    assert body_of(api.put("/me", {"checkout_session_id": "cs_test_nothing"}), 422) == UNPROCESSABLE
    assert everything() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"success_url": "http://app.example/ok"},
        {"success_url": "javascript:alert(1)"},
        {"cancel_url": "//app.example"},
        {"cancel_url": ""},
        {"cancel_url": None},
        {"success_url": 5},
        {"success_url": "http://127.0.0.1:8000/ok"},
        {"success_url": "https://user:secret@app.example/"},
        {"success_url": "https://app.example/" + "x" * 2000},
    ],
    ids=repr,
)
def test_case_8_addresses_are_https(api: Api, processor: FakeStripe, changes: dict[str, Any]) -> None:
    before = everything()

    assert body_of(api.post("/payments/checkout/session", {**RETURN, **changes}), 422) == UNPROCESSABLE
    assert everything() == before


def test_case_8_loopback_is_fine_in_development(api: Api, processor: FakeStripe, settings: Settings) -> None:
    settings.DEVELOPMENT = True
    local = dict.fromkeys(RETURN, "http://127.0.0.1:3000/done")

    assert body_of(api.post("/payments/checkout/session", local))["id"].startswith("cs_test_")


def test_case_8_without_a_processor_it_is_503(api: Api) -> None:
    response = api.post("/payments/checkout/session", RETURN)

    assert body_of(response, 503) == {"error": "The card processor does not answer. Try again."}
    assert int(response.headers["Retry-After"]) >= 1


def test_a_person_without_a_stake_sees_only_themselves(
    make_api: Callable[[User], Api], teammate_api: Api, outsider_api: Api, api: Api
) -> None:
    seen = {body_of(who.get("/me"))["email"] for who in (api, teammate_api, outsider_api)}

    assert seen == {"owner@example.com", "teammate@example.com", "outsider@example.com"}
