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

from tasks.models import (
    Action,
    ActionMailCount,
    ActionMailOptOut,
    CheckIn,
    Monitor,
    Occurrence,
    Progress,
    ProjectAction,
    Schedule,
    Task,
    Webhook,
)

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
        *("occurrences", "schedule", "children", "progress", "own_actions"),
    )
    readonly_fields = ("occurrences", "schedule", "children", "progress", "own_actions")

    def occurrences(self, task: Task) -> str:
        return _link("occurrence", "Occurrences", task__id=task.pk)

    def schedule(self, task: Task) -> str:
        return _link("schedule", "Schedule", task__id=task.pk)

    def children(self, task: Task) -> str:
        return _link("task", "Sub-tasks", parent__id=task.pk)

    def progress(self, task: Task) -> str:
        return _link("progress", "Progress", task__id=task.pk)

    def own_actions(self, task: Task) -> str:
        return _link("action", "Actions", task__id=task.pk)


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


@admin.register(Progress)
class ProgressAdmin(_ReadOnly):
    list_display = ("task", "value", "value_max", "queue", "start_time", "end_time", "stale_timeout")
    list_select_related = ("task",)
    search_fields = ("=task__id", "task__title", "task__owner__email", "queue", "external_id")
    ordering = ("-task",)


@admin.register(Action)
class ActionAdmin(_ReadOnly):
    list_display = ("id", "task", "trigger", "integration", "status", "created_at")
    list_filter = ("status",)
    list_select_related = ("task",)
    search_fields = ("=task__id", "task__title", "trigger", "integration")
    ordering = ("-id",)


@admin.register(ProjectAction)
class ProjectActionAdmin(_ReadOnly):
    list_display = ("name", "organization", "project", "pattern", "trigger", "integration", "is_enabled")
    list_filter = ("is_enabled",)
    list_select_related = ("organization", "project")
    search_fields = ("name", "organization__slug", "project__slug")
    ordering = ("-id",)


@admin.register(Monitor)
class MonitorAdmin(_ReadOnly):
    list_display = ("name", "project", "kind", "expected_at", "missing_since", "is_enabled")
    list_filter = ("kind", "is_enabled")
    list_select_related = ("project__organization",)
    search_fields = ("=id", "name", "project__slug")
    ordering = ("-id",)


@admin.register(CheckIn)
class CheckInAdmin(_ReadOnly):
    list_display = ("monitor", "task", "was_late", "created_at")
    list_select_related = ("monitor", "task")
    search_fields = ("=monitor__id", "=task__id")
    ordering = ("-id",)


@admin.register(ActionMailCount)
class ActionMailCountAdmin(_ReadOnly):
    list_display = ("organization", "day", "used")
    list_select_related = ("organization",)
    search_fields = ("organization__slug",)
    ordering = ("-day", "-id")


@admin.register(ActionMailOptOut)
class ActionMailOptOutAdmin(_ReadOnly):
    list_display = ("email", "organization", "created_at")
    list_select_related = ("organization",)
    search_fields = ("email", "organization__slug")
    ordering = ("-id",)
