"""What lists of tasks are narrowed by, and what is asked of many tasks at once. Source: agents.md A.3."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from tasks.queries.briefs import Archived, BriefedTask, Filters
from tasks.rules.briefs import MAX_REPOSITORY
from tasks.rules.runs import Environment, RunStatus
from tasktracker.dialects.agents.shapes.moments import moment
from tasktracker.dialects.agents.shapes.pages import PAGE_PARAMETERS, PageOut
from tasktracker.dialects.agents.shapes.reading import read, read_query
from tasktracker.http.body import Query
from tasktracker.http.fields import Id

MAX_SUMMARIES: Final = 5000
_DEFAULT_WINDOW_DAYS: Final = 7
_MAX_WINDOW_DAYS: Final = 30
_LARGEST: Final = 2**63 - 1
_STATUSES: Final = [str(status) for status in RunStatus]
_ARCHIVED: Final = [str(archived) for archived in Archived]


class FiltersIn(serializers.Serializer[Any]):
    origin_product = serializers.CharField(required=False)
    stage = serializers.CharField(required=False)
    organization = serializers.CharField(required=False)
    repository = serializers.CharField(required=False)
    created_by = serializers.IntegerField(max_value=_LARGEST, min_value=-_LARGEST, required=False)
    search = serializers.CharField(required=False, allow_blank=True)
    status = serializers.ChoiceField(_STATUSES, required=False)
    internal = serializers.BooleanField(required=False)
    archived = serializers.ChoiceField(_ARCHIVED, required=False)


_RENAMED: Final = {"origin_product": "origin", "internal": "is_internal"}
LIST_PARAMETERS: Final = [
    OpenApiParameter("origin_product", str, description="Made by this product."),
    OpenApiParameter("stage", str, description="Any of its runs is or was in this stage."),
    OpenApiParameter("organization", str, description="Of the repository, in any case."),
    OpenApiParameter("repository", str, description="`org/repo`, or the name alone, in any case."),
    OpenApiParameter("created_by", int, description="The id of an account."),
    OpenApiParameter("search", str, description="A part of title or description, or a task's number."),
    OpenApiParameter("status", str, enum=_STATUSES, description="Of the newest run."),
    OpenApiParameter("internal", bool, description="Only internal ones; for staff."),
    OpenApiParameter("archived", str, enum=_ARCHIVED, description="`false` when there is none."),
    *PAGE_PARAMETERS,
]


class SummariesIn(serializers.Serializer[Any]):
    ids = serializers.ListField(child=Id(), min_length=1, max_length=MAX_SUMMARIES)


class SummaryRunOut(serializers.Serializer[Any]):
    status = serializers.ChoiceField(_STATUSES)
    environment = serializers.ChoiceField([str(environment) for environment in Environment])


class SummaryOut(serializers.Serializer[Any]):
    """For the OpenAPI document; summary_out() writes it."""

    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    repository = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    latest_run = SummaryRunOut(allow_null=True)


class SummaryPageOut(PageOut):
    """For the OpenAPI document."""

    results = SummaryOut(many=True)


class RepositoriesOut(serializers.Serializer[Any]):
    repositories = serializers.ListField(child=serializers.CharField())


class ReadinessIn(serializers.Serializer[Any]):
    repository = serializers.CharField(max_length=MAX_REPOSITORY)
    window_days = serializers.IntegerField(
        min_value=1, max_value=_MAX_WINDOW_DAYS, default=_DEFAULT_WINDOW_DAYS
    )
    refresh = serializers.BooleanField(default=False)


READINESS_PARAMETERS: Final = [
    OpenApiParameter("repository", str, required=True, description="`org/repo`."),
    OpenApiParameter("window_days", int, description=f"1 to {_MAX_WINDOW_DAYS}; {_DEFAULT_WINDOW_DAYS}."),
    OpenApiParameter("refresh", bool, description="Changes nothing here."),
]


class CapabilityOut(serializers.Serializer[Any]):
    state = serializers.CharField()
    estimated = serializers.BooleanField()
    reason = serializers.CharField()
    evidence = serializers.DictField()


class ReadinessOut(serializers.Serializer[Any]):
    """For the OpenAPI document; readiness_out() writes it."""

    repository = serializers.CharField()
    classification = serializers.CharField()
    excluded = serializers.BooleanField()
    coreSuggestions = CapabilityOut()  # noqa: N815  # the document's own names
    replayInsights = CapabilityOut()  # noqa: N815
    errorInsights = CapabilityOut()  # noqa: N815
    overall = serializers.CharField()
    evidenceTaskCount = serializers.IntegerField()  # noqa: N815
    windowDays = serializers.IntegerField()  # noqa: N815
    generatedAt = serializers.DateTimeField()  # noqa: N815
    cacheAgeSeconds = serializers.IntegerField()  # noqa: N815


def filters_in(query: Query) -> Filters:
    """Read what a list is narrowed by. Raises ValidationError, Invalid."""
    said = read_query(FiltersIn, query, FiltersIn().fields)
    values = {_RENAMED.get(name, name): value for name, value in said.items()}
    for name, kind in (("status", RunStatus), ("archived", Archived)):
        if name in values:
            values[name] = kind(values[name])
    return Filters(**values)


def summary_ids(body: Any) -> list[UUID]:
    """Read whose summaries are wanted. Raises ValidationError."""
    ids: list[UUID] = read(SummariesIn, body)["ids"]
    return ids


def summary_out(shown: BriefedTask) -> dict[str, Any]:
    """Write a task in short."""
    task, latest = shown.task, shown.latest_run
    run = {"status": latest.run.status, "environment": latest.run.environment} if latest else None
    return {
        "id": str(task.pk),
        "title": task.title,
        "repository": shown.brief.repository if shown.brief else None,
        "created_at": moment(task.created_at),
        "updated_at": moment(task.updated_at),
        "latest_run": run,
    }


def readiness_out(query: Query, at: datetime) -> dict[str, Any]:
    """Write how ready a repository is: nobody can have connected GitHub here, so none ever is.

    Raises ValidationError, Invalid.
    """
    said = read_query(ReadinessIn, query, ReadinessIn().fields)
    reason = "GitHub integration is not connected."
    capability = {"state": "needs_setup", "estimated": True, "reason": reason, "evidence": {}}
    return {
        "repository": said["repository"].strip().lower(),
        "classification": "unknown",
        "excluded": False,
        "coreSuggestions": capability,
        "replayInsights": capability,
        "errorInsights": capability,
        "overall": "needs_setup",
        "evidenceTaskCount": 0,
        "windowDays": said["window_days"],
        "generatedAt": moment(at),
        "cacheAgeSeconds": 0,
    }
