"""Mail: handed to the mail server through Django's e-mail backend, files in the embedded form.

What is written, to whom and when again is decided above.
"""

import smtplib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.mail import EmailMultiAlternatives, get_connection

from tasktracker.outbox.rules.outcomes import Outcome

_PERMANENT = 500  # SMTP: 4xx is for now, 5xx for good


@dataclass(frozen=True, slots=True)
class Mail:
    """One message. message_id: the same for every try, so that a mail sent twice can be told."""

    message_id: str
    sender: str
    to: Sequence[str]
    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def send_mail(mail: Mail) -> Outcome:
    """Hand one message to the mail server, and say whether it took it. "rejected": it never will."""
    started = time.monotonic()
    try:
        _message(mail).send()
    except smtplib.SMTPException as refusal:
        return _refused(refusal, _milliseconds_since(started))
    except OSError as error:
        return Outcome("retry", error=type(error).__name__, duration_ms=_milliseconds_since(started))
    return Outcome("delivered", duration_ms=_milliseconds_since(started))


def _message(mail: Mail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=mail.sender,
        to=list(mail.to),
        headers={**mail.headers, "Message-ID": mail.message_id},
        connection=get_connection(fail_silently=False),
    )
    if mail.html is not None:
        message.attach_alternative(mail.html, "text/html")
    return message


def _refused(refusal: smtplib.SMTPException, duration_ms: int) -> Outcome:
    """Read the server's codes. A mail with several addresses is refused for good only if each of them is."""
    codes: list[int] = []
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in refusal.recipients.values()]
    elif isinstance(refusal, smtplib.SMTPResponseException):
        codes = [refusal.smtp_code]
    is_for_good = bool(codes) and min(codes) >= _PERMANENT and not _is_ours(refusal)
    return Outcome(
        "rejected" if is_for_good else "retry",
        status_code=min(codes, default=None),
        error=type(refusal).__name__,
        duration_ms=duration_ms,
    )


def _is_ours(refusal: smtplib.SMTPException) -> bool:
    """Say whether the server refused us rather than the message: people who run us can mend that."""
    return isinstance(
        refusal, (smtplib.SMTPAuthenticationError, smtplib.SMTPHeloError, smtplib.SMTPConnectError)
    )


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
