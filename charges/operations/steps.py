"""Driving a charge: look at its row and its intent, do what follows, write down what that brought.

What follows is decided in rules/steps.py, how it is written down in settle.py. No transaction holds a call.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NoReturn
from uuid import UUID

from charges.gateways import intents
from charges.models import Charge
from charges.operations import settle
from charges.operations.leases import Claim, claim_charge
from charges.operations.records import move, note
from charges.queries.cards import card_on_file
from charges.rules.answers import Decline, Declined, Intent, Unknown
from charges.rules.states import ChargeStatus
from charges.rules.steps import Facts, Move, next_move
from tasktracker.core.failpoints import failpoint
from tasktracker.core.ids import made_at
from tasktracker.core.states import StateConflict

log = logging.getLogger(__name__)

_ROUNDS_MOST: Final = 20  # of one drive; a charge needs five at most
_BEGINS: Final = {
    ChargeStatus.RESERVED: "charge",
    ChargeStatus.NOTIFIED: "authorise",
    ChargeStatus.AUTHORISED: "capture",
}
_NO_CARD: Final = Decline("no_card", "There is no card on file.")
Finding = Intent | None


def drive_charge(charge_id: UUID, *, at: datetime) -> bool:
    """Claim a charge that is due by `at` and bring it as far as it goes. Returns whether it was claimed.

    Safe to run twice and side by side, and to be killed anywhere. Whatever is not clear is tried again later.
    Source: reliability.md 4.1, P1, P2; docs/adr/0031-charge-protocol.md.
    """
    claim = claim_charge(charge_id, at=at)
    if claim is None:
        return False
    drive_claimed(claim, at=at)
    return True


def drive_claimed(claim: Claim, *, at: datetime) -> None:
    """Bring a claimed charge as far as it goes, unless another worker has taken it over meanwhile."""
    try:
        _Drive(claim, at).run()
    except StateConflict:
        log.info("charge.taken_over", extra={"charge": str(claim.charge.pk)})


class _Stop(Exception):
    """This drive is over; what there was to write has been written."""


class _Drive:
    """One worker's turn at one charge."""

    def __init__(self, claim: Claim, at: datetime) -> None:
        self._claim = claim
        self._at = at
        self._asked: set[Move] = set()
        self._ask: dict[Move, Callable[[Finding], Finding]] = {
            Move.CREATE: self._create,
            Move.CONFIRM: self._confirm,
            Move.CAPTURE: self._capture,
            Move.CANCEL: self._cancel,
            Move.RELEASE: self._cancel,
            Move.REFUND: self._refund,
        }

    @property
    def _charge(self) -> Charge:
        return self._claim.charge

    def run(self) -> None:
        """Raises StateConflict when another worker has the charge."""
        try:
            intent = self._look()
            for _ in range(_ROUNDS_MOST):
                intent = self._go_on(intent)
            self._later(Unknown("goes round in circles"))
        except _Stop:
            return

    def _look(self) -> Finding:
        """Read the saved intent: what is true there decides."""
        if not self._charge.intent_id:
            return None
        return self._clear(intents.read_intent(self._charge.intent_id))

    def _go_on(self, intent: Finding) -> Finding:
        """Do the next thing; when somebody contested or decided meanwhile, think again."""
        try:
            return self._do(next_move(facts_of(self._charge), intent), intent)
        except StateConflict:
            self._read_again()
            return intent

    def _do(self, wanted: Move, intent: Finding) -> Finding:
        if wanted in self._ask:
            if wanted in self._asked:  # one call of a kind for each claim: its key carries the claim's number
                self._later(Unknown("without effect"))
            self._asked.add(wanted)
            self._claim.require_time()
            return self._ask[wanted](intent)
        if wanted == Move.BEGIN:
            move(self._charge, _BEGINS[ChargeStatus(self._charge.status)], at=self._at, **self._lease())
            return intent
        if wanted == Move.WAIT:
            self._later(Unknown("processing"))
        failpoint("charge.before_settle")
        settle.write_down(self._charge, wanted, intent, at=self._at)
        raise _Stop

    # --- what is asked of the processor -------------------------------------------------------------------
    def _create(self, intent: Finding) -> Finding:
        """Adopt an intent that was made and not saved, or make one, and save it: money moves on no other."""
        card = card_on_file(self._charge.user_id)
        if card is None:
            self._declined(_NO_CARD, "")
        found = self._found(card.customer_id)
        if found is None:
            found = self._made(
                intents.create_intent(
                    charge_id=self._charge.pk,
                    round_=self._charge.round,
                    cents=self._charge.cents,
                    currency=self._charge.currency,
                    customer_id=card.customer_id,
                    description=settle.description_of(self._charge),
                    is_hold=facts_of(self._charge).is_hold,
                    key=self._key("create"),
                )
            )
            failpoint("charge.after_create")
        note(self._charge, "intent", at=self._at, intent_id=found.id, tries=0)
        failpoint("charge.after_save_intent")
        return found

    def _made(self, answer: Intent | Declined | Unknown) -> Intent:
        if isinstance(answer, Declined):
            self._declined(answer.decline, answer.failure_id)
        return self._clear(answer)

    def _found(self, customer_id: str) -> Finding:
        if self._charge.fence == 1:
            return None  # nobody can have made one before
        found = intents.find_intent(
            charge_id=self._charge.pk,
            round_=self._charge.round,
            customer_id=customer_id,
            since=made_at(self._charge.pk),  # real time, whatever moment a sweep was told
        )
        if isinstance(found, Unknown):
            self._later(found)
        return found

    def _confirm(self, intent: Finding) -> Finding:
        card = card_on_file(self._charge.user_id)
        if card is None:
            self._declined(_NO_CARD, "")
        answer = intents.confirm_intent(
            self._intent_id(), payment_method_id=card.payment_method_id, key=self._key("confirm")
        )
        failpoint("charge.after_confirm")
        if isinstance(answer, Declined):
            self._declined(answer.decline, answer.failure_id)
        return self._answered(answer)

    def _capture(self, intent: Finding) -> Finding:
        answer = intents.capture_intent(self._intent_id(), key=self._key("capture"))
        failpoint("charge.after_capture")
        return self._answered(answer)

    def _cancel(self, intent: Finding) -> Finding:
        answer = intents.cancel_intent(self._intent_id(), key=self._key("cancel"))
        failpoint("charge.after_cancel")
        return self._answered(answer)

    def _refund(self, intent: Finding) -> Finding:
        intents.refund_intent(self._intent_id(), charge_id=self._charge.pk, key=self._key("refund"))
        failpoint("charge.after_refund")
        return self._look()  # it says how much went back, whatever was answered

    # --- how it goes on -----------------------------------------------------------------------------------
    def _answered(self, answer: Intent | Declined | Unknown) -> Finding:
        """Take a clear answer; after any other, look what is true."""
        return answer if isinstance(answer, Intent) else self._look()

    def _declined(self, decline: Decline, failure_id: str) -> NoReturn:
        failpoint("charge.before_settle")
        settle.write_decline(self._charge, decline, failure_id, at=self._at)
        raise _Stop

    def _clear(self, answer: Intent | Unknown) -> Intent:
        if isinstance(answer, Unknown):
            self._later(answer)
        return answer

    def _later(self, unknown: Unknown) -> NoReturn:
        settle.try_later(self._claim, unknown.reason, at=self._at)
        raise _Stop

    def _read_again(self) -> None:
        """Take in what others wrote. Raises StateConflict when one of them claimed the charge."""
        fence = self._charge.fence
        self._charge.refresh_from_db()
        if self._charge.fence != fence:
            raise StateConflict("Another worker has this charge.")

    def _lease(self) -> dict[str, Any]:
        return {"lease_until": self._charge.lease_until}

    def _intent_id(self) -> str:
        return str(self._charge.intent_id)

    def _key(self, step: str) -> str:
        """Name a call. No number of a claim comes back, so no old answer is replayed for a new question."""
        return f"chg:{self._charge.pk}:{step}:{self._charge.fence}"


def facts_of(charge: Charge) -> Facts:
    """Return what the decision about a charge needs of its row."""
    return Facts(
        kind=charge.kind,
        status=charge.status,
        wish=charge.wish,
        is_contested=charge.is_contested,
        cents=charge.cents,
        seen_failure=charge.seen_failure,
    )
