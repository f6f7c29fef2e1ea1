"""Firebase Cloud Messaging, HTTP v1: a service account's key buys an access token, which sends."""

import time
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import urlencode

import jwt
import orjson
from django.conf import settings

from tasks.gateways.push_answers import outcome_of_push
from tasks.gateways.push_services import Push
from tasktracker.outbox.gateways.safe_http import Unreachable, post
from tasktracker.outbox.rules.outcomes import Outcome

_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GONE: Final = frozenset({404})  # UNREGISTERED
_HOPELESS: Final = frozenset({400, 403})
_ASSERTION_SECONDS: Final = 3600
_EARLY_SECONDS: Final = 300  # a token is bought anew so long before it ends
_ONE_TRY_SECONDS: Final = 5.0  # of the two calls that a push may take


class CannotSignIn(Exception):
    """No access token could be had; str() is a short word for the log of the delivery."""


def send_fcm_push(push: Push) -> Outcome:
    """Hand one push to FCM."""
    account = _account(settings.TASKTRACKER_FCM_ACCOUNT_FILE)
    said = orjson.loads(push.payload)
    notification = {"title": said["title"], "body": said["body"]}
    message = {"token": push.token, "notification": notification, "data": said["data"]}
    url = f"{settings.TASKTRACKER_FCM_URL}/v1/projects/{account['project_id']}/messages:send"
    try:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {_tokens.take(account)}"}
        body = orjson.dumps({"message": message})
        reply = post(url, body=body, headers=headers, timeout_seconds=_ONE_TRY_SECONDS)
    except CannotSignIn as problem:
        return Outcome("retry", error=str(problem))
    except Unreachable as failure:
        return Outcome("retry", error=failure.reason)
    if reply.status == 401:
        _tokens.forget()
    return outcome_of_push(reply, gone=_GONE, hopeless=_HOPELESS)


class _AccessTokens:
    """The access token of this process, bought anew before it ends."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._token = ""
        self._ends_at = 0.0

    def take(self, account: dict[str, Any]) -> str:
        """Return a token that is good for a while. Raises CannotSignIn, Unreachable."""
        with self._lock:
            if time.monotonic() >= self._ends_at:
                self._token, lasts = _bought(account)
                self._ends_at = time.monotonic() + lasts - _EARLY_SECONDS
            return self._token

    def forget(self) -> None:
        """Buy a new token next time."""
        with self._lock:
            self._ends_at = 0.0


_tokens = _AccessTokens()


def _bought(account: dict[str, Any]) -> tuple[str, float]:
    """Exchange the account's signature for an access token and the seconds that it lasts."""
    now = int(time.time())
    claims = {
        "iss": account["client_email"],
        "scope": _SCOPE,
        "aud": account["token_uri"],
        "iat": now,
        "exp": now + _ASSERTION_SECONDS,
    }
    assertion = jwt.encode(claims, account["private_key"], algorithm="RS256")
    body = urlencode({"grant_type": _GRANT, "assertion": assertion}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = post(account["token_uri"], body=body, headers=headers, timeout_seconds=_ONE_TRY_SECONDS)
    if reply.status != 200:
        raise CannotSignIn(f"sign-in: status {reply.status}")
    try:
        said = orjson.loads(reply.body)
        return str(said["access_token"]), float(said["expires_in"])
    except (ValueError, KeyError, TypeError):
        raise CannotSignIn("sign-in: no token") from None


@lru_cache(maxsize=1)
def _account(path: str) -> dict[str, Any]:
    """Read the key file of the service account, once."""
    account: dict[str, Any] = orjson.loads(Path(path).read_bytes())
    return account
