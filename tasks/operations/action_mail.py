"""Mail that actions and monitors send: within the organization's daily share, never to who wants none.

Each recipient gets a mail of their own, with a link that ends such mail. Sending is the outbox's work.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import F

from accounts.models import Organization
from accounts.rules.emails import normal_email
from tasks.models import ActionMailCount, ActionMailOptOut
from tasktracker.core.errors import NotFound
from tasktracker.core.ids import new_id
from tasktracker.outbox.operations.mail import queue_mail

log = logging.getLogger(__name__)

MAIL_EVENT: Final = "action.mail"
_SALT = "tasktracker.tasks.no-action-mail"
_TEXT = """\
{lines}

--
You get this because {organization} named your address for such messages.
No more of them: {link}
"""


def queue_action_mail(
    *,
    organization_id: int,
    account_id: int,
    task_id: UUID | None = None,
    to: Sequence[str],
    subject: str,
    lines: Sequence[str],
    at: datetime,
) -> int:
    """Queue one mail for each recipient who has not opted out, in the caller's transaction.

    Nothing is queued when they are more than what is left of the organization's share of the day: that is
    logged, and fails nobody's report. Returns how many were queued.
    """
    wanted = _without_opted_out(organization_id, to)
    if not wanted or not _take(organization_id, len(wanted), at):
        return 0
    organization = Organization.objects.only("name").get(pk=organization_id)
    for email in wanted:
        link = opt_out_url(organization_id=organization_id, email=email)
        queue_mail(
            kind_event=MAIL_EVENT,
            object_key=str(new_id()),
            to=[email],
            subject=subject,
            text=_TEXT.format(lines="\n".join(lines), organization=organization.name, link=link),
            account_id=account_id,
            task_id=task_id,
            headers={
                "List-Unsubscribe": f"<{link}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Auto-Submitted": "auto-generated",
            },
        )
    return len(wanted)


def opt_out_url(*, organization_id: int, email: str) -> str:
    """Write the link with which a recipient ends the mails of an organization's actions, for ever good."""
    key = signing.dumps({"organization": organization_id, "email": email}, salt=_SALT)
    return f"{settings.TASKTRACKER_BASE_URL}/unsubscribe/{key}/"


def read_opt_out(key: str) -> tuple[Organization, str]:
    """Read whose mails a link ends, and for which address. Raises NotFound: not a link of ours."""
    try:
        said = signing.loads(key, salt=_SALT)
        organization = Organization.objects.filter(pk=said["organization"]).first()
    except signing.BadSignature:
        organization = None
    if organization is None:
        raise NotFound
    return organization, str(said["email"])


def opt_out(*, key: str, at: datetime) -> None:
    """End the mails of an organization's actions to an address; once is enough. Raises NotFound."""
    organization, email = read_opt_out(key)
    row = ActionMailOptOut(organization=organization, email=normal_email(email), created_at=at)
    ActionMailOptOut.objects.bulk_create([row], ignore_conflicts=True)


def _without_opted_out(organization_id: int, to: Sequence[str]) -> list[str]:
    out = ActionMailOptOut.objects.filter(organization=organization_id, email__in=to)
    gone = set(out.values_list("email", flat=True))
    return [email for email in to if email not in gone]


def _take(organization_id: int, count: int, at: datetime) -> bool:
    """Take mails out of the organization's share of the UTC day, all or none; one UPDATE is the only lock."""
    most = settings.TASKTRACKER_ACTION_MAILS_PER_DAY
    day = at.astimezone(UTC).date()
    today = ActionMailCount.objects.filter(organization=organization_id, day=day)
    room = today.filter(used__lte=most - count)
    if room.update(used=F("used") + count):
        return True
    fresh = ActionMailCount(organization_id=organization_id, day=day)
    ActionMailCount.objects.bulk_create([fresh], ignore_conflicts=True)
    if room.update(used=F("used") + count):
        return True
    log.warning("action.mail_share_used_up", extra={"organization": organization_id, "mails": count})
    return False
