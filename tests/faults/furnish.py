"""Makes accounts, each with a task and its webhooks, through the operators' commands, in one process.

python -m tests.faults.furnish <accounts> <receiver's address> <path>...: prints a JSON list of what was made.
"""

import json
import sys
from io import StringIO
from typing import Any

import django
from django.core.management import call_command

_PASSWORD = "Fault experiment 1"


def main(accounts: int, receiver: str, paths: list[str]) -> list[dict[str, Any]]:
    return [
        _furnish(f"faults{number}@example.com", [f"{receiver}/{number}{path}" for path in paths])
        for number in range(accounts)
    ]


def _furnish(email: str, urls: list[str]) -> dict[str, Any]:
    token = _command("provision", "--email", email, "--password", _PASSWORD)["triggers_jwt"]
    task_id = _command("task", "--email", email, "--title", "Survive")["id"]
    hook = ["webhook", "--email", email, "--event", "task.triggered", "--url"]
    secrets = {url: _command(*hook, url)["secret"] for url in urls}
    return {"token": token, "path": f"/api/v1/tasks/{task_id}/trigger", "secrets": secrets}


def _command(*arguments: str) -> Any:
    output = StringIO()
    call_command(*arguments, "--json", stdout=output)
    return json.loads(output.getvalue())


if __name__ == "__main__":
    django.setup()
    json.dump(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]), sys.stdout)
