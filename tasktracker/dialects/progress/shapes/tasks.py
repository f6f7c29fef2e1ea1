"""Tasks on the wire. Source: progress.md B2, "Task".

The task itself is written in tasks.rules.payloads, because receivers of actions get the same.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.http import HttpRequest
from rest_framework import serializers

from tasks.operations.progress import Report
from tasks.rules.payloads import progress_body
from tasks.rules.progress import (
    MAX_LABEL,
    MAX_NAME,
    MAX_SECONDS,
    MAX_TAG,
    MAX_VALUE,
    MAX_WAIT,
    MIN_TAG,
    REPORTABLE,
    Tracked,
)
from tasks.rules.vocabulary import Status
from tasktracker.core.errors import Invalid, NotFound, Problem
from tasktracker.core.ids import parse_id
from tasktracker.dialects.progress.shapes.actions import ActionIn, new_action
from tasktracker.dialects.progress.shapes.fields import Moment, Whole
from tasktracker.http.fields import Id

MONITOR_HEADER = "X-TASKBADGER-MONITOR"

_RENAMED = {"parent": "parent_id"}


def _seconds() -> Whole:
    return Whole(min_value=1, max_value=MAX_SECONDS, required=False, allow_null=True)


def _label() -> serializers.CharField:
    return serializers.CharField(max_length=MAX_LABEL, required=False, allow_blank=True)


class TaskIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=MAX_NAME)
    status = serializers.ChoiceField(REPORTABLE, required=False)
    value = Whole(min_value=0, max_value=MAX_VALUE, required=False, allow_null=True)
    value_max = Whole(min_value=0, max_value=MAX_VALUE, required=False)
    data = serializers.JSONField(required=False, allow_null=True)  # type: ignore[assignment]  # a field
    tags = serializers.DictField(
        child=serializers.CharField(min_length=MIN_TAG, max_length=MAX_TAG), required=False
    )
    start_time = Moment(required=False, allow_null=True)
    end_time = Moment(required=False, allow_null=True)
    time_to_start = serializers.DurationField(
        min_value=timedelta(), max_value=MAX_WAIT, required=False, allow_null=True
    )
    max_runtime = _seconds()
    stale_timeout = _seconds()
    queue = _label()
    external_id = _label()
    parent = Id(required=False, allow_null=True)  # type: ignore[assignment]
    actions = ActionIn(many=True, required=False)


class TaskOut(serializers.Serializer[Any]):
    """For the OpenAPI document; task_out() writes it."""

    id = serializers.UUIDField()
    organization = serializers.SlugField()
    project = serializers.SlugField()
    name = serializers.CharField()
    status = serializers.ChoiceField(REPORTABLE)
    value = serializers.IntegerField(min_value=0, allow_null=True)
    value_max = serializers.IntegerField(min_value=0)
    value_percent = serializers.IntegerField(min_value=0, allow_null=True)
    data = serializers.JSONField(allow_null=True)  # type: ignore[assignment]
    tags = serializers.DictField(child=serializers.CharField())
    start_time = serializers.DateTimeField(allow_null=True)
    end_time = serializers.DateTimeField(allow_null=True)
    time_to_start = serializers.CharField(allow_null=True)
    max_runtime = serializers.IntegerField(allow_null=True)
    stale_timeout = serializers.IntegerField(allow_null=True)
    queue = serializers.CharField(allow_blank=True)
    external_id = serializers.CharField(allow_blank=True)
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]
    created = serializers.DateTimeField()
    updated = serializers.DateTimeField()
    url = serializers.URLField()
    public_url = serializers.URLField()


def report_in(body: Any, *, is_partial: bool) -> Report:
    """Read what is said of a task. An empty body is a heartbeat, and takes no reading.

    is_partial: a name need not be there. Raises ValidationError.
    """
    if body == {} and is_partial:
        return Report()
    form = TaskIn(data=body, partial=is_partial)
    form.is_valid(raise_exception=True)
    return _report(form.validated_data)


def replacement_in(body: Any) -> Report:
    """Read what PUT says of a task: a status that is left out is `pending`. Raises ValidationError."""
    form = TaskIn(data=body)
    form.is_valid(raise_exception=True)
    return _report({"status": str(Status.PENDING), **form.validated_data})


def monitor_in(request: HttpRequest) -> UUID | None:
    """Read which monitor a new task's run belongs to. Raises Invalid: not the id of one."""
    text = request.headers.get(MONITOR_HEADER, "").strip()
    if not text:
        return None
    try:
        return parse_id(text)
    except NotFound:
        raise Invalid(Problem(MONITOR_HEADER, "invalid", "Must be a valid UUID.")) from None


def task_out(task: Tracked) -> dict[str, Any]:
    """Write a task."""
    return progress_body(task, base_url=settings.TASKTRACKER_BASE_URL)


def _report(said: Mapping[str, Any]) -> Report:
    values = {_RENAMED.get(name, name): value for name, value in said.items()}
    if values.get("data") is not None:
        values["data"] = orjson.dumps(values["data"]).decode()
    values["actions"] = tuple(new_action(each) for each in values.get("actions", ()))
    return Report(**values)
