"""What staff see of tasks: everything but secrets, nothing to edit around the operations.

Deliveries and attempts are the outbox's rows.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from tasks.models import Occurrence, Schedule, Task, Webhook

_SECRETS = frozenset({"secret_sealed", "previous_secret_sealed"})


class _ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic outside of the stubs
    """Rows that staff only look at."""

    show_full_result_count = False  # no COUNT(*) over everybody's rows

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Refuse filters on secret columns, which would tell them letter by letter (reliability.md 8)."""
        if _SECRETS.intersection(lookup.split("__")):
            return False
        return super().lookup_allowed(lookup, value, request)


def _link(model: str, text: str, **filters: object) -> str:
    """Link to a list of rows."""
    address = f"{reverse(f'admin:tasks_{model}_changelist')}?{urlencode(filters)}"
    return format_html('<a href="{}">{}</a>', address, text)


@admin.register(Task)
class TaskAdmin(_ReadOnly):
    list_display = ("title", "status", "owner", "project", "due_at", "stake_cents", "created_at")
    list_filter = ("status", ("stake_cents", admin.EmptyFieldListFilter))
    list_select_related = ("owner", "project__organization")
    search_fields = ("=id", "title", "owner__email", "project__slug")
    ordering = ("-id",)
    fields = (
        *("id", "title", "description", "status", "owner", "project", "parent"),
        *("due_at", "is_all_day", "stake_cents", "notification_cooldown_seconds"),
        *("completed_at", "archived_at", "deleted_at", "created_at", "updated_at"),
        *("occurrences", "schedule", "children"),
    )
    readonly_fields = ("occurrences", "schedule", "children")

    def occurrences(self, task: Task) -> str:
        return _link("occurrence", "Occurrences", task__id=task.pk)

    def schedule(self, task: Task) -> str:
        return _link("schedule", "Schedule", task__id=task.pk)

    def children(self, task: Task) -> str:
        return _link("task", "Sub-tasks", parent__id=task.pk)


@admin.register(Occurrence)
class OccurrenceAdmin(_ReadOnly):
    list_display = ("id", "task", "status", "source", "scheduled_for", "created_at", "closed_at")
    list_filter = ("status", "source")
    list_select_related = ("task",)
    search_fields = ("=id", "=task__id", "task__title", "task__owner__email")
    ordering = ("-id",)


@admin.register(Schedule)
class ScheduleAdmin(_ReadOnly):
    list_display = ("task", "frequency", "interval", "time_of_day", "time_zone", "run_count", "next_at")
    list_filter = ("frequency", ("next_at", admin.EmptyFieldListFilter))
    list_select_related = ("task",)
    search_fields = ("=task__id", "task__title", "task__owner__email")
    ordering = ("-id",)


@admin.register(Webhook)
class WebhookAdmin(_ReadOnly):
    list_display = ("url", "user", "project", "slug", "is_enabled", "disabled_reason", "failing_since")
    list_filter = ("is_enabled", "disabled_reason")
    list_select_related = ("user", "project__organization")
    search_fields = ("=id", "url", "user__email", "slug")
    ordering = ("-id",)
    fields = (
        *("id", "user", "project", "slug", "url", "events"),
        *("is_enabled", "disabled_reason", "failing_since", "previous_secret_until"),
        *("created_at", "updated_at"),
    )
