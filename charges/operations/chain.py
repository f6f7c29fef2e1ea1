"""How time drives charges: the delays begin when the mail server took the mail, and what is due is driven.

How a deadline is missed is missed.py, one charge's next step is steps.py.
"""

import logging
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from charges.models import Charge
from charges.operations.mails import missed_mail_id
from charges.operations.records import alarm, note
from charges.operations.steps import drive_charge
from charges.queries.charges import due_charge_ids, locked_charge
from charges.rules.states import ChargeStatus, PersonReason
from charges.rules.steps import TRIES_UNTIL_A_PERSON
from tasktracker.core.errors import NotFound
from tasktracker.core.failpoints import failpoint
from tasktracker.core.states import StateConflict
from tasktracker.outbox.models import Delivery

log = logging.getLogger(__name__)

TURN_SECONDS: Final = 8.0  # of a worker; what is left is due at its next turn
_BATCH: Final = 100
# Written out, as neither database searches a partial index by values that it is told later.
_UNMAILED: Final = """
SELECT id FROM charges_charge
WHERE status = 'notified' AND mailed_at IS NULL AND needs_person = '' AND id > %s ORDER BY id LIMIT %s"""


def note_accepted_mails(at: datetime) -> int:
    """Start the delays of charges whose mail the mail server took; call for a person where it never will.

    Returns how many charges changed. Safe to run twice and side by side.
    Source: README.md of the contract, "Notified".
    """
    changed, last = 0, UUID(int=0)
    while True:
        page = [row.pk for row in Charge.objects.raw(_UNMAILED, [_as_stored(last), _BATCH])]
        changed += _note_mails(page, at)
        if len(page) < _BATCH:
            return changed
        last = page[-1]


def _note_mails(charge_ids: list[UUID], at: datetime) -> int:
    ids = {missed_mail_id(charge_id): charge_id for charge_id in charge_ids}
    mails = {mail.event_id: mail for mail in Delivery.objects.filter(event_id__in=list(ids))}
    return sum(_note_mail(charge_id, mails.get(mail_id), at) for mail_id, charge_id in ids.items())


def drive_due(at: datetime) -> int:
    """Drive charges that are due for a turn of 8 s. Returns how many were claimed."""
    return _drive(at, seconds=TURN_SECONDS)


def drive_all_due(at: datetime) -> int:
    """Drive charges until none is due by `at`, each until it needs a person at most. Returns how often."""
    return _drive(at, seconds=None)


def _drive(at: datetime, *, seconds: float | None) -> int:
    driven: Counter[UUID] = Counter()
    ends = None if seconds is None else time.monotonic() + seconds
    while True:
        claimed = 0
        for charge_id in due_charge_ids(at, _BATCH, tired_of=_tired(driven)):
            if ends is not None and time.monotonic() > ends:
                return driven.total()
            claimed += _drive_one(charge_id, at, driven)
        if not claimed:
            return driven.total()


def _tired(driven: Counter[UUID]) -> list[UUID]:
    return [charge_id for charge_id, times in driven.items() if times > TRIES_UNTIL_A_PERSON]


def _drive_one(charge_id: UUID, at: datetime, driven: Counter[UUID]) -> bool:
    failpoint("charges.before_claim")
    if not drive_charge(charge_id, at=at):
        return False
    driven[charge_id] += 1
    return True


def _as_stored(charge_id: UUID) -> object:
    return charge_id if connection.features.has_native_uuid_field else charge_id.hex


def _note_mail(charge_id: UUID, mail: Delivery | None, at: datetime) -> bool:
    if mail is not None and mail.finished_at is None:
        return False
    try:
        with transaction.atomic():
            charge = locked_charge(charge_id)
            if charge.status != ChargeStatus.NOTIFIED or charge.mailed_at is not None:
                return False
            _start_delays(charge, mail, at)
    except (StateConflict, NotFound):
        return False
    return True


def _start_delays(charge: Charge, mail: Delivery | None, at: datetime) -> None:
    if mail is None or mail.delivered_at is None:
        detail = f"mail {mail.state}: {mail.last_error}" if mail else "there is no such mail"
        alarm(charge, PersonReason.MAIL_FAILED, at=at, detail=detail)
        return
    note(
        charge,
        "mailed",
        at=at,
        mailed_at=mail.delivered_at,
        due_at=_due_once_mailed(charge, mail.delivered_at),
    )


def _due_once_mailed(charge: Charge, mailed_at: datetime) -> datetime | None:
    """Say when to go on with a charge whose owner has been told. What somebody wished for is due already."""
    if charge.wish:
        return charge.due_at
    wait = timedelta(seconds=settings.TASKTRACKER_AUTHORISE_AFTER_SECONDS)
    return None if charge.is_contested else mailed_at + wait
