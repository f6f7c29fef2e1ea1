"""What goes wrong on purpose: rules that pick calls by path and say how each one fails.

A rule fires with a probability, or at its n-th matching call. The same seed and the same order of calls give
the same faults. Plan and counts are on disk: a restart changes neither.
"""

import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from charges.fake_stripe import deliveries
from charges.fake_stripe.cards import DECLINES
from charges.fake_stripe.errors import Json
from charges.fake_stripe.store import Store

KINDS = (
    "drop_before",
    "drop_after",
    "hang",
    "hang_after",
    "500_before",
    "500_after",
    "429",
    "409",
    "slow",
    "decline",
)
KEY_LIFE = "key_life_seconds"  # setting
DEFAULT_KEY_LIFE_SECONDS = 24 * 3600
_PLAN = "fault_plan"  # setting: {"seed", "rules"}
_COUNTS = "fault_counts"  # setting: one [seen, fired] for each rule
_RULE = {
    "kind": "",
    "path": "/v1/**",
    "method": "*",
    "probability": 1,
    "nth": [],
    "seconds": None,
    "code": "",
    "stored": True,
}
_DEFAULT_SECONDS = {"hang": 60.0, "hang_after": 60.0, "slow": 1.0}


class WrongPlan(ValueError):
    """The plan cannot be understood; the message says why."""


@dataclass(frozen=True)
class Fault:
    """What happens to one call. seconds: of hang, slow. code: of decline. is_stored: is a 500, by its key."""

    kind: str
    seconds: float = 0
    code: str = ""
    is_stored: bool = True


class Faults:
    """The plan, asked once for each call."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Lock()

    def choose(self, method: str, path: str) -> Fault | None:
        """Count a call, and say what goes wrong with it: the first rule that fires."""
        with self._turn, self._store.transaction():
            plan = self._store.setting(_PLAN)
            if not plan or not plan["rules"]:
                return None
            counts = self._store.setting(_COUNTS)
            chosen = None
            for place, rule in enumerate(plan["rules"]):
                if chosen is None and _matches(rule, method, path):
                    counts[place][0] += 1
                    if _fires(rule, f"{plan['seed']}:{place}:{counts[place][0]}", counts[place][0]):
                        counts[place][1] += 1
                        chosen = _fault(rule)
            self._store.set_setting(_COUNTS, counts)
            return chosen

    def replace(self, plan: Any) -> None:
        """Start with a new plan, and with no counts. Raises WrongPlan, changing nothing."""
        wanted = _checked(plan)
        with self._turn, self._store.transaction():
            self._store.set_setting(_PLAN, {"seed": wanted["seed"], "rules": wanted["rules"]})
            self._store.set_setting(_COUNTS, [[0, 0] for _ in wanted["rules"]])
            self._store.set_setting(KEY_LIFE, wanted[KEY_LIFE])
            self._store.set_setting(deliveries.EVENT_FAULTS, {**wanted["events"], "seed": wanted["seed"]})

    def overview(self) -> Json:
        """The plan with what was seen and what fired, as GET /_faults shows it."""
        with self._store.transaction():
            plan = self._store.setting(_PLAN, {"seed": 0, "rules": []})
            counts = self._store.setting(_COUNTS, [])
            rules = [
                {**rule, "seen": seen, "fired": fired}
                for rule, (seen, fired) in zip(plan["rules"], counts, strict=True)
            ]
            return {
                "seed": plan["seed"],
                "rules": rules,
                "fired": fired_by_kind(self._store),
                KEY_LIFE: self._store.setting(KEY_LIFE, DEFAULT_KEY_LIFE_SECONDS),
                "events": {
                    name: value
                    for name, value in self._store.setting(deliveries.EVENT_FAULTS, {}).items()
                    if name != "seed"
                },
            }


def fired_by_kind(store: Store) -> dict[str, int]:
    """How often each kind of fault fired under the present plan."""
    fired: dict[str, int] = {}
    rules = store.setting(_PLAN, {"rules": []})["rules"]
    for rule, (_, count) in zip(rules, store.setting(_COUNTS, []), strict=True):
        fired[rule["kind"]] = fired.get(rule["kind"], 0) + count
    return fired


def _matches(rule: Json, method: str, path: str) -> bool:
    """In a rule's path, * stands for one part and ** for any number of them."""
    if rule["method"] not in ("*", method):
        return False
    parts = (re.escape(part) for part in rule["path"].split("**"))
    pattern = ".*".join(part.replace(r"\*", "[^/]*") for part in parts)
    return re.fullmatch(pattern, path) is not None


def _fires(rule: Json, draw: str, seen: int) -> bool:
    nth: list[int] = rule["nth"]
    if nth:
        return seen in nth
    probability: float = rule["probability"]
    return random.Random(draw).random() < probability  # noqa: S311  # chance, not a secret


def _fault(rule: Json) -> Fault:
    return Fault(rule["kind"], rule["seconds"], rule["code"], rule["stored"])


def _checked(plan: Any) -> Json:
    """The plan with every default written out."""
    given = _fields(plan, "plan", {"seed": 0, "rules": [], KEY_LIFE: DEFAULT_KEY_LIFE_SECONDS, "events": {}})
    if not isinstance(given["rules"], list):
        raise WrongPlan("rules must be a list")
    events = _fields(given["events"], "events", {"lose": 0, "double": 0, "reverse": False})
    rules = [_rule(rule) for rule in given["rules"]]
    life = _checked_value(given[KEY_LIFE], KEY_LIFE, lambda value: _is_number(value) and value >= 0)
    for name in ("lose", "double"):
        _checked_value(events[name], name, _is_probability)
    return {"seed": given["seed"], "rules": rules, KEY_LIFE: life, "events": events}


def _rule(rule: Any) -> Json:
    given = _fields(rule, "rule", _RULE)
    kind = _checked_value(str(given["kind"]), "kind", lambda value: value in KINDS)
    nth = given["nth"] if isinstance(given["nth"], list) else [given["nth"]]
    _checked_value(nth, "nth", lambda value: all(isinstance(n, int) and n >= 1 for n in value))
    _checked_value(given["probability"], "probability", _is_probability)
    seconds = given["seconds"] if given["seconds"] is not None else _DEFAULT_SECONDS.get(kind, 0)
    _checked_value(seconds, "seconds", lambda value: _is_number(value) and value >= 0)
    code = given["code"] or ("generic_decline" if kind == "decline" else "")
    _checked_value(code, "code", lambda value: not value or value in DECLINES)
    return {**given, "kind": kind, "nth": nth, "seconds": seconds, "code": code}


def _fields(given: Any, noun: str, defaults: Json) -> Json:
    if not isinstance(given, dict):
        raise WrongPlan(f"{noun} must be an object")
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        raise WrongPlan(f"{noun} has unknown fields: {', '.join(unknown)}")
    return {**defaults, **given}


def _checked_value(value: Any, name: str, is_right: Callable[[Any], bool]) -> Any:
    if not is_right(value):
        raise WrongPlan(f"{name} is wrong: {value!r}")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_probability(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1
