"""Counting guesses at passwords, codes and tokens: exact under any concurrency, kept in the database.

A guess is counted before it is looked at, and stays counted when it was wrong. The numbers are
settings.TASKTRACKER_GUESS_LIMITS.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from accounts.models.guesses import GuessCounter
from tasktracker.core.errors import LimitExceeded
from tasktracker.core.limits import scaled

# One statement decides and counts: no row comes back when the guess is one too many.
_COUNT = """
INSERT INTO accounts_guesscounter AS counter (kind, subject_digest, guesses, ends_at)
VALUES (%(kind)s, %(digest)s, 1, %(ends_at)s)
ON CONFLICT (kind, subject_digest) DO UPDATE SET
  guesses = CASE WHEN counter.ends_at <= %(at)s THEN 1 ELSE counter.guesses + 1 END,
  ends_at = CASE WHEN counter.ends_at <= %(at)s THEN excluded.ends_at ELSE counter.ends_at END
WHERE counter.ends_at <= %(at)s OR counter.guesses < %(limit)s
RETURNING guesses
"""


class TooManyGuesses(LimitExceeded):
    """Somebody guesses, or mistypes, too often."""

    default_message = "Too many attempts. Try again later."


def count_guess(*, kind: str, subject: str, limit: int, seconds: int, at: datetime) -> None:
    """Count a guess at `subject`, or refuse it.

    kind: what is guessed, "sign_in.email". subject: at whom or from where; letter case makes no difference.
    At most `limit` guesses in the `seconds` that begin with the first. Call it before looking at the guess
    and outside of any transaction: one that a wrong guess rolls back would forget it.
    Raises TooManyGuesses; a refused guess does not count.
    """
    digest = _digest(kind, subject)
    ends_at = at + timedelta(seconds=seconds)
    with transaction.atomic(durable=True):
        if _count(kind, digest, scaled(limit), ends_at, at):
            return
    raise TooManyGuesses(_seconds_left(kind, digest, at))


def require_guesses_left(*, kind: str, subject: str, limit: int, at: datetime) -> None:
    """Refuse who has guessed wrong too often, where only wrong guesses are counted, and counted afterwards.

    For secrets that nobody can guess: those who come at the same moment may all get one try more.
    Raises TooManyGuesses.
    """
    spent = GuessCounter.objects.filter(
        kind=kind, subject_digest=_digest(kind, subject), ends_at__gt=at, guesses__gte=scaled(limit)
    )
    ends_at = spent.values_list("ends_at", flat=True).first()
    if ends_at is not None:
        raise TooManyGuesses((ends_at - at).total_seconds())


def clear_guesses(*, kind: str, subject: str) -> None:
    """Forget the guesses at `subject`: the right one was made."""
    GuessCounter.objects.filter(kind=kind, subject_digest=_digest(kind, subject)).delete()


def uncount_guess(*, kind: str, subject: str) -> None:
    """Take one guess at `subject` back: it was right, and others are counted on."""
    counters = GuessCounter.objects.filter(kind=kind, subject_digest=_digest(kind, subject), guesses__gt=0)
    counters.update(guesses=F("guesses") - 1)


# --- what is tried at a door ------------------------------------------------------------------------------
def count_attempt(*, door: str, email: str, address: str, at: datetime) -> None:
    """Count a try at a door by the network address it comes from and by the e-mail it is about.

    door: "sign_in", "code_check"; what is tried there. Call it before looking at what was tried, outside of
    any transaction. Raises TooManyGuesses.
    """
    _count_one(f"{door}.address", address, at)
    _count_one(f"{door}.email", email.strip(), at)


def forgive_attempts(*, door: str, email: str, address: str) -> None:
    """Forget the tries at one e-mail: the right person came. Of the address, only this try is forgotten."""
    clear_guesses(kind=f"{door}.email", subject=email.strip())
    uncount_guess(kind=f"{door}.address", subject=address)


def count_second_factor(*, user_id: int, at: datetime) -> None:
    """Count a try at the second factor of an account. Raises TooManyGuesses."""
    _count_one("second_factor.account", str(user_id), at)


def forgive_second_factors(*, user_id: int) -> None:
    """Forget the tries at the second factor of an account."""
    clear_guesses(kind="second_factor.account", subject=str(user_id))


def _count_one(kind: str, subject: str, at: datetime) -> None:
    limit, seconds = settings.TASKTRACKER_GUESS_LIMITS[kind]
    count_guess(kind=kind, subject=subject, limit=limit, seconds=seconds, at=at)


def sweep_guesses(at: datetime) -> int:
    """Delete the counters that count no more. Returns how many."""
    deleted, _ = GuessCounter.objects.filter(ends_at__lte=at).delete()
    return deleted


def _count(kind: str, digest: str, limit: int, ends_at: datetime, at: datetime) -> bool:
    as_stored = connection.ops.adapt_datetimefield_value
    values: dict[str, Any] = {
        "kind": kind,
        "digest": digest,
        "limit": limit,
        "ends_at": as_stored(ends_at),
        "at": as_stored(at),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        return cursor.fetchone() is not None


def _seconds_left(kind: str, digest: str, at: datetime) -> float:
    counter = GuessCounter.objects.filter(kind=kind, subject_digest=digest).first()
    return (counter.ends_at - at).total_seconds() if counter else 0


def _digest(kind: str, subject: str) -> str:
    return salted_hmac(
        f"accounts.guesses.{kind}", subject.casefold().encode(errors="backslashreplace"), algorithm="sha256"
    ).hexdigest()
