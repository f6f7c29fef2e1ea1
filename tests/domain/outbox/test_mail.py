"""Mail: queued once, sealed until sent, and what the server's answers mean."""

import smtplib
from email import message_from_bytes
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django import Settings

from tasktracker.outbox.gateways.smtp import Mail, send_mail
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.drain import DrainCounts, drain
from tasktracker.outbox.operations.mail import mail_event_id, queue_mail

REFUSALS: list[Exception] = []


class RefusingBackend(BaseEmailBackend):
    """A mail server that answers as the test says."""

    def send_messages(self, messages: Any) -> int:
        raise REFUSALS[-1]


def queue(**changes: Any) -> None:
    values: dict[str, Any] = {
        "kind_event": "charge.missed",
        "object_key": "17",
        "to": ["ann@example.com"],
        "subject": "You missed\na deadline",
        "text": "Contest it: https://example.com/c/SECRET",
        "account_id": 7,
    }
    queue_mail(**{**values, **changes})


@pytest.mark.django_db
def test_a_mail_is_sealed_until_it_is_sent_and_blanked_then(settings: Settings) -> None:
    settings.TASKTRACKER_MAIL_FROM = "Task Tracker <tasks@example.org>"
    queue(html="<p>Contest it</p>", headers={"Auto-Submitted": "auto-generated"})

    queued = Delivery.objects.get()
    assert (queued.kind, queued.event, queued.endpoint, queued.account_id) == (
        "mail",
        "charge.missed",
        "mail",
        7,
    )
    assert queued.event_id == mail_event_id("charge.missed", "17")
    assert "SECRET" not in queued.payload
    assert drain() == DrainCounts(delivered=1)

    (sent,) = mail.outbox
    assert (sent.to, sent.from_email) == (["ann@example.com"], "Task Tracker <tasks@example.org>")
    assert (sent.subject, sent.body) == ("You missed a deadline", "Contest it: https://example.com/c/SECRET")
    message = message_from_bytes(sent.message().as_bytes())
    assert message["Message-ID"] == f"<{queued.event_id.hex}@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]
    assert Delivery.objects.values_list("state", "payload").get() == ("delivered", "")


@pytest.mark.django_db
def test_a_mail_about_the_same_object_is_queued_once() -> None:
    queue()
    queue(subject="Again")
    assert drain() == DrainCounts(delivered=1)
    queue(subject="And again")

    assert Delivery.objects.count() == 1
    assert drain() == DrainCounts()
    queue(object_key="18")
    queue(kind_event="charge.captured")
    assert Delivery.objects.count() == 3


@pytest.mark.django_db
def test_a_mail_of_no_account_is_nobodys_share() -> None:
    queue(account_id=None)

    assert Delivery.objects.get().account_id == 0


@pytest.mark.django_db
def test_without_its_key_a_mail_waits(settings: Settings) -> None:
    queue()
    settings.TASKTRACKER_SEALING_KEYS = {"other": b"O" * 32}

    assert drain() == DrainCounts(retried=1)

    assert mail.outbox == []
    delivery = Delivery.objects.get()
    assert (delivery.last_error, delivery.payload != "") == ("sealed mail cannot be opened", True)


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b": (550, b"no")}), ("rejected", 550, "SMTPRecipientsRefused")),
        (
            smtplib.SMTPRecipientsRefused({"a@b": (550, b"no"), "c@d": (451, b"later")}),
            ("retry", 451, "SMTPRecipientsRefused"),
        ),
        (smtplib.SMTPDataError(554, b"spam"), ("rejected", 554, "SMTPDataError")),
        (smtplib.SMTPDataError(452, b"full"), ("retry", 452, "SMTPDataError")),
        (smtplib.SMTPAuthenticationError(535, b"who?"), ("retry", 535, "SMTPAuthenticationError")),
        (smtplib.SMTPServerDisconnected("gone"), ("retry", None, "SMTPServerDisconnected")),
        (ConnectionRefusedError(), ("retry", None, "ConnectionRefusedError")),
        (TimeoutError(), ("retry", None, "TimeoutError")),
    ],
)
def test_what_a_mail_servers_answer_means(
    refusal: Exception, outcome: tuple[Any, ...], settings: Settings
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    REFUSALS.append(refusal)

    result = send_mail(Mail("<1@x>", "us@example.org", ["a@b"], "Subject", "Text"))

    assert (result.result, result.status_code, result.error) == outcome


def test_a_mail_in_the_embedded_form_becomes_a_file(tmp_path: Any, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")

    result = send_mail(Mail("<1@x>", "us@example.org", ["ann@example.com"], "Subject", "Text"))

    assert result.result == "delivered"
    (file,) = (tmp_path / "mail").iterdir()
    assert "To: ann@example.com" in file.read_text()
