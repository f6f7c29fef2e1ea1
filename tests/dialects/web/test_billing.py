"""The billing page: the card by way of Checkout, charges with their steps, limits, and the plot."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from django.test import Client

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import CardCustomer, Charge, MonthLedger, Wallet, WalletChange
from charges.operations.charge import charge_now
from charges.operations.digest import unsubscribe_link
from charges.operations.missed import expire_missed
from charges.rules.months import month_of
from tasktracker.core import clock
from tests.dialects.web.conftest import mails
from tests.dialects.web.money import DUE, give_card, make_stake, money_rows
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db
PAGE = "/settings/billing/"
LIMITS = {"monthly_stake_limit_cents": "", "monthly_charge_limit_cents": "100.00"}


class _Stay(HTTPRedirectHandler):
    """Follow nothing: the address is what is asked for."""

    def redirect_request(self, *args: Any) -> None:
        return None


def checkout_of(answer: Any) -> str:
    """The address of the processor's page in the page that leads there."""
    found = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]+)">', answer.content.decode())
    assert found
    return found[1]


def choose(url: str, card: str) -> str:
    """Choose a card on the processor's page; returns where it leads back to, host and all."""
    request = Request(url, data=f"card={card}".encode(), method="POST")
    with pytest.raises(HTTPError) as led_back:
        build_opener(_Stay).open(request, timeout=10)
    return str(led_back.value.headers["Location"])


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


# --- the card ---
def test_a_card_is_added_through_checkout(person: Client, processor: FakeStripe) -> None:
    assert b"There is no card on file." in person.get(PAGE).content

    started = person.post(f"{PAGE}card/")
    assert (started.status_code, started["Cache-Control"]) == (200, "no-store")
    back = person.get(path_of(choose(checkout_of(started), "pm_card_visa")))

    assert (back.status_code, back["Location"]) == (302, PAGE)
    assert b"Visa ending in 4242" in person.get(PAGE).content


def test_coming_back_twice_is_harmless(person: Client, processor: FakeStripe) -> None:
    back = path_of(choose(checkout_of(person.post(f"{PAGE}card/")), "pm_card_visa"))
    person.get(back)
    card = CardCustomer.objects.values().get()

    assert person.get(back).status_code == 302

    assert {**CardCustomer.objects.values().get(), "updated_at": None} == {**card, "updated_at": None}


def test_who_turns_back_has_no_card(person: Client, processor: FakeStripe) -> None:
    person.post(f"{PAGE}card/")

    assert b"There is no card on file." in person.get(PAGE).content


