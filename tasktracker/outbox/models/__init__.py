"""The rows of the outbox. What a delivery means to its receiver belongs to the app with its handler."""

from tasktracker.outbox.models.deliveries import Attempt, Delivery, Resending
from tasktracker.outbox.models.heartbeats import Heartbeat

__all__ = ["Attempt", "Delivery", "Heartbeat", "Resending"]
