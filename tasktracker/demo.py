"""What a first start finds: one account with a task, so that there is something to look at and to trigger.

Only `manage.py run` seeds it, and only into a database without accounts.
"""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model

from tasktracker.provisioning import make_task, provision

EMAIL = "demo@example.com"
_TITLE = "Water the plants"


@dataclass(frozen=True)
class Demo:
    """The demo account as it was made: the only moment at which its token can be shown."""

    password: str
    task_id: str
    token: str


def seed_demo(*, at: datetime) -> Demo | None:
    """Make the demo account in a database without accounts; otherwise change nothing and return None.

    Its password is random, because PORT may be forwarded; it is kept for its owner in sign_in_file().
    """
    if get_user_model().objects.exists():
        return None
    password = f"Demo-{secrets.randbelow(10**12):012d}"
    made = provision(email=EMAIL, password=password, org=None, project=None, scopes=[], at=at)
    task_id = make_task(
        email=EMAIL, title=_TITLE, description="", schedule=None, notification_cooldown_seconds=None, at=at
    )
    _keep(f"{EMAIL} {password}\n")
    return Demo(password, str(task_id), made["triggers_jwt"])


def sign_in_file() -> Path:
    """Where the demo account's address and password are kept, readable by the owner of the data alone."""
    return Path(settings.TASKTRACKER_DATA) / "demo-sign-in.txt"


def _keep(text: str) -> None:
    descriptor = os.open(sign_in_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
