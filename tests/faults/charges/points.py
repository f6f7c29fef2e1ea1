"""Every failure point of money, where it can be met, and the calls that fail on purpose.

A point that is named in the code and not here fails a test (tests/tooling/test_charge_faults.py).
"""

from typing import Any, Final

# Each failure point that is met often, and the latest hit at which it kills.
OFTEN: Final = {
    "charge.before_row_commit": 4,
    "charge.after_row": 4,
    "charge.after_create": 4,
    "charge.after_save_intent": 4,
    "charge.after_confirm": 4,
    "charge.before_settle": 4,
    "charge.after_capture": 3,
    "charges.before_claim": 4,
    "stake.before_commit": 2,
    "events.after_look": 3,
}
SELDOM: Final = (
    "charge.after_cancel",
    "charge.after_refund",
    "uncle.before_commit",
    "expire.before_commit",
    "recurring.before_commit",
    "contest.before_commit",
    "closing.before_commit",
    "closing.before_customer",
    "closing.after_customer",
    "closing.before_erased_commit",
)
POINTS: Final = (*OFTEN, *SELDOM)
# Met only in processes whose names begin so: a web, a worker, one of both, or the one of people.
ONLY_IN: Final = {
    **dict.fromkeys(POINTS, "w"),
    **dict.fromkeys(
        (
            "charge.before_row_commit",
            "charge.after_row",
            "stake.before_commit",
            "uncle.before_commit",
            "closing.before_commit",
        ),
        "web",
    ),
    **dict.fromkeys(
        (
            "charge.after_capture",
            "charge.after_cancel",
            "charge.after_refund",
            "charges.before_claim",
            "expire.before_commit",
            "recurring.before_commit",
            "events.after_look",
            "closing.before_customer",
            "closing.after_customer",
            "closing.before_erased_commit",
        ),
        "worker",
    ),
    "contest.before_commit": "people",
}

# One call of the processor in four fails, in each of the ways in which one can.
FAULTS: Final[list[dict[str, Any]]] = [
    *(
        {"kind": kind, "probability": share}
        for kind, share in (
            ("drop_before", 0.05),
            ("drop_after", 0.05),
            ("500_before", 0.05),
            ("500_after", 0.05),
            ("429", 0.035),
            ("409", 0.03),
            ("slow", 0.02),
        )
    ),
    *({"kind": kind, "probability": 0.004, "seconds": 8} for kind in ("hang", "hang_after")),
]
# Beside them the bank says no at times, and a tenth of the events is lost, another comes twice.
DECLINES: Final[list[dict[str, Any]]] = [
    {"kind": "decline", "method": "POST", "path": "/v1/payment_intents/*/confirm", "probability": 0.06}
]
EVENT_FAULTS: Final = {"lose": 0.1, "double": 0.1, "reverse": True}
