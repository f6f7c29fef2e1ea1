"""Order keys: texts between any two of which a third fits. Their order is that of their bytes.

The spelling is that of `fractional-indexing` (todo.md B.6): an integer whose first letter tells its length,
then a fraction without trailing zeros. Which key a task gets is decided in operations; see docs/adr/0020.
"""

from typing import Final
from uuid import UUID

from tasktracker.core.errors import Invalid, Problem

DIGITS: Final = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in the order of their bytes
)
FIRST: Final = "a0"
MAX_KEY: Final = 500
MAX_GIVEN_KEY: Final = 128

_ZERO, _LAST = DIGITS[0], DIGITS[-1]
_ID_DIGITS = 22  # 62**22 > 2**128
_ID_HEAD = chr(ord("Z") - _ID_DIGITS + 1)
_SMALLEST = "A" + _ZERO * 26  # nothing fits before it


class BadOrderKey(Invalid):
    """The text is no order key, or the keys do not stand in order."""

    code = "bad_order_key"

    def __init__(self, field: str, detail: str = "This is not an order key.") -> None:
        super().__init__(Problem(field, "bad_order_key", detail))


class NoRoom(Invalid):
    """The keys around the place have become too long for one more between them."""

    code = "no_room"
    default_message = "There is no room between these two. Move one of them to another place first."


def require_key(text: str, *, field: str) -> str:
    """Check a key that a caller gave. Raises BadOrderKey."""
    if not 1 <= len(text) <= MAX_GIVEN_KEY or any(character not in DIGITS for character in text):
        raise BadOrderKey(field)
    length = _integer_length(text[0])
    has_fraction = len(text) > length
    if length == 0 or len(text) < length or (has_fraction and text[-1] == _ZERO) or text == _SMALLEST:
        raise BadOrderKey(field)
    return text


def key_between(before: str | None, after: str | None) -> str:
    """Make a short key after `before` and before `after`; None is the end of the list.

    Both are keys, and in order. Raises NoRoom.
    """
    key = _key_between(before, after)
    if key is None or len(key) > MAX_KEY:
        raise NoRoom
    return key


def key_of_id(task_id: UUID) -> str:
    """Make the key of a task that nobody has put anywhere: before all that have a place, oldest first."""
    digits, number = "", task_id.int
    for _ in range(_ID_DIGITS):
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return _ID_HEAD + digits


def id_up_to(key: str) -> UUID:
    """Find the greatest id whose key_of_id() is not after `key`; the nil id when there is none."""
    if key < _ID_HEAD + _ZERO * _ID_DIGITS:
        return UUID(int=0)
    if key >= LAST_KEY_OF_ID:
        return UUID(int=2**128 - 1)
    number = 0
    for digit in key[1 : _ID_DIGITS + 1]:
        number = number * len(DIGITS) + DIGITS.index(digit)
    return UUID(int=min(number, 2**128 - 1))


LAST_KEY_OF_ID: Final = key_of_id(UUID(int=2**128 - 1))


# --- arithmetic ---------------------------------------------------------------------------------------------
def _key_between(before: str | None, after: str | None) -> str | None:
    if before is None:
        return FIRST if after is None else _key_before(after)
    whole, fraction = _split(before)
    following = _neighbour(whole, step=1)
    if after is None:
        return following or whole + _middle(fraction, None)
    if whole == _split(after)[0]:
        return whole + _middle(fraction, _split(after)[1])
    return following if following and following < after else whole + _middle(fraction, None)


def _key_before(after: str) -> str | None:
    whole, fraction = _split(after)
    if whole == _SMALLEST:
        return whole + _middle("", fraction)
    preceding = whole if fraction else _neighbour(whole, step=-1)
    return _SMALLEST + _middle("", None) if preceding == _SMALLEST else preceding


def _middle(low: str, high: str | None) -> str:
    """Make a fraction between two; "" is 0 and None is 1."""
    shared = ""
    while True:
        place = len(shared)
        floor = DIGITS.index(low[place]) if place < len(low) else 0
        ceiling = DIGITS.index(high[place]) if high is not None and place < len(high) else len(DIGITS)
        if floor == ceiling:
            shared += DIGITS[floor]
        elif ceiling - floor > 1:
            return shared + DIGITS[(floor + ceiling + 1) // 2]
        elif high is not None and len(high) > place + 1:
            return shared + DIGITS[ceiling]
        else:
            shared, high = shared + DIGITS[floor], None


def _neighbour(whole: str, *, step: int) -> str | None:
    """Count an integer up or down by one; None at either end."""
    head, digits = whole[0], list(whole[1:])
    limit, restart = (_LAST, _ZERO) if step > 0 else (_ZERO, _LAST)
    for place in reversed(range(len(digits))):
        if digits[place] != limit:
            digits[place] = DIGITS[DIGITS.index(digits[place]) + step]
            return head + "".join(digits)
        digits[place] = restart
    if head == ("z" if step > 0 else "A"):
        return None
    head = {("Z", 1): "a", ("a", -1): "Z"}.get((head, step)) or chr(ord(head) + step)
    return head + restart * (_integer_length(head) - 1)


def _split(key: str) -> tuple[str, str]:
    length = _integer_length(key[0])
    return key[:length], key[length:]


def _integer_length(head: str) -> int:
    """Tell how long the integer is that begins with this letter, the letter counted; 0 for a digit."""
    if "a" <= head <= "z":
        return ord(head) - ord("a") + 2
    return ord("Z") - ord(head) + 2 if "A" <= head <= "Z" else 0
