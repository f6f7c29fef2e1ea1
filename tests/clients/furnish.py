"""Makes what the clients need: python -m tests.clients.furnish <receiver's address>; prints it as JSON.

An organization "acme" with the projects "web" and "other", a key to each,
a webhook "ci" of web and a monitor of web; accounts with deadlines for subscribers (feeds.py).
"""

import json
import sys
from io import StringIO
from typing import Any

import django
from django.core.management import call_command

from tests.clients.feeds import make_feeds

_ACCOUNT = ["--email", "clients@example.com", "--password", "Published clients 1"]


def main(receiver: str) -> dict[str, str]:
    made = _command("provision", *_ACCOUNT, "--org", "acme", "--project", "web")
    other = _command("provision", *_ACCOUNT, "--org", "acme", "--project", "other")
    _command("webhook", "--org", "acme", "--project", "web", "--slug", "ci", "--url", f"{receiver}/in")
    return {
        "project_key": made["project_key"],
        "project_key_encoded": made["project_key_encoded"],
        "other_key_encoded": other["project_key_encoded"],
        "monitor_id": _monitor(made["email"], made["project_id"]),
        **make_feeds(),
    }


def _monitor(email: str, project_id: int) -> str:
    from accounts.operations.credentials import principal_of_user
    from accounts.queries.accounts import account_by_email
    from tasks.operations.monitors import add_monitor
    from tasks.rules.monitors import MonitorKind, Rhythm
    from tasktracker.core import clock

    user, at = account_by_email(email), clock.now()
    assert user
    monitor = add_monitor(
        principal=principal_of_user(user, at),
        project_id=project_id,
        name="nightly",
        rhythm=Rhythm(MonitorKind.INTERVAL, interval_seconds=3600),
        integration="webhook:ci",
        config={},
        at=at,
    )
    return str(monitor.pk)


def _command(*arguments: str) -> Any:
    output = StringIO()
    call_command(*arguments, "--json", stdout=output)
    return json.loads(output.getvalue())


if __name__ == "__main__":
    django.setup()
    json.dump(main(sys.argv[1]), sys.stdout)
