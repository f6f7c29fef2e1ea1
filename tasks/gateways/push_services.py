"""The port to push services: one push to one device, and what its service's answer means.

Whom to tell what comes from operations; when to try again is the outbox's decision. What is not configured
goes to the log, so that nothing has to be set up to develop.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from django.conf import settings

from accounts.rules.push_tokens import WEB
from tasks.rules.pushes import USEFUL_FOR
from tasktracker.outbox.rules.outcomes import Outcome

log = logging.getLogger(__name__)

EXPO_PREFIXES: Final = ("ExponentPushToken[", "ExpoPushToken[")


@dataclass(frozen=True, slots=True)
class Push:
    """One push.

    token: what the device registered, in clear. payload: rules.pushes.push_payload(). queued_at: when the
    news was made.
    """

    token: str
    platform: str
    payload: str
    queued_at: datetime


class PushService(Protocol):
    """Sends one push, in at most 10 seconds: "gone" means that the device is to be forgotten."""

    def __call__(self, push: Push) -> Outcome: ...


def send_push(push: Push) -> Outcome:
    """Send a push by the service of its device, unless it is old news by now. The network only."""
    if datetime.now(UTC) - push.queued_at > USEFUL_FOR:
        return Outcome("rejected", error="too late")
    return _service_for(push)(push)


def send_to_log(push: Push) -> Outcome:
    """Say in the log that a push would have gone out; never to which token."""
    log.info("push.logged", extra={"platform": push.platform, "payload": push.payload})
    return Outcome("delivered")


def _service_for(push: Push) -> PushService:
    # Each is imported when it is configured: they stand on libraries that nothing else needs.
    if push.platform == WEB and settings.TASKTRACKER_VAPID_PRIVATE_KEY:
        from tasks.gateways.web_push import send_web_push  # noqa: PLC0415

        return send_web_push
    if push.token.startswith(EXPO_PREFIXES) and settings.TASKTRACKER_EXPO_PUSH:
        from tasks.gateways.expo_push import send_expo_push  # noqa: PLC0415

        return send_expo_push
    if push.platform != WEB and settings.TASKTRACKER_FCM_ACCOUNT_FILE:
        from tasks.gateways.fcm_push import send_fcm_push  # noqa: PLC0415

        return send_fcm_push
    return send_to_log