def test_somebody_elses_checkout_gives_no_card(
    person: Client, outsider: User, sign_in: Callable[[User], Client], processor: FakeStripe
) -> None:
    back = path_of(choose(checkout_of(sign_in(outsider).post(f"{PAGE}card/")), "pm_card_visa"))
    person.post(f"{PAGE}card/")
    before = money_rows()

    answers = [
        person.get(path) for path in (back, f"{PAGE}card/given/", f"{PAGE}card/given/?session_id=../x")
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert b"There is no such checkout." in answers[0].content
    assert money_rows() == before


def test_a_processor_that_is_away_is_said_so(person: Client, processor: FakeStripe, settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    answer = person.post(f"{PAGE}card/")

    assert answer.status_code == 503
    assert b"The card processor does not answer. Try again." in answer.content
    assert CardCustomer.objects.exclude(payment_method_id="").count() == 0


def test_a_card_is_forgotten(person: Client, owner: User, processor: FakeStripe) -> None:
    give_card(owner)

    assert person.post(f"{PAGE}card/remove/")["Location"] == PAGE

    assert b"There is no card on file." in person.get(PAGE).content


def test_a_look_starts_and_forgets_nothing(person: Client, owner: User, processor: FakeStripe) -> None:
    give_card(owner)
    before = money_rows()

    assert [person.get(f"{PAGE}card/{part}").status_code for part in ("", "remove/")] == [405, 405]
    assert money_rows() == before


# --- limits ---
def test_limits_are_changed_and_mailed(person: Client, owner: User) -> None:
    given = {"monthly_stake_limit_cents": "50", "monthly_charge_limit_cents": ""}

    answer = person.post(PAGE, given)

    wallet = Wallet.objects.get(user=owner)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert (wallet.monthly_stake_limit_cents, wallet.monthly_charge_limit_cents) == (5000, None)
    assert [mail["to"] for mail in mails()] == [["owner@example.com"]]
    assert "$50.00" in mails()[0]["text"]
    assert WalletChange.objects.filter(user=owner, actor="session").count() == 2
    shown = person.get(PAGE).content.decode()
    assert 'value="50.00"' in shown
    assert "of $50.00" in shown


def test_the_same_limits_again_say_nothing(person: Client) -> None:
    before = money_rows()

    assert person.post(PAGE, LIMITS).status_code == 302
    assert money_rows() == before


@pytest.mark.parametrize("name", sorted(LIMITS))
@pytest.mark.parametrize("text", ["-1", "1.005", "all", "9" * 20, "90071992547409.93"])
def test_a_bad_limit_changes_nothing(name: str, text: str, person: Client) -> None:
    before = money_rows()

    answer = person.post(PAGE, {**LIMITS, name: text})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [name])
    assert money_rows() == before


def test_nothing_at_all_may_be_charged(person: Client, owner: User) -> None:
    person.post(PAGE, {**LIMITS, "monthly_charge_limit_cents": "0"})

    assert Wallet.objects.get(user=owner).monthly_charge_limit_cents == 0


# --- charges and months ---
def test_charges_are_listed_with_their_steps(
    person: Client, owner: User, principal_of: Callable[..., Principal], processor: FakeStripe
) -> None:
    give_card(owner)
    charge_now(principal=principal_of(owner), cents=700, request_id="r", note="Gym", at=clock.now())
    make_stake(owner, principal_of, title="Water <the> plants")
    expire_missed(DUE)

    page = person.get(PAGE).content.decode()

    for words in ("Gym", "$7.00", "Charged", "Asked for with your key", "Water &lt;the&gt; plants"):
        assert words in page
    assert f"/charges/{Charge.objects.get(kind='stake').pk}/contest/" in page
    assert f"/charges/{Charge.objects.get(kind='direct').pk}/contest/" not in page


def test_charges_are_paged_in_the_same_number_of_statements(
    person: Client, owner: User, principal_of: Callable[..., Principal], django_assert_max_num_queries: Any
) -> None:
    for number in range(45):
        make_stake(owner, principal_of, title=f"Task {number}")
    expire_missed(DUE)

    path, seen = PAGE, []
    while path:
        with django_assert_max_num_queries(14):
            page = person.get(path).context["page"]
        seen += [shown.charge.pk for shown in page.charges]
        path = f"{PAGE}?before={page.next_before}" if page.next_before else ""

    assert (len(seen), len(set(seen))) == (45, 45)
    assert person.get(f"{PAGE}?before=nonsense").status_code == 200


def test_the_months_are_drawn_and_told(
    person: Client, owner: User, principal_of: Callable[..., Principal], processor: FakeStripe
) -> None:
    give_card(owner)
    now = clock.now()
    make_stake(owner, principal_of, stake_cents=12_300, at=now)
    charge_now(principal=principal_of(owner), cents=700, request_id="r", at=now)
    last = month_of(now.replace(day=1) - timedelta(days=1))
    MonthLedger.objects.create(user=owner, month=last, staked_cents=4_500)

    answer = person.get(PAGE)

    plot, page = answer.context["plot"], answer.content.decode()
    assert [row.cells for row in plot.rows][-2:] == [["$45.00", "$0.00"], ["$123.00", "$7.00"]]
    assert len(plot.rows) == 12
    assert page.count("<svg") > 1
    assert '<title id="money-title">Staked and charged per month</title>' in page
    assert "style=" not in page


def test_only_ones_own_is_shown(
    owner: User, outsider: User, sign_in: Callable[[User], Client], principal_of: Callable[..., Principal]
) -> None:
    make_stake(owner, principal_of)
    expire_missed(DUE)

    answer = sign_in(outsider).get(PAGE)

    assert list(answer.context["page"].charges) == []
    assert b"Nothing was ever charged." in answer.content
    assert b"Water the plants" not in answer.content


def test_strangers_sign_in_first(client: Client) -> None:
    before = money_rows()

    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
    for path in (PAGE, f"{PAGE}card/", f"{PAGE}card/remove/"):
        assert client.post(path, LIMITS).status_code == 302
    assert money_rows() == before


# --- digests ---
def test_digests_end_by_their_link(client: Client, owner: User) -> None:
    path = path_of(unsubscribe_link(owner.pk))
    assert client.get(path).status_code == 200
    owner.refresh_from_db()
    assert not owner.is_unsubscribed

    one_click = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})

    owner.refresh_from_db()
    assert (one_click.status_code, owner.is_unsubscribed) == (200, True)


@pytest.mark.parametrize("change", ["other account", "no key", "one character"])
def test_a_forged_link_ends_no_digests(change: str, client: Client, owner: User, outsider: User) -> None:
    path = path_of(unsubscribe_link(owner.pk))
    forged = {
        "other account": path.replace(f"/{owner.pk}/", f"/{outsider.pk}/"),
        "no key": path.partition("?")[0],
        "one character": path[:-1] + ("0" if path[-1] != "0" else "1"),
    }[change]

    assert [client.get(forged).status_code, client.post(forged).status_code] == [404, 404]
    assert not User.objects.filter(is_unsubscribed=True).exists()
