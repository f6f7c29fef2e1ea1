"""What staff see of tasks: everything but secrets, nothing to edit around the operations.

Deliveries and attempts are the outbox's rows.
"""

from django.contrib import admin

from tasks.models import (
    Action,
    ActionMailCount,
    ActionMailOptOut,
    Agenda,
    Artifact,
    Brief,
    CheckIn,
    LogChunk,
    Monitor,
    Occurrence,
    Presence,
    Progress,
    ProjectAction,
    ProjectDisplay,
    PushCoolDown,
    Run,
    Schedule,
    Section,
    StreamPlace,
    Tag,
    Task,
    TaskTag,
    Webhook,
)
from tasktracker.core.admin import LookOnly, rows_link


@admin.register(Task)
class TaskAdmin(LookOnly):
    list_display = ("title", "status", "owner", "project", "due_at", "stake_cents", "created_at")
    list_filter = ("status", ("stake_cents", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("owner", "project__organization")
    search_fields = ("=id", "title", "owner__email", "project__slug")
    ordering = ("-id",)
    fields = (
        *("id", "title", "description", "status", "owner", "project", "parent"),
        *("due_at", "is_all_day", "stake_cents", "notification_cooldown_seconds"),
        *("completed_at", "archived_at", "deleted_at", "created_at", "updated_at"),
    )
    links = ("charge", "occurrences", "schedule", "children", "progress", "own_actions", "runs", "deliveries")

    def charge(self, task: Task) -> str:
        return rows_link("charges_charge", "Charge", task__id=task.pk)

    def deliveries(self, task: Task) -> str:
        return rows_link("outbox_delivery", "Deliveries", subject_id=task.pk)

    def occurrences(self, task: Task) -> str:
        return rows_link("tasks_occurrence", "Occurrences", task__id=task.pk)

    def schedule(self, task: Task) -> str:
        return rows_link("tasks_schedule", "Schedule", task__id=task.pk)

    def children(self, task: Task) -> str:
        return rows_link("tasks_task", "Sub-tasks", parent__id=task.pk)

    def progress(self, task: Task) -> str:
        return rows_link("tasks_progress", "Progress", task__id=task.pk)

    def runs(self, task: Task) -> str:
        return rows_link("tasks_run", "Runs", task__id=task.pk)

    def own_actions(self, task: Task) -> str:
        return rows_link("tasks_action", "Actions", task__id=task.pk)


@admin.register(Occurrence)
class OccurrenceAdmin(LookOnly):
    list_display = ("id", "task", "status", "source", "scheduled_for", "created_at", "closed_at")
    list_filter = ("status", "source")
    list_select_related = ("task",)
    search_fields = ("=id", "=task__id", "task__title", "task__owner__email")
    ordering = ("-id",)


@admin.register(Schedule)
class ScheduleAdmin(LookOnly):
    list_display = ("task", "frequency", "interval", "time_of_day", "time_zone", "run_count", "next_at")
    list_filter = ("frequency", ("next_at", admin.EmptyFieldListFilter))
    list_select_related = ("task",)
    search_fields = ("=task__id", "task__title", "task__owner__email")
    ordering = ("-id",)


@admin.register(Webhook)
class WebhookAdmin(LookOnly):
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
    links = ("deliveries",)

    def deliveries(self, webhook: Webhook) -> str:
        return rows_link("outbox_delivery", "Its deliveries", endpoint=webhook.pk)


@admin.register(Progress)
class ProgressAdmin(LookOnly):
    list_display = ("task", "value", "value_max", "queue", "start_time", "end_time", "stale_timeout")
    list_select_related = ("task",)
    search_fields = ("=task__id", "task__title", "task__owner__email", "queue", "external_id")
    ordering = ("-task",)


@admin.register(Action)
class ActionAdmin(LookOnly):
    list_display = ("id", "task", "trigger", "integration", "status", "created_at")
    list_filter = ("status",)
    list_select_related = ("task",)
    search_fields = ("=task__id", "task__title", "trigger", "integration")
    ordering = ("-id",)


@admin.register(ProjectAction)
class ProjectActionAdmin(LookOnly):
    list_display = ("name", "organization", "project", "pattern", "trigger", "integration", "is_enabled")
    list_filter = ("is_enabled",)
    list_select_related = ("organization", "project")
    search_fields = ("name", "organization__slug", "project__slug")
    ordering = ("-id",)


@admin.register(Monitor)
class MonitorAdmin(LookOnly):
    list_display = ("name", "project", "kind", "expected_at", "missing_since", "is_enabled")
    list_filter = ("kind", "is_enabled")
    list_select_related = ("project__organization",)
    search_fields = ("=id", "name", "project__slug")
    ordering = ("-id",)


@admin.register(CheckIn)
class CheckInAdmin(LookOnly):
    list_display = ("monitor", "task", "was_late", "created_at")
    list_select_related = ("monitor", "task")
    search_fields = ("=monitor__id", "=task__id")
    ordering = ("-id",)


@admin.register(ActionMailCount)
class ActionMailCountAdmin(LookOnly):
    list_display = ("organization", "day", "used")
    list_select_related = ("organization",)
    search_fields = ("organization__slug",)
    ordering = ("-day", "-id")


@admin.register(ActionMailOptOut)
class ActionMailOptOutAdmin(LookOnly):
    list_display = ("email", "organization", "created_at")
    list_select_related = ("organization",)
    search_fields = ("email", "organization__slug")
    ordering = ("-id",)


@admin.register(Agenda)
class AgendaAdmin(LookOnly):
    list_display = ("task", "owner", "section", "priority", "is_reminder_on", "recurrence_pattern")
    list_filter = ("priority", "is_reminder_on", "recurrence_pattern")
    list_select_related = ("task", "owner", "section")
    search_fields = ("=task__id", "task__title", "owner__email")
    ordering = ("-task",)


@admin.register(Section)
class SectionAdmin(LookOnly):
    list_display = ("name", "project", "created_at")
    list_select_related = ("project__organization",)
    search_fields = ("=id", "name", "project__slug")
    ordering = ("-id",)


@admin.register(ProjectDisplay)
class ProjectDisplayAdmin(LookOnly):
    list_display = ("project", "view_mode")
    list_filter = ("view_mode",)
    list_select_related = ("project__organization",)
    search_fields = ("project__slug",)
    ordering = ("-project",)


@admin.register(Tag)
class TagAdmin(LookOnly):
    list_display = ("name", "owner", "color", "created_at")
    list_filter = ("color",)
    list_select_related = ("owner",)
    search_fields = ("=id", "name", "owner__email")
    ordering = ("-id",)


@admin.register(TaskTag)
class TaskTagAdmin(LookOnly):
    list_display = ("tag", "task")
    list_select_related = ("tag", "task")
    search_fields = ("tag__name", "=task__id", "task__title")
    ordering = ("-id",)


@admin.register(Run)
class RunAdmin(LookOnly):
    list_display = ("created_at", "task", "project", "status", "environment", "runner_name", "hand_backs")
    list_filter = ("status", "environment", "created_at")
    list_select_related = ("task", "project__organization")
    search_fields = ("=id", "=task__id", "task__title", "creator__email", "runner_name", "branch")
    ordering = ("-id",)
    links = ("log", "artifacts")

    def log(self, run: Run) -> str:
        return rows_link("tasks_logchunk", "Log", run__id=run.pk)

    def artifacts(self, run: Run) -> str:
        return rows_link("tasks_artifact", "Files", run__id=run.pk)


@admin.register(LogChunk)
class LogChunkAdmin(LookOnly):
    list_display = ("run", "first", "count", "created_at")
    list_select_related = ("run",)
    search_fields = ("=run__id", "=key")
    ordering = ("-id",)


@admin.register(Artifact)
class ArtifactAdmin(LookOnly):
    list_display = ("name", "type", "state", "size", "task", "run", "created_at", "expires_at")
    list_filter = ("state", "type")
    list_select_related = ("task", "run")
    search_fields = ("=id", "name", "=task__id", "=run__id", "=storage_path")
    ordering = ("-id",)


@admin.register(Brief)
class BriefAdmin(LookOnly):
    list_display = ("task", "project", "number", "origin", "repository", "is_internal")
    list_filter = ("origin", "is_internal")
    list_select_related = ("task", "project__organization")
    search_fields = ("=task__id", "task__title", "repository", "project__slug")
    ordering = ("-task",)


@admin.register(Presence)
class PresenceAdmin(LookOnly):
    list_display = ("user", "task", "push_token", "last_seen_at", "expires_at")
    list_select_related = ("user", "task", "push_token")
    search_fields = ("user__email", "=task__id")
    ordering = ("-id",)


@admin.register(PushCoolDown)
class PushCoolDownAdmin(LookOnly):
    list_display = ("run", "kind", "told_at")
    list_filter = ("kind",)
    list_select_related = ("run",)
    search_fields = ("=run__id",)
    ordering = ("-id",)


@admin.register(StreamPlace)
class StreamPlaceAdmin(LookOnly):
    list_display = ("user", "place", "held_until")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("-id",)
