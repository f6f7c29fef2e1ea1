"""`POST /api2/me/charges`: cases 28 to 32 of stakes.md."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.operations.derived_keys import stakes_key
from accounts.rules.principal import Principal
from charges.models import Charge, MonthLedger
from charges.rules.months import month_of, months_back
from tasktracker.core import clock
from tests.dialects.stakes.conftest import UNPROCESSABLE, Api, body_of, everything, give, mails
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db

TAKEN = [("authorised", 500), ("captured", 500)]
DECLINES = "pm_card_chargeCustomerFail"
OVER_LIMIT = {"error": "Monthly charge limit exceeded"}


@pytest.mark.usefixtures("card")
def test_case_28_a_charge_is_taken_at_once(api: Api, processor: FakeStripe) -> None:
    before = int(clock.now().timestamp())

    made = body_of(api.post("/me/charges", {"cents": 500, "note": "Missed it", "requestid": "r1"}))

    created = made.pop("created")
    assert made == {
        "id": str(Charge.objects.get().pk),
        "cents": 500,
        "note": "Missed it",
        "status": "succeeded",
    }
    assert before <= created <= before + 60
    assert processor.movements() == TAKEN
    assert mails() == ["charge.receipt"]


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("note", [{}, {"note": None}, {"note": ""}])
def test_case_28_an_absent_note_is_null(api: Api, note: dict[str, Any]) -> None:
    assert body_of(api.post("/me/charges", {"cents": 500, **note}))["note"] is None


@pytest.mark.usefixtures("card")
def test_case_29_a_request_id_is_charged_once(api: Api, processor: FakeStripe) -> None:
    first = api.post("/me/charges", {"cents": 500, "requestid": "r1"})
    api.put("/me", {"monthly_charge_limit_cents": 0})
    again = api.post("/me/charges", {"cents": 900, "note": "other", "requestid": "r1"})

    assert again.content == first.content
    assert body_of(again)["cents"] == 500
    assert processor.movements() == TAKEN
    assert mails() == ["charge.receipt", "limit.changed"]


@pytest.mark.usefixtures("card")
def test_case_29_request_ids_are_the_accounts_own(api: Api, outsider_api: Api, teammate_api: Api) -> None:
    mine = body_of(api.post("/me/charges", {"cents": 500, "requestid": "r1"}))

    for other in (outsider_api, teammate_api):
        response = other.post("/me/charges", {"cents": 500, "requestid": "r1"})
        assert body_of(response, 400) == {"error": "No payment method on file"}
    assert [str(charge.pk) for charge in Charge.objects.all()] == [mine["id"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("card")
def test_case_29_two_at_once_are_one(
    owner: User, processor: FakeStripe, principal_of: Callable[..., Principal]
) -> None:
    key = stakes_key(principal=principal_of(owner))
    gate = Barrier(2)

    def call(_: int) -> tuple[int, bytes]:
        gate.wait(timeout=10)
        try:
            response = Api(Client(), key).post("/me/charges", {"cents": 500, "requestid": "r1"})
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(call, range(2)))

    assert answers[0] == answers[1]
    assert answers[0][0] == 200
    assert processor.movements() == TAKEN


@pytest.mark.usefixtures("card")
def test_case_30_a_dry_run_stores_nothing(api: Api, processor: FakeStripe) -> None:
    before = everything()

    imagined = body_of(api.post("/me/charges", {"cents": 500, "requestid": "r1", "dryrun": True}))

    assert UUID(imagined.pop("id"))
    assert isinstance(imagined.pop("created"), int)
    assert imagined == {"cents": 500, "note": None, "status": "succeeded"}
    assert everything() == before
    assert processor.movements() == []

    real = body_of(api.post("/me/charges", {"cents": 500, "requestid": "r1", "dryrun": False}))
    assert real["id"] == str(Charge.objects.get().pk)


def test_case_30_a_dry_run_says_what_a_real_one_would(api: Api, owner: User, processor: FakeStripe) -> None:
    dry = {"cents": 500, "dryrun": True}

    assert body_of(api.post("/me/charges", dry), 400) == {"error": "No payment method on file"}
    api.put("/me", {"monthly_charge_limit_cents": 499})
    assert body_of(api.post("/me/charges", dry), 422) == OVER_LIMIT


@pytest.mark.usefixtures("card")
def test_case_31_the_month_has_a_limit(api: Api, processor: FakeStripe) -> None:
    body_of(api.post("/me/charges", {"cents": 9900}))
    before = everything()

    assert body_of(api.post("/me/charges", {"cents": 200}), 422) == OVER_LIMIT
    assert everything() == before
    assert processor.movements() == [("authorised", 9900), ("captured", 9900)]

    body_of(api.post("/me/charges", {"cents": 100}))
    assert body_of(api.post("/me/charges", {"cents": 100}), 422) == OVER_LIMIT


@pytest.mark.usefixtures("card")
def test_case_31_zero_refuses_all_and_null_nothing(api: Api) -> None:
    api.put("/me", {"monthly_charge_limit_cents": 0})
    assert body_of(api.post("/me/charges", {"cents": 100}), 422) == OVER_LIMIT

    api.put("/me", {"monthly_charge_limit_cents": None})
    assert body_of(api.post("/me/charges", {"cents": 99_999_999}))["cents"] == 99_999_999


def test_case_31_declined_attempts_do_not_count(api: Api, owner: User, processor: FakeStripe) -> None:
    give(owner, DECLINES)
    body_of(api.post("/me/charges", {"cents": 9900}), 402)

    give(owner, "pm_card_visa")

    assert body_of(api.post("/me/charges", {"cents": 10_000}))["cents"] == 10_000


@pytest.mark.usefixtures("card")
def test_case_31_the_next_month_begins_anew(api: Api) -> None:
    body_of(api.post("/me/charges", {"cents": 10_000}))
    last_month = months_back(month_of(clock.now()), 2)[0]
    MonthLedger.objects.update(month=last_month)

    assert body_of(api.post("/me/charges", {"cents": 10_000}))["cents"] == 10_000


def test_case_32_without_a_card_it_is_400(api: Api, processor: FakeStripe) -> None:
    before = everything()

    response = api.post("/me/charges", {"cents": 500, "requestid": "r1"})

    assert body_of(response, 400) == {"error": "No payment method on file"}
    assert everything() == before


def test_case_32_a_decline_is_its_request_ids_answer_for_ever(
    api: Api, owner: User, processor: FakeStripe
) -> None:
    give(owner, DECLINES)
    first = api.post("/me/charges", {"cents": 500, "requestid": "r1"})
    give(owner, "pm_card_visa")

    again = api.post("/me/charges", {"cents": 500, "requestid": "r1"})
    retried = api.post("/me/charges", {"cents": 500, "requestid": "r2"})

    assert body_of(first, 402) == {"error": "Your card was declined."}
    assert (again.status_code, again.content) == (402, first.content)
    assert body_of(retried)["status"] == "succeeded"
    assert processor.movements() == TAKEN
    assert sorted(Charge.objects.values_list("status", flat=True)) == ["captured", "declined"]


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cents": 99},
        {"cents": "500"},
        {"cents": 500.5},
        {"cents": True},
        {"cents": None},
        {"cents": -500},
        {"cents": 100_000_000},
        {"cents": 500, "note": "x" * 501},
        {"cents": 500, "note": 5},
        {"cents": 500, "requestid": ""},
        {"cents": 500, "requestid": 5},
        {"cents": 500, "requestid": "x" * 256},
        {"cents": 500, "dryrun": "true"},
        {"cents": 500, "dryrun": 1},
        [],
        b'{"cents": 100, "cents": 500}',
        b'{"cents": 500, "note": "\\u0000"}',
    ],
    ids=repr,
)
def test_case_32_what_is_wrong_charges_nothing(api: Api, processor: FakeStripe, body: object) -> None:
    before = everything()

    assert body_of(api.post("/me/charges", body), 422) == UNPROCESSABLE
    assert everything() == before
    assert processor.movements() == []


@pytest.mark.usefixtures("card")
def test_an_unclear_answer_is_503_and_the_same_request_id_brings_it_later(
    api: Api, processor: FakeStripe, settings: Settings
) -> None:
    settings.TASKTRACKER_CHARGE_SECONDS = 0.2
    processor.fail({"kind": "500_before", "path": "/v1/payment_intents", "probability": 1})

    waiting = api.post("/me/charges", {"cents": 500, "requestid": "r1"})

    sentence = "The card processor has not answered yet. Ask again with requestid r1."
    assert body_of(waiting, 503) == {"error": sentence}
    assert int(waiting.headers["Retry-After"]) >= 1
    assert processor.movements() == []
