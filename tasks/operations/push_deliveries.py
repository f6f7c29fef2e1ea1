"""The outbox's handler for pushes: which device, and what follows when it is gone.

The call itself is gateways/push_services.py; retries, leases and the log are the outbox's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from accounts.models import PushToken
from accounts.operations.push_tokens import clear_token, forget_push_token
from tasks.gateways.push_services import Push, send_push
from tasktracker.core.sealing import CannotOpen
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.rules.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class _Device:
    """A device as it was when its deliveries were claimed; its token is opened only to send."""

    row: PushToken


class PushHandler:
    """Sends deliveries of kind "push"; their endpoint is the device's id."""

    concurrency_per_endpoint = 1

    def load(self, deliveries: Sequence[Delivery]) -> Mapping[UUID, object | None]:
        """Fetch the devices of a batch, in one query; a push to one that was forgotten is cancelled."""
        rows = PushToken.objects.filter(pk__in={each.endpoint for each in deliveries})
        devices = {str(row.pk): _Device(row) for row in rows}
        return {delivery.pk: devices.get(delivery.endpoint) for delivery in deliveries}

    def send(self, delivery: Delivery, context: object) -> Outcome:
        """Send one push. The network only."""
        device = cast("_Device", context).row
        try:
            token = clear_token(device)
        except CannotOpen:
            return Outcome("retry", error="token cannot be opened")
        return send_push(Push(token, device.platform, delivery.payload, delivery.created_at))

    def settled(self, delivery: Delivery, context: object, outcome: Outcome, at: datetime) -> None:
        """Forget a device whose push service says that it is gone."""
        if outcome.result == "gone":
            forget_push_token(cast("_Device", context).row.pk)
