"""What staff sees of what left the building: each delivery with its attempts, and the one command, to send it
again. What was sent is shown where it was never sealed.
"""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from tasktracker.core import clock
from tasktracker.core.admin import CommandPage, LookOnly, LookOnlyInline, row_link, rows_link
from tasktracker.outbox.models import Attempt, Delivery, Heartbeat, Resending
from tasktracker.outbox.operations.replay import resend_delivery


class _AttemptInline(LookOnlyInline):
    model = Attempt
    fields = ("number", "started_at", "duration_ms", "status_code", "error", "reply_excerpt")
    ordering = ("number",)


@admin.register(Delivery)
class DeliveryAdmin(CommandPage):
    list_display = ("created_at", "kind", "event", "endpoint", "account", "state", "tries", "last_status")
    list_filter = ("state", "kind")
    search_fields = ("=id", "=event_id", "=endpoint", "event", "=account_id", "=subject_id", "=request_id")
    ordering = ("-id",)
    inlines = (_AttemptInline,)
    fields = (
        *("id", "kind", "event", "event_id", "endpoint", "account", "is_sealed", "body", "state"),
        *("due_at", "lease_until", "fence", "tries", "last_status", "last_error", "request_id"),
        *("created_at", "finished_at"),
    )
    readonly_fields = ("account", "body")
    links = ("task", "webhook", "resendings")
    command_title = "Send it again"
    command_help = "A delivery that is over is sent again, with the same id and the same text."

    @admin.display(ordering="account_id")
    def account(self, delivery: Delivery) -> str:
        return row_link("accounts_user", delivery.account_id, f"account {delivery.account_id}")

    def body(self, delivery: Delivery) -> str:
        return "(sealed)" if delivery.is_sealed else delivery.payload

    def task(self, delivery: Delivery) -> str:
        return row_link("tasks_task", delivery.subject_id, "Its task") if delivery.subject_id else "-"

    def webhook(self, delivery: Delivery) -> str:
        if delivery.kind != "webhook":
            return "-"
        return row_link("tasks_webhook", delivery.endpoint, "Its webhook")

    def resendings(self, delivery: Delivery) -> str:
        return rows_link("outbox_resending", "Sent again by staff", delivery_id=delivery.pk)

    def carry_out(self, request: HttpRequest, pk: str, said: dict[str, Any]) -> str:
        """Send a delivery again."""
        resend_delivery(
            delivery_id=UUID(pk),
            staff_id=int(request.user.pk or 0),
            command_id=said["command_id"],
            why=said["why"],
            at=clock.now(),
        )
        return "It is sent again."


@admin.register(Resending)
class ResendingAdmin(LookOnly):
    list_display = ("at", "staff", "event", "endpoint", "delivery", "why")
    search_fields = ("=id", "=delivery_id", "=endpoint", "=account_id", "=staff_id", "why")
    ordering = ("-at", "id")
    fields = ("id", "at", "staff", "delivery", "event", "endpoint", "account_id", "why")
    readonly_fields = ("staff", "delivery")

    @admin.display(ordering="staff_id")
    def staff(self, row: Resending) -> str:
        return row_link("accounts_user", row.staff_id, f"account {row.staff_id}")

    def delivery(self, row: Resending) -> str:
        return row_link("outbox_delivery", row.delivery_id, row.delivery_id)


@admin.register(Heartbeat)
class HeartbeatAdmin(LookOnly):
    list_display = ("name", "seen_at")
    search_fields = ("name",)
    ordering = ("name",)
