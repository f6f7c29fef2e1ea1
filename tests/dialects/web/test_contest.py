"""Contesting on the web: by the signed link, signed in or not, and by the owner's own page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import Charge, ChargeEvent
from charges.operations.decisions import Decision, decide
from charges.operations.missed import expire_missed
from charges.rules.contests import CONTEST_WINDOW
from tasks.models import Task
from tasktracker.core import clock
from tests.dialects.web.conftest import ABSENT, mails
from tests.dialects.web.money import DAY, DUE, give_card, link_of, make_stake, money_rows, sweep
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db
REASON = {"reason": "It was done on Sunday."}


@pytest.fixture
def stake(owner: User, principal_of: Callable[..., Principal], processor: FakeStripe) -> Task:
    give_card(owner)
    return make_stake(owner, principal_of)


@pytest.fixture
def charge(stake: Task) -> Charge:
    """The charge of a missed deadline, announced."""
    expire_missed(DUE)
    return Charge.objects.get(task=stake)


@pytest.fixture
def judge(make_user: Callable[..., User], principal_of: Callable[..., Principal]) -> Callable[..., Charge]:
    def make(charge: Charge, decision: Decision) -> Charge:
        staff = principal_of(make_user("staff"), is_staff=True)
        said: dict[str, Any] = {"charge_id": charge.pk, "decision": decision, "command_id": UUID(int=7)}
        return decide(principal=staff, at=clock.now(), **said)

    return make


def own(charge: Charge) -> str:
    return f"/charges/{charge.pk}/contest/"


# --- by link -------------------------------------------------------------------------------------------
def test_the_link_shows_the_stake_and_changes_nothing(charge: Charge, client: Client) -> None:
    before = money_rows()

    answers = [client.get(link_of(charge)), client.head(link_of(charge)), client.get(link_of(charge))]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    page = answers[0].content.decode()
    for words in ("Contest this charge?", "Water the plants", "$5.00", "The deadline passed", "12:00"):
        assert words in page
    assert answers[0]["Cache-Control"] == "no-store"
    assert answers[0]["X-Robots-Tag"] == "noindex"
    assert "owner@example.com" not in page
    assert money_rows() == before


def test_a_stranger_with_the_link_contests_once(charge: Charge, client: Client) -> None:
    link = link_of(charge)

    first = client.post(link, REASON)
    after = money_rows()
    second = client.post(link, {"reason": "again"})

    charge.refresh_from_db()
    assert [(each.status_code, each["Location"]) for each in (first, second)] == [(302, link)] * 2
    assert (charge.is_contested, charge.contest_text) == (True, "It was done on Sunday.")
    assert money_rows() == after
    assert list(ChargeEvent.objects.values_list("event", "actor")) == [
        ("open", "system"),
        ("contest", "owner"),
    ]
    page = client.get(link).content.decode()
    assert "It was done on Sunday." in page
    assert "stands still until a person has looked at it" in page
    assert "<form" not in page
    assert [mail["subject"] for mail in mails()][-1] == "You contested $5.00"


def test_who_is_signed_in_makes_no_difference_to_the_link(
    charge: Charge, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    person = sign_in(outsider)

    assert person.get(link_of(charge)).status_code == 200
    assert person.post(link_of(charge), REASON).status_code == 302
    charge.refresh_from_db()
    assert charge.is_contested


def test_a_contested_charge_takes_no_money(charge: Charge, client: Client, processor: FakeStripe) -> None:
    client.post(link_of(charge), REASON)

    for days in range(5):
        sweep(DUE + days * DAY)

    assert processor.movements() == []


@pytest.mark.parametrize("change", ["key=", "key=0", "one character", "other charge", "unknown charge"])
def test_forged_links_are_refused(
    change: str,
    charge: Charge,
    client: Client,
    owner: User,
    principal_of: Callable[..., Principal],
) -> None:
    other = make_stake(owner, principal_of, title="Another")
    expire_missed(DUE)
    link = link_of(charge)
    key = link.partition("?key=")[2]
    forged = {
        "one character": link[:-1] + ("0" if link[-1] != "0" else "1"),
        "other charge": f"/charges/{Charge.objects.get(task=other).pk}/contest/?key={key}",
        "unknown charge": f"/charges/{ABSENT}/contest/?key={key}",
    }.get(change, f"{own(charge)}?{change}")
    before = money_rows()

    assert client.get(forged).status_code == 404
    assert client.post(forged, REASON).status_code == 404
    assert money_rows() == before


@pytest.mark.parametrize(
    ("given", "field"), [({}, "reason"), ({"reason": " "}, "reason"), ({"reason": "x" * 501}, "reason")]
)
def test_a_reason_is_needed(given: dict[str, str], field: str, charge: Charge, client: Client) -> None:
    before = money_rows()

    answer = client.post(link_of(charge), given)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert money_rows() == before


@pytest.mark.parametrize("decision", [Decision.FORGIVE])
def test_what_is_decided_is_too_late(
    decision: Decision, charge: Charge, client: Client, judge: Callable[..., Charge]
) -> None:
    judge(charge, decision)
    before = money_rows()

    shown, answer = client.get(link_of(charge)), client.post(link_of(charge), REASON)

    assert (shown.status_code, answer.status_code) == (200, 409)
    for page in (shown.content.decode(), answer.content.decode()):
        assert "This charge can no longer be contested" in page
        assert "<form" not in page
    assert money_rows() == before


def test_a_link_ends_sixty_days_after_the_money_was_taken(charge: Charge, client: Client) -> None:
    for days in range(3):
        sweep(DUE + days * DAY)
    charge.refresh_from_db()
    assert charge.status == "captured"
    assert b"<form" in client.get(link_of(charge)).content

    Charge.objects.update(ended_at=clock.now() - CONTEST_WINDOW - timedelta(seconds=1))
    before = money_rows()

    answer = client.post(link_of(charge), REASON)

    assert (answer.status_code, b"can no longer be contested" in answer.content) == (409, True)
    assert b"<form" not in client.get(link_of(charge)).content
    assert money_rows() == before


def test_a_captured_charge_can_be_contested(charge: Charge, client: Client) -> None:
    for days in range(3):
        sweep(DUE + days * DAY)

    assert client.post(link_of(charge), REASON).status_code == 302

    charge.refresh_from_db()
    assert (charge.status, charge.is_contested) == ("captured", True)


def test_the_link_of_a_closed_account_is_dead(charge: Charge, client: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert client.get(link_of(charge)).status_code == 404


def test_a_form_without_its_token_is_refused(charge: Charge) -> None:
    strict = Client(enforce_csrf_checks=True)
    before = money_rows()

    assert strict.post(link_of(charge), REASON).status_code == 403
    assert money_rows() == before


# --- by the owner's page -------------------------------------------------------------------------------
def test_the_owner_contests_on_the_page(charge: Charge, person: Client) -> None:
    shown = person.get(own(charge))
    answer = person.post(own(charge), REASON)
    again = person.post(own(charge), REASON)

    charge.refresh_from_db()
    assert b"Contest this charge?" in shown.content
    assert [(each.status_code, each["Location"]) for each in (answer, again)] == [(302, own(charge))] * 2
    assert (charge.is_contested, charge.contest_text) == (True, "It was done on Sunday.")
    assert ChargeEvent.objects.filter(event="contest").count() == 1


@pytest.mark.parametrize("who", ["teammate", "outsider"])
def test_nobody_else_reaches_the_page(
    who: str,
    charge: Charge,
    organization: object,
    request: pytest.FixtureRequest,
    sign_in: Callable[[User], Client],
) -> None:
    person = sign_in(request.getfixturevalue(who))
    before = money_rows()

    assert person.get(own(charge)).status_code == 404
    assert person.post(own(charge), REASON).status_code == 404
    assert money_rows() == before


def test_without_link_or_session_one_signs_in_first(charge: Charge, client: Client) -> None:
    before = money_rows()

    assert client.get(own(charge))["Location"] == f"/accounts/login/?next={own(charge)}"
    assert client.post(own(charge), REASON)["Location"] == "/accounts/login/?next=/tasks/"
    assert money_rows() == before


def test_too_late_is_said_on_the_page(charge: Charge, person: Client, judge: Callable[..., Charge]) -> None:
    judge(charge, Decision.FORGIVE)
    before = money_rows()

    answer = person.post(own(charge), REASON)

    assert (answer.status_code, b"can no longer be contested" in answer.content) == (409, True)
    assert money_rows() == before
