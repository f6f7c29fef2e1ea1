"""What a run came to: the rows of our database against the book of the processor. Values in, faults out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_ENDED: Final = frozenset({"captured", "declined", "cancelled", "lapsed", "refunded"})
_WITH_MONEY: Final = frozenset({"captured", "refunded"})
_RESERVES_NOTHING: Final = frozenset({"declined", "cancelled"})


@dataclass
class Verdict:
    """doubled, lost, stuck: ids of charges. others: everything else that must not be."""

    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    book_cents: int = 0
    our_cents: int = 0

    def faults(self) -> list[str]:
        found = [f"doubled: {one}" for one in self.doubled]
        found += [f"lost: {one}" for one in self.lost]
        found += [f"stuck: {one}" for one in self.stuck]
        if self.book_cents != self.our_cents:
            found.append(f"the book says {self.book_cents} cents, our rows {self.our_cents}")
        return found + self.others


def judge(
    rows: Mapping[str, Any],
    book: Mapping[str, Any],
    *,
    paid: Mapping[str, str] | None = None,
    declined: Collection[str] = (),
) -> Verdict:
    """Compare every charge with every movement of money, and with what callers were told.

    paid: the request ids that were answered 200, with the charge's id.  declined: those answered 402.
    """
    charges = {row["id"]: row for row in rows["charges"]}
    captured, refunded, held = _sums(book["movements"])
    verdict = Verdict(statuses=Counter(row["status"] for row in charges.values()))
    for id_, row in charges.items():
        _compare_money(verdict, row, captured.get(id_, []), bool(refunded.get(id_)))
        if row["status"] not in _ENDED or row["wish"]:
            verdict.stuck.append(f"{id_} {row['kind']} {row['status']} {row['wish']} tries {row['tries']}")
        if row["status"] in _ENDED and held.get(id_):
            verdict.others.append(f"{id_} is {row['status']} and the card is still held")
    verdict.lost += [f"{id_} is no charge of ours" for id_ in captured if id_ not in charges]
    _compare_words(verdict, charges, paid or {}, declined)
    _add_up(verdict, rows, charges.values(), book)
    return verdict


def _compare_money(verdict: Verdict, row: Mapping[str, Any], taken: list[int], is_refunded: bool) -> None:
    """One charge: what its row says against what the card's owner sees."""
    id_, status, cents = row["id"], row["status"], row["cents"]
    if len(taken) > 1 or sum(taken) > cents:
        verdict.doubled.append(f"{id_}: {taken}")
    if taken != ([cents] if status in _WITH_MONEY else []):
        verdict.lost.append(f"{id_} is {status} over {cents}, the book says {taken}")
    if (status == "refunded") != is_refunded:
        verdict.lost.append(f"{id_} is {status}, given back: {is_refunded}")


def _compare_words(
    verdict: Verdict,
    charges: Mapping[str, Mapping[str, Any]],
    paid: Mapping[str, str],
    declined: Collection[str],
) -> None:
    """What callers were told must have happened."""
    for id_ in paid.values():
        if id_ not in charges or charges[id_]["status"] not in _WITH_MONEY:
            verdict.lost.append(f"{id_} was answered 200 and is {charges.get(id_)}")
    for row in charges.values():
        if row["request_id"] in declined and row["status"] in _WITH_MONEY:
            verdict.lost.append(f"{row['id']} was answered 402 and is {row['status']}")


def _sums(
    movements: Iterable[Mapping[str, Any]],
) -> tuple[dict[str, list[int]], dict[str, list[int]], dict[str, int]]:
    """Sort movements by charge: what was captured, what was refunded, and how much is still held."""
    captured: defaultdict[str, list[int]] = defaultdict(list)
    refunded: defaultdict[str, list[int]] = defaultdict(list)
    held: Counter[str] = Counter()
    signs = {"authorised": 1, "captured": -1, "released": -1, "refunded": 0}
    for movement in movements:
        id_ = movement["metadata"].get("charge_id", "")
        held[id_] += signs[movement["kind"]] * movement["cents"]
        if movement["kind"] == "captured":
            captured[id_].append(movement["cents"])
        if movement["kind"] == "refunded":
            refunded[id_].append(movement["cents"])
    return captured, refunded, held


def _add_up(
    verdict: Verdict, rows: Mapping[str, Any], charges: Iterable[Mapping[str, Any]], book: Mapping[str, Any]
) -> None:
    """The sums: book against rows, ledger against rows, events against rows."""
    listed = list(charges)
    verdict.book_cents = book["totals"]["captured"] - book["totals"]["refunded"]
    verdict.our_cents = sum(row["cents"] for row in listed if row["status"] == "captured")
    charged = sum(
        row["cents"] for row in listed if row["kind"] == "direct" and row["status"] not in _RESERVES_NOTHING
    )
    if (rows["reserved"]["charged"] or 0) != charged:
        verdict.others.append(f"the ledger has {rows['reserved']['charged']} charged, the rows {charged}")
    if (rows["reserved"]["staked"] or 0) != (rows["staked_in_tasks"] or 0):
        verdict.others.append(f"staked: {rows['reserved']['staked']} and {rows['staked_in_tasks']}")
    if rows["tasks_expired"] != rows["stakes_missed"]:
        verdict.others.append(f"{rows['tasks_expired']} tasks expired, {rows['stakes_missed']} charges")
    verdict.others += [f"the events of {id_} do not replay to its row" for id_ in rows["events_unlike_rows"]]
    verdict.others += [f"a difference was noted: {key} {detail}" for key, detail in rows["differences"]]
    if rows["closings"]:
        verdict.stuck.append(f"{rows['closings']} accounts are not erased yet")
