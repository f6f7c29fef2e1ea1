"""What owners are told by mail: written from templates in text and HTML, queued with what causes it.

Whatever is about money is sent to everybody; only the digest (digest.py) can be unsubscribed from.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import User
from charges.models import Charge
from charges.rules.links import CONTEST_PURPOSE, billing_url, contest_url
from tasktracker.core.derived import derived_secret
from tasktracker.core.money import dollars
from tasktracker.outbox.operations.mail import mail_event_id, queue_mail

MISSED: Final = "charge.missed"
AUTHORISED: Final = "charge.authorised"
RECEIPT: Final = "charge.receipt"
DECLINED: Final = "charge.declined"
CONTESTED: Final = "charge.contested"
DECIDED: Final = "charge.decided"
LIMIT_CHANGED: Final = "limit.changed"
STAKE_SKIPPED: Final = "stake.skipped"
DIGEST: Final = "digest"


def mail_missed(charge: Charge, *, is_uncle: bool) -> None:
    """Tell of a missed deadline: the mail from whose acceptance the delays count."""
    hours: dict[str, Any] = {
        "authorise_hours": settings.TASKTRACKER_AUTHORISE_AFTER_SECONDS // 3600,
        "capture_hours": settings.TASKTRACKER_CAPTURE_AFTER_SECONDS // 3600,
    }
    _mail_charge(charge, MISSED, is_uncle=is_uncle, **hours)


def mail_authorised(charge: Charge, *, capture_at: datetime) -> None:
    """Tell that the card is held, and when it will be charged."""
    _mail_charge(charge, AUTHORISED, key=str(charge.round), capture_at=capture_at)


def mail_receipt(charge: Charge) -> None:
    """Tell that money was taken."""
    _mail_charge(charge, RECEIPT)


def mail_declined(charge: Charge, *, next_at: datetime | None) -> None:
    """Tell that the bank refused, and when it is asked again; None: never."""
    _mail_charge(charge, DECLINED, key=str(charge.declines), next_at=next_at)


def mail_contested(charge: Charge) -> None:
    """Tell that a charge stands still until somebody has looked at it."""
    _mail_charge(charge, CONTESTED)


def mail_decided(charge: Charge, *, decision: str) -> None:
    """Tell what was decided: "upheld", "forgiven", "refunded"."""
    _mail_charge(charge, DECIDED, key=decision, decision=decision)


def missed_mail_id(charge_id: UUID) -> UUID:
    """Return the event id of the mail that tells of a missed deadline."""
    return mail_event_id(MISSED, str(charge_id))


def charge_mail_ids(charge: Charge) -> list[UUID]:
    """List the event ids of all mails that there can be about a charge, for those who look for them."""
    keys: list[tuple[str, str]] = [(MISSED, ""), (RECEIPT, ""), (CONTESTED, "")]
    keys += [(AUTHORISED, str(number)) for number in range(1, charge.round + 1)]
    keys += [(DECLINED, str(number)) for number in range(charge.declines + 1)]
    keys += [(DECIDED, decision) for decision in ("upheld", "forgiven", "refunded")]
    return [mail_event_id(event, _key(charge, key)) for event, key in keys]


def contest_link(charge: Charge) -> str:
    """Write the link by which an owner contests: nothing that a database holds is enough to make it."""
    return contest_url(
        settings.TASKTRACKER_BASE_URL, charge.pk, derived_secret(CONTEST_PURPOSE, charge.pk, charge.user_id)
    )


def mail_owner(
    user: User,
    event: str,
    *,
    key: str,
    headers: Mapping[str, str] | None = None,
    task_id: UUID | None = None,
    **words: Any,
) -> None:
    """Queue the mail of charges/mail/<event>.{subject.txt,txt,html} to an account, once for each key."""
    context = {
        **words,
        "name": user.name,
        "base_url": settings.TASKTRACKER_BASE_URL,
        "billing_url": billing_url(settings.TASKTRACKER_BASE_URL),
        "zone": ZoneInfo(user.time_zone),
        "zone_name": user.time_zone,
    }
    template = f"charges/mail/{event}"
    queue_mail(
        kind_event=event,
        object_key=key,
        to=[user.email],
        subject=" ".join(render_to_string(f"{template}.subject.txt", context).split()),
        text=render_to_string(f"{template}.txt", context).strip() + "\n",
        html=render_to_string(f"{template}.html", context),
        account_id=user.pk,
        headers=headers,
        task_id=task_id,
    )


def _mail_charge(charge: Charge, event: str, *, key: str = "", **words: Any) -> None:
    user = User.objects.get(pk=charge.user_id)
    if not user.is_active:
        return  # closed: nobody is left to tell
    task = charge.task
    mail_owner(
        user,
        event,
        key=_key(charge, key),
        task_id=charge.task_id,
        charge=charge,
        dollars=dollars(charge.cents),
        task=task,
        contest_link=contest_link(charge) if task else "",
        **words,
    )


def _key(charge: Charge, key: str) -> str:
    return f"{charge.pk}:{key}" if key else str(charge.pk)
