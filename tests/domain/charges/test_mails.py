"""Every mail about money as it arrives: subject, text and HTML, with the facts and the way out in both."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from html import unescape
from uuid import uuid4

import pytest
from django.core.mail import EmailMultiAlternatives

from accounts.models import User
from accounts.rules.principal import Principal
from charges.operations.charge import charge_now
from charges.operations.contest import contest_charge
from charges.operations.decisions import Decision, decide
from charges.operations.limits import set_limits
from charges.queries.stakes import Stake
from tests.conftest import NOW
from tests.domain.charges.conftest import DAY, DECLINES, DUE, charge_of, give, sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("card")]
TITLE = 'Milk & <b>"eggs"</b>'
Outbox = list[EmailMultiAlternatives]


@pytest.fixture
def titled(make_stake: Callable[..., Stake]) -> Stake:
    return make_stake(title=TITLE)


def sent(mailoutbox: Outbox, words: str) -> tuple[str, str]:
    """The only mail whose subject has these words: its text, and its HTML as it is read, without tags."""
    (mail,) = [mail for mail in mailoutbox if words in mail.subject]
    assert mail.to == ["owner@example.com"]
    message: EmailMessage = mail.message()  # type: ignore[assignment]
    assert message.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in message.get_payload()]  # type: ignore[union-attr]
    assert kinds == ["text/plain", "text/html"]
    html = str(mail.alternatives[0][0])
    assert "<b>" not in html  # a title is never markup
    read = unescape(re.sub(r'<a href="([^"]+)"[^>]*>', r" \1 ", html))
    return str(mail.body), read


def both(mail: tuple[str, str], *words: str) -> None:
    for part in mail:
        assert [word for word in words if word not in part] == []


def test_notification(titled: Stake, mailoutbox: Outbox) -> None:
    sweep(DUE)

    link = f"/charges/{charge_of(titled).pk}/contest/?key="
    mail = sent(mailoutbox, f'$5.00 for "{TITLE}"')
    both(mail, TITLE, "$5.00", "4 January 2100, 12:00 (UTC)", "24 hours", "48 hours", link, "deadline")


def test_authorisation_and_receipt(titled: Stake, mailoutbox: Outbox) -> None:
    for days in range(3):
        sweep(DUE + days * DAY)

    link = f"/charges/{charge_of(titled).pk}/contest/?key="
    both(sent(mailoutbox, "Your card is held for $5.00"), TITLE, "6 January 2100, 12:00 (UTC)", link)
    receipt = sent(mailoutbox, "Receipt: $5.00")
    both(receipt, TITLE, str(charge_of(titled).pk), "6 January 2100, 12:00 (UTC)", link)


def test_receipt_of_a_charge_at_once(caller: Principal, mailoutbox: Outbox) -> None:
    charge = charge_now(principal=caller, cents=12_34, note="Coffee & cake", request_id="r", at=NOW)
    sweep(NOW)

    both(sent(mailoutbox, "Receipt: $12.34"), "Coffee & cake", str(charge.id))


def test_declined_on_each_day(titled: Stake, owner: User, mailoutbox: Outbox) -> None:
    give(owner, DECLINES)
    sweep(DUE)
    sweep(DUE + DAY)

    said = ("Your card was declined.", "tried again on 6 January 2100, 12:00 (UTC)", "/billing/")
    both(sent(mailoutbox, "$5.00 could not be charged"), TITLE, *said)
    mailoutbox.clear()
    for days in (2, 3, 4):
        sweep(DUE + days * DAY)
    assert "It will not be tried again." in mailoutbox[-1].body


@pytest.mark.parametrize(
    ("decision", "words"),
    [(Decision.UPHOLD, "it stands"), (Decision.FORGIVE, "You will not be charged")],
)
def test_contested_and_decided(
    titled: Stake,
    caller: Principal,
    principal_of: Callable[..., Principal],
    make_user: Callable[..., User],
    mailoutbox: Outbox,
    decision: Decision,
    words: str,
) -> None:
    sweep(DUE)
    charge_id = charge_of(titled).pk
    contest_charge(principal=caller, charge_id=charge_id, at=DUE + timedelta(hours=1))
    staff = principal_of(make_user("staff"), is_staff=True)
    decide(principal=staff, charge_id=charge_id, decision=decision, command_id=uuid4(), at=DUE + DAY / 2)
    sweep(DUE + DAY / 2)

    both(sent(mailoutbox, "You contested $5.00"), TITLE, "until a person has looked at it")
    both(sent(mailoutbox, "$5.00: "), TITLE, words)


def test_a_changed_limit(caller: Principal, mailoutbox: Outbox) -> None:
    set_limits(principal=caller, monthly_charge_limit_cents=None, at=NOW)
    sweep(NOW)

    both(sent(mailoutbox, "A monthly limit"), "from $100.00 to no limit", "If it was not you", "/billing/")


def test_a_stake_that_was_not_made_again(
    make_stake: Callable[..., Stake], caller: Principal, mailoutbox: Outbox
) -> None:
    make_stake(title=TITLE, recurrence_days=7)
    set_limits(principal=caller, monthly_stake_limit_cents=100, at=NOW)
    sweep(DUE)

    both(sent(mailoutbox, "was not staked again"), TITLE, "11 January 2100, 12:00 (UTC)")


def test_the_digest_and_no_other_can_be_ended_with_one_click(
    titled: Stake, make_stake: Callable[..., Stake], owner: User, mailoutbox: Outbox
) -> None:
    make_stake(title="Later", due_at=DUE + 9 * DAY)
    sweep(DUE + DAY)

    both(sent(mailoutbox, "with a stake"), "Later", f"/digest/unsubscribe/{owner.pk}/?key=")
    ways_out = {mail.subject: mail.extra_headers.get("List-Unsubscribe-Post") for mail in mailoutbox}
    assert ways_out == {"1 task with a stake": "List-Unsubscribe=One-Click", f'$5.00 for "{TITLE}"': None}
