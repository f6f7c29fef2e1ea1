"""Addresses at which anybody reads the log of one run for an hour. Source: agents.md A.2, `log_url`."""

import time
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

from tasktracker.core.derived import derived_secret, is_derived_secret

_PURPOSE: Final = "agents.run_log"
_GOOD_FOR_SECONDS: Final = 3600
_SAME_FOR_SECONDS: Final = 300  # so that lists that are asked for again say the same


def log_address(run: Any) -> str:
    """Make the address of a run's log."""
    expires = (int(time.time()) // _SAME_FOR_SECONDS + 1) * _SAME_FOR_SECONDS + _GOOD_FOR_SECONDS
    path = f"/api/projects/{run.project_id}/tasks/{run.task_id}/runs/{run.pk}/log_file/"
    proof = {"expires": str(expires), "signature": derived_secret(_PURPOSE, run.pk, expires)}
    return f"{settings.TASKTRACKER_BASE_URL}{path}?{urlencode(proof)}"


def is_log_address(run_id: UUID, expires: str, signature: str) -> bool:
    """Say whether an address of ours reads like this, and is still good."""
    is_ours = is_derived_secret(signature, _PURPOSE, run_id, expires)
    return is_ours and int(expires) > time.time()
