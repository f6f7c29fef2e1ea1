"""The API under /v1: who may call it, what goes wrong on the way, which endpoint answers, what is kept."""

import base64
import binascii
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from charges.fake_stripe import (
    checkout,
    clock,
    customers,
    payment_intents,
    payment_methods,
    records,
    refunds,
    setup_intents,
)
from charges.fake_stripe.call import API_VERSION, Call, public
from charges.fake_stripe.cards import DECLINES
from charges.fake_stripe.errors import (
    ApiError,
    Json,
    broken,
    key_in_use,
    no_key,
    rate_limited,
    unknown_url,
    wrong_key,
    wrong_parameter,
)
from charges.fake_stripe.faults import Fault, Faults
from charges.fake_stripe.forms import nested
from charges.fake_stripe.http_words import Answer, Dropped, Request, as_json
from charges.fake_stripe.keys import Keys
from charges.fake_stripe.lists import expanded
from charges.fake_stripe.store import Store

Endpoint = Callable[..., Json]
_MODULES = (customers, payment_methods, setup_intents, checkout, payment_intents, refunds, records)
_ROUTES: list[tuple[str, re.Pattern[str], Endpoint]] = [
    (method, re.compile(path.replace("{id}", "([^/]+)")), endpoint)
    for module in _MODULES
    for method, path, endpoint in module.ROUTES
]
_TEST_KEY = re.compile(r"sk_test_[A-Za-z0-9_]+")
_LONGEST_KEY = 255


class Api:
    """Answers calls of /v1."""

    def __init__(self, store: Store, faults: Faults, address: str) -> None:
        self._store = store
        self._faults = faults
        self._keys = Keys(store)
        self._address = address
        self._end = threading.Event()  # never set: waiting for it is how a fault takes its time

    def answer(self, request: Request) -> Answer:
        """Answer a call. Raises Dropped when a fault cuts the connection."""
        try:
            answer = self._answer(request)
        except ApiError as refusal:
            answer = _refusal(refusal, request)
        return Answer(answer.status, answer.body, (*answer.headers, *_said_always(request)))

    def _answer(self, request: Request) -> Answer:
        _require_test_key(request.headers.get("authorization", ""))
        endpoint, ids = _route(request)
        fault = self._faults.choose(request.method, request.path)
        with self._around(fault):
            key = _key(request)
            with self._keys.held(key):
                return self._once(request, key, fault, endpoint, ids)

    @contextmanager
    def _around(self, fault: Fault | None) -> Iterator[None]:
        """What a fault does before the call reaches us, and to its answer."""
        kind = fault.kind if fault else ""
        if fault and kind == "hang":
            self._end.wait(fault.seconds)
        if kind in ("hang", "drop_before"):
            raise Dropped
        if kind == "429":
            raise rate_limited()
        if kind == "409":
            raise key_in_use("another")
        yield
        if fault and kind == "hang_after":
            self._end.wait(fault.seconds)
        if kind in ("hang_after", "drop_after"):
            raise Dropped

    def _once(
        self, request: Request, key: str | None, fault: Fault | None, endpoint: Endpoint, ids: tuple[str, ...]
    ) -> Answer:
        """Do the work, unless its key has been answered before; store the answer with what it changed."""
        if fault and fault.kind == "slow":
            self._end.wait(fault.seconds)
        params = nested(request.body if request.method == "POST" else request.query)
        with self._store.transaction():
            now = clock.now(self._store)
            clock.lapse(self._store, self._address)
            replayed = self._keys.replay(key, request.path, params, now)
            if replayed and (fault is None or not fault.kind.startswith("500")):
                return replayed
            call = Call(
                store=self._store,
                params=params,
                now=int(now),
                address=self._address,
                request_id=request.id,
                idempotency_key=key,
                decline=DECLINES[fault.code] if fault and fault.kind == "decline" else None,
            )
            answer, is_stored = self._worked(request, call, fault, lambda: endpoint(call, *ids))
            if key and is_stored and not replayed:
                self._keys.remember(key, request.path, params, now, request.id, answer)
            return answer

    def _worked(
        self, request: Request, call: Call, fault: Fault | None, work: Callable[[], Json]
    ) -> tuple[Answer, bool]:
        """Run an endpoint. Returns (answer, is it stored); most refusals undo what it changed."""
        if fault and fault.kind == "500_before":
            return _refusal(broken(is_stored=fault.is_stored), request), fault.is_stored
        self._store.run("SAVEPOINT work")
        try:
            paths = _expand(call.params)
            answer, is_stored = as_json(public(expanded(call, work(), paths))), True
        except ApiError as refusal:
            if not refusal.keeps_changes:
                self._store.run("ROLLBACK TO work")
            answer, is_stored = _refusal(refusal, request), refusal.is_stored
        self._store.run("RELEASE work")
        if fault and fault.kind == "500_after":
            return _refusal(broken(is_stored=fault.is_stored), request), fault.is_stored
        return answer, is_stored


def _refusal(refusal: ApiError, request: Request) -> Answer:
    return as_json(public(refusal.body(request.id)), refusal.answer_status, *refusal.headers)


def _said_always(request: Request) -> tuple[tuple[str, str], ...]:
    said = [
        ("Request-Id", request.id),
        ("Stripe-Version", request.headers.get("stripe-version", API_VERSION)),
    ]
    if "idempotency-key" in request.headers:
        said.append(("Idempotency-Key", request.headers["idempotency-key"]))
    return tuple(said)


def _route(request: Request) -> tuple[Endpoint, tuple[str, ...]]:
    for method, pattern, endpoint in _ROUTES:
        found = pattern.fullmatch(request.path) if method == request.method else None
        if found:
            return endpoint, found.groups()
    raise unknown_url(request.method, request.path)


def _require_test_key(authorization: str) -> None:
    scheme, _, text = authorization.partition(" ")
    key = text.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
    if not key:
        raise no_key()
    if not _TEST_KEY.fullmatch(key):
        raise wrong_key(key)


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key and len(key) > _LONGEST_KEY:
        raise wrong_parameter(f"Idempotency keys may have up to {_LONGEST_KEY} characters.")
    return key or None


def _expand(params: Json) -> list[str]:
    paths = params.get("expand", [])
    return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []
