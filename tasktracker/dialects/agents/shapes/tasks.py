"""Tasks on the wire. Source: agents.md A.2, "Task"; A.4."""

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import orjson
from rest_framework import serializers

from tasks.operations.briefs import BriefChange, NewBrief
from tasks.queries.briefs import BriefedTask
from tasks.rules.briefs import MAX_CI_PROMPT, MAX_REPOSITORY, Origin, slug_of
from tasks.rules.limits import MAX_DESCRIPTION
from tasktracker.core.errors import Invalid, Problem
from tasktracker.dialects.agents.shapes.moments import moment, moment_or_none
from tasktracker.dialects.agents.shapes.pages import PageOut
from tasktracker.dialects.agents.shapes.reading import read
from tasktracker.dialects.agents.shapes.runs import RunOut, run_out
from tasktracker.http.fields import Id, Text

MAX_TITLE: Final = 255
_ORIGINS: Final = [str(origin) for origin in Origin]
# What is sent -> what the domain calls it.
_RENAMED: Final = {
    "title_manually_set": "is_title_given",
    "internal": "is_internal",
    "archived": "is_archived",
    "origin_product": "origin",
}
_RELATED: Final = "signal_report_task_relationship"


class TaskChangeIn(serializers.Serializer[Any]):
    """What PATCH and PUT read; everything else is ignored. Nobody can have connected GitHub here."""

    title = Text(max_length=MAX_TITLE, allow_blank=True, required=False)
    title_manually_set = serializers.BooleanField(required=False)
    description = Text(max_length=MAX_DESCRIPTION, allow_blank=True, required=False)
    repository = Text(max_length=MAX_REPOSITORY, allow_blank=True, allow_null=True, required=False)
    github_integration = serializers.IntegerField(allow_null=True, required=False)
    github_user_integration = Id(allow_null=True, required=False)
    json_schema = serializers.JSONField(allow_null=True, required=False)
    internal = serializers.BooleanField(required=False)
    archived = serializers.BooleanField(required=False)
    ci_prompt = Text(max_length=MAX_CI_PROMPT, allow_blank=True, allow_null=True, required=False)

    def validate_github_integration(self, value: int | None) -> None:
        if value is not None:
            raise serializers.ValidationError("Integration must belong to the same team", "invalid_input")

    def validate_github_user_integration(self, value: object) -> None:
        if value is not None:
            raise serializers.ValidationError(
                "User integration must belong to the authenticated user", "invalid_input"
            )


class TaskIn(TaskChangeIn):
    """What POST reads."""

    origin_product = serializers.ChoiceField(_ORIGINS, required=False)
    signal_report = Id(allow_null=True, required=False)
    signal_report_task_relationship = serializers.RegexField(
        r"^[a-z0-9][a-z0-9_-]*$", max_length=200, required=False, allow_null=True
    )


class UserOut(serializers.Serializer[Any]):
    """For the OpenAPI document."""

    id = serializers.IntegerField()
    uuid = serializers.UUIDField()
    distinct_id = serializers.CharField()
    first_name = serializers.CharField(allow_blank=True)
    last_name = serializers.CharField(allow_blank=True)
    email = serializers.EmailField()
    is_email_verified = serializers.BooleanField(allow_null=True)
    hedgehog_config = serializers.JSONField(allow_null=True)
    role_at_organization = serializers.CharField(allow_null=True)


class TaskOut(serializers.Serializer[Any]):
    """For the OpenAPI document; task_out() writes it."""

    id = serializers.UUIDField()
    task_number = serializers.IntegerField(allow_null=True)
    slug = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    title_manually_set = serializers.BooleanField()
    description = serializers.CharField(allow_blank=True)
    origin_product = serializers.ChoiceField(_ORIGINS)
    repository = serializers.CharField(allow_null=True)
    github_integration = serializers.IntegerField(allow_null=True)
    github_user_integration = serializers.UUIDField(allow_null=True)
    signal_report = serializers.UUIDField(allow_null=True)
    json_schema = serializers.JSONField(allow_null=True)
    internal = serializers.BooleanField()
    archived = serializers.BooleanField()
    archived_at = serializers.DateTimeField(allow_null=True)
    latest_run = RunOut(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    created_by = UserOut(allow_null=True)
    ci_prompt = serializers.CharField(allow_null=True)


class TaskPageOut(PageOut):
    """For the OpenAPI document."""

    results = TaskOut(many=True)


def new_brief(body: Any) -> NewBrief:
    """Read what a new task is to be. Raises ValidationError, Invalid."""
    said = read(TaskIn, body)
    related = said.pop(_RELATED, None)
    if related is not None and said.get("signal_report") is None:
        raise Invalid(Problem(_RELATED, "invalid", "Requires signal_report when set."))
    if related is not None and said.get("origin_product") != Origin.SIGNAL_REPORT:
        raise Invalid(Problem(_RELATED, "invalid", "Requires origin_product signal_report when set."))
    return NewBrief(**_renamed(said))


def brief_change(body: Any) -> BriefChange:
    """Read what is to be changed of a task. Raises ValidationError."""
    return BriefChange(**_renamed(read(TaskChangeIn, body)))


def _renamed(said: dict[str, Any]) -> dict[str, Any]:
    ours = {_RENAMED.get(name, name): value for name, value in said.items()}
    return {name: value for name, value in ours.items() if not name.startswith("github_")}


def task_out(shown: BriefedTask) -> dict[str, Any]:
    """Write a task with its newest run."""
    task, brief = shown.task, shown.brief
    has_schema = brief is not None and brief.json_schema is not None
    return {
        "id": str(task.pk),
        "task_number": shown.number,
        "slug": slug_of(task.project.name, shown.number, task.pk),
        "title": task.title,
        "title_manually_set": brief.is_title_given if brief else bool(task.title),
        "description": task.description,
        "origin_product": brief.origin if brief else str(Origin.USER_CREATED),
        "repository": brief.repository if brief else None,
        "github_integration": None,
        "github_user_integration": None,
        "signal_report": str(brief.signal_report) if brief and brief.signal_report else None,
        "json_schema": orjson.Fragment(brief.json_schema or "") if brief and has_schema else None,
        "internal": brief.is_internal if brief else False,
        "archived": task.archived_at is not None,
        "archived_at": moment_or_none(task.archived_at),
        "latest_run": run_out(shown.latest_run) if shown.latest_run else None,
        "created_at": moment(task.created_at),
        "updated_at": moment(task.updated_at),
        "created_by": _user_out(task.owner),
        "ci_prompt": brief.ci_prompt if brief else None,
    }


def _user_out(user: Any) -> dict[str, Any]:
    """Write the person who made a task. uuid: always the same for an account, and found nowhere else."""
    first, _, last = user.name.partition(" ")
    uuid = str(uuid5(NAMESPACE_URL, f"urn:tasktracker:user:{user.pk}"))
    return {
        "id": user.pk,
        "uuid": uuid,
        "distinct_id": uuid,
        "first_name": first,
        "last_name": last,
        "email": user.email,
        "is_email_verified": user.email_verified_at is not None,
        "hedgehog_config": None,
        "role_at_organization": None,
    }
