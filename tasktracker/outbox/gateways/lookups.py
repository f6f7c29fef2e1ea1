"""The addresses of names, within a time budget, and which addresses are this machine's own.

Whether an address may be called is a rule (rules/addresses.py); calling it is safe_http's.
"""

import os
import socket
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache

RESOLVE_SECONDS = 3.0
ANSWER_KEPT_SECONDS = (
    5.0  # short: every use of a kept answer is checked afresh, so this is about staleness only
)
LOOKUPS_MAX = 256


def resolve(host: str, port: int) -> list[str]:
    """Return every address of a host name.

    Raises TimeoutError after 3 seconds, OSError when there is no answer.
    """
    answer = _lookups.find(host, port)
    return answer.result(timeout=RESOLVE_SECONDS)


def is_on_this_machine(address: str) -> bool:
    """Say whether one of our interfaces has this address: only then can a socket be bound to it."""
    return _binding_tells() and _can_bind(address)


@dataclass(frozen=True, slots=True)
class _Lookup:
    started: float
    answer: Future[list[str]]

    def is_usable(self) -> bool:
        """Say whether to wait for this one, or use its answer, rather than ask again."""
        if not self.answer.done():
            return True
        is_fresh = time.monotonic() - self.started < ANSWER_KEPT_SECONDS
        return is_fresh and self.answer.exception() is None


class _Lookups:
    """The look-ups under way and lately done: one thread per name, however many wait for it.

    A thread, because getaddrinfo knows no time limit; a daemon, because it must not hold up the exit.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_name: dict[tuple[str, int], _Lookup] = {}

    def find(self, host: str, port: int) -> Future[list[str]]:
        with self._lock:
            known = self._by_name.get((host, port))
            if known is not None and known.is_usable():
                return known.answer
            self._make_room()
            answer: Future[list[str]] = Future()
            threading.Thread(target=_look_up, args=(host, port, answer), daemon=True).start()
            self._by_name[host, port] = _Lookup(time.monotonic(), answer)
            return answer

    def _make_room(self) -> None:
        if len(self._by_name) < LOOKUPS_MAX:
            return
        self._by_name = {name: lookup for name, lookup in self._by_name.items() if not lookup.answer.done()}
        if len(self._by_name) >= LOOKUPS_MAX:
            raise TimeoutError("too many look-ups are hanging")


def _look_up(host: str, port: int, answer: Future[list[str]]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        answer.set_exception(error)
    except UnicodeError:  # the codec's word for a label it does not like
        answer.set_exception(socket.gaierror(socket.EAI_NONAME, "not a name"))
    else:
        answer.set_result(list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)))
    finally:
        if not answer.done():  # a bug ended this thread: nobody may wait for it, now or later
            answer.set_exception(OSError("the look-up broke"))


@cache
def _binding_tells() -> bool:
    """Say whether binding is refused for foreign addresses: ip_nonlocal_bind allows it for all."""
    return not _can_bind("192.0.2.1")  # a documentation address, nobody's


def _can_bind(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _start_afresh() -> None:
    """Forget all look-ups: their threads do not live on in a forked child."""
    global _lookups  # noqa: PLW0603 - one store per process, replaced as a whole
    _lookups = _Lookups()


_lookups = _Lookups()
os.register_at_fork(after_in_child=_start_afresh)
