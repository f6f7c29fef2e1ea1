"""What owners and staff do about charges meanwhile: python -m tests.faults.charges.people, until it is ended.

Owners contest three in four of the stakes' charges, some at once, some when the card is held, some when the
money is gone; staff decides about them.
"""

import random
import time
from typing import Any, Final
from uuid import UUID, uuid4

import django

_PAUSE_SECONDS: Final = 0.5
_AT_ONCE: Final = 3
_DECIDABLE: Final = ("notified", "authorising", "authorised", "capturing", "captured")
# When owners object, by what their charge's id happens to be.
_OBJECTING: Final = ((), _DECIDABLE, ("authorised", "capturing", "captured"), ("captured",))


def main() -> None:
    while True:
        contest_some()
        decide_all()
        time.sleep(_PAUSE_SECONDS)


def contest_some() -> None:
    from charges.models import Charge

    rows = Charge.objects.filter(kind="stake", is_contested=False, decided_at=None, wish="")
    ids = [id_ for id_, status in rows.values_list("pk", "status") if status in _OBJECTING[id_.int % 4]]
    for id_ in random.sample(ids, min(len(ids), _AT_ONCE)):
        contest(id_)


def contest(charge_id: UUID) -> None:
    from charges.models import Charge
    from charges.operations.contest import CannotBeContested, contest_by_link
    from charges.operations.mails import contest_link
    from tasktracker.core import clock
    from tasktracker.core.states import StateConflict

    key = contest_link(Charge.objects.get(pk=charge_id)).partition("?key=")[2]
    try:
        contest_by_link(charge_id=charge_id, key=key, reason="It was done", at=clock.now())
    except (CannotBeContested, StateConflict):
        return


def decide_all() -> None:
    from charges.models import Charge
    from charges.operations.decisions import Decision

    rows = Charge.objects.filter(is_contested=True, wish="", status__in=_DECIDABLE)
    for charge_id in list(rows.order_by("pk").values_list("pk", flat=True)):
        decide_one(charge_id, Decision.FORGIVE if charge_id.int & 4 else Decision.UPHOLD)


def decide_one(charge_id: UUID, decision: Any) -> None:
    from accounts.models import User
    from accounts.operations.credentials import principal_of_user
    from charges.operations.decisions import CannotBeDecided, decide
    from tasktracker.core import clock
    from tasktracker.core.states import StateConflict

    at = clock.now()
    staff = User.objects.order_by("pk").first()
    assert staff is not None
    staff.is_staff = True  # for this one call only
    principal = principal_of_user(staff, at)
    try:
        decide(principal=principal, charge_id=charge_id, decision=decision, command_id=uuid4(), at=at)
    except (CannotBeDecided, StateConflict):
        return


if __name__ == "__main__":
    django.setup()
    main()
