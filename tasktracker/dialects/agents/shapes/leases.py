"""What a runner holds, on the wire. Source: docs/dialects/agents.md, "Runners"."""

from typing import Any

from rest_framework import serializers

from tasks.operations.run_queue import Lease
from tasks.rules.runs import RunStatus
from tasktracker.dialects.agents.shapes.moments import moment
from tasktracker.dialects.agents.shapes.runs import RunOut
from tasktracker.dialects.agents.shapes.tasks import TaskOut


class LeaseOut(serializers.Serializer[Any]):
    """For the OpenAPI document; lease_out() writes it."""

    fence = serializers.IntegerField(min_value=1)
    lease_seconds = serializers.IntegerField(min_value=1)
    lease_until = serializers.DateTimeField()
    status = serializers.ChoiceField([str(status) for status in RunStatus])


class ClaimOut(LeaseOut):
    """A lease, with what is to be done."""

    task = TaskOut()
    run = RunOut()


def lease_out(lease: Lease) -> dict[str, Any]:
    """Write what a runner holds."""
    return {
        "fence": lease.fence,
        "lease_seconds": lease.seconds,
        "lease_until": moment(lease.until),
        "status": lease.status,
    }
