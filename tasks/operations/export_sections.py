"""What an export holds of tasks: those of every dialect that an account owns, and all that hangs on them."""

from typing import Final

from accounts.operations.export_sections import Section, same_names
from tasks.models import (
    Action,
    Artifact,
    LogChunk,
    Occurrence,
    Run,
    Schedule,
    Tag,
    Task,
    TaskTag,
    Webhook,
)
from tasks.models import Section as ProjectSection

SECTIONS: Final = (
    Section(
        "tasks",
        lambda user_id: Task.objects.filter(owner_id=user_id),
        {
            **same_names("id", "parent_id", "title", "description", "status", "due_at", "is_all_day"),
            "project": "project__slug",
            "organization": "project__organization__slug",
            **same_names(
                *("stake_cents", "notification_cooldown_seconds", "created_at", "updated_at"),
                *("completed_at", "archived_at", "deleted_at"),
            ),
            "section_id": "agenda__section_id",
            "priority": "agenda__priority",
            "color": "agenda__color",
            "recurrence_pattern": "agenda__recurrence_pattern",
            "recurrence_interval": "agenda__recurrence_interval",
            "recurrence_until": "agenda__recurrence_until",
            "value": "progress__value",
            "value_max": "progress__value_max",
            "data": "progress__data",
            "progress_tags": "progress__tags",
            "queue": "progress__queue",
            "external_id": "progress__external_id",
            "start_time": "progress__start_time",
            "end_time": "progress__end_time",
            "max_runtime": "progress__max_runtime",
            "stale_timeout": "progress__stale_timeout",
            "number": "brief__number",
            "origin": "brief__origin",
            "repository": "brief__repository",
            "json_schema": "brief__json_schema",
            "ci_prompt": "brief__ci_prompt",
            "is_internal": "brief__is_internal",
        },
    ),
    Section(
        "occurrences",
        lambda user_id: Occurrence.objects.filter(task__owner_id=user_id),
        same_names("id", "task_id", "status", "source", "scheduled_for", "created_at", "closed_at"),
    ),
    Section(
        "schedules",
        lambda user_id: Schedule.objects.filter(task__owner_id=user_id),
        same_names(
            *("id", "task_id", "frequency", "interval", "time_of_day", "time_zone", "anchor_date", "weekday"),
            *("month_day", "nth", "end_date", "run_limit", "run_count", "next_at"),
        ),
    ),
    Section(
        "actions",
        lambda user_id: Action.objects.filter(task__owner_id=user_id),
        same_names(
            *("id", "task_id", "trigger", "integration", "config", "status", "created_at", "updated_at")
        ),
    ),
    Section(
        "runs",
        lambda user_id: Run.objects.filter(task__owner_id=user_id),
        same_names(
            *(
                "id",
                "task_id",
                "stage",
                "branch",
                "status",
                "environment",
                "error_message",
                "output",
                "state",
            ),
            *("resume_from_id", "runner_name", "created_at", "queued_at", "started_at", "completed_at"),
        ),
    ),
    Section(
        "run_logs",
        lambda user_id: LogChunk.objects.filter(run__task__owner_id=user_id),
        same_names("run_id", "first", "count", "text", "created_at"),
    ),
    Section(
        "run_files",
        lambda user_id: Artifact.objects.filter(task__owner_id=user_id).exclude(finalized_at=None),
        {
            **same_names("id", "task_id", "run_id", "name", "type", "source", "size", "content_type"),
            **same_names("uploaded_at", "finalized_at"),
            "sha256": "digest",
        },
    ),
    Section(
        "tags",
        lambda user_id: Tag.objects.filter(owner_id=user_id),
        same_names("id", "name", "color", "created_at"),
    ),
    Section(
        "task_tags",
        lambda user_id: TaskTag.objects.filter(task__owner_id=user_id, tag__owner_id=user_id),
        same_names("task_id", "tag_id"),
    ),
    Section(
        "sections",
        lambda user_id: ProjectSection.objects.filter(project__organization__personal_of_id=user_id),
        same_names("id", "project_id", "name", "created_at"),
    ),
    Section(
        "webhooks",
        lambda user_id: Webhook.objects.filter(user_id=user_id),
        same_names(
            "id",
            "url",
            "events",
            "is_enabled",
            "disabled_reason",
            "failing_since",
            "created_at",
            "updated_at",
        ),
    ),
)
