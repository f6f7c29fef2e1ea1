"""The command line: create, update, get, list, and run with its output and its exit codes."""

import csv
import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

Body = dict[str, Any]
Cli = Callable[..., subprocess.CompletedProcess[str]]
Named = Callable[[str], list[Body]]
Stored = Callable[[str], Body]


def test_create_says_where_it_can_be_seen(cli: Cli, name: str, named: Named) -> None:
    done = cli("create", name)

    (task,) = named(name)
    assert (done.returncode, done.stdout.split()) == (0, ["Task", "created:", task["public_url"]])
    assert (task["status"], task["value_max"]) == ("processing", 100)


def test_create_with_everything(cli: Cli, name: str, stored: Stored) -> None:
    options = ["--status", "pending", "--value-max", "7", "--queue", "fast", "--metadata", "a=b"]
    options += ["--metadata-json", '{"n": 1}', "--tag", "env=prod", "--tags-json", '{"team": "core"}']
    options += ["--monitor-id", os.environ["CLIENTS_MONITOR_ID"], "-a", "success", "webhook:ci", ""]

    done = cli("create", name, *options, "-q")

    task = stored(done.stdout.strip())
    assert [task[key] for key in ("name", "status", "value_max", "queue")] == [name, "pending", 7, "fast"]
    assert (task["data"], task["tags"]) == ({"a": "b", "n": 1}, {"env": "prod", "team": "core"})


def test_update_always_sends_a_status(cli: Cli, name: str, stored: Stored) -> None:
    task_id = cli("create", name, "--status", "pending", "-q").stdout.strip()

    renamed = cli("update", task_id, "--name", f"{name}-renamed")
    assert stored(task_id)["status"] == "processing"
    done = cli("update", task_id, "--status", "success", "--value", "100", "--metadata", "a=b", "-q")

    task = stored(task_id)
    assert renamed.stdout.split() == ["Task", "updated:", task["public_url"]]
    assert (done.returncode, done.stdout) == (0, "")
    assert [task[key] for key in ("name", "status", "value", "data")] == [
        f"{name}-renamed",
        "success",
        100,
        {"a": "b"},
    ]


def test_a_refusal_is_said(cli: Cli, name: str, named: Named) -> None:
    done = cli("create", name, "--tag", "env=x")

    assert "Error creating task: Unexpected status code: 400" in done.stderr
    assert named(name) == []


def test_get_in_three_formats(cli: Cli, name: str, stored: Stored) -> None:
    task_id = cli("create", name, "-q").stdout.strip()

    pretty, as_json, as_csv = (cli("get", task_id, "-f", form).stdout for form in ("pretty", "json", "csv"))

    task = stored(task_id)
    assert pretty.splitlines()[0] == f"Task ID: {task_id}"
    shown = json.loads(as_json)
    assert [shown[key] for key in ("id", "name", "status", "url")] == [
        task[key] for key in ("id", "name", "status", "url")
    ]
    header, row = csv.reader(as_csv.splitlines())
    assert dict(zip(header, row, strict=True))["Name"] == name


def test_case_18_list_goes_on_where_it_ended(cli: Cli, name: str) -> None:
    made = [cli("create", name, "-q").stdout.strip() for _ in range(3)]

    first = json.loads(cli("list", "--limit", "2", "-f", "json").stdout)
    more = cli("list", "--limit", "1", "-f", "json", "--start-token", first["next_token"])
    shown = cli("list", "--limit", "3").stdout

    assert [task["id"] for task in first["results"]] == [made[2], made[1]]
    assert [task["id"] for task in json.loads(more.stdout)["results"]] == [made[0]]
    assert all(task_id in shown for task_id in made)
    assert "Next page token:" in shown


def test_case_31_run_keeps_a_long_command_alive(cli: Cli, name: str, named: Named) -> None:
    done = cli("run", name, "--", "sleep 6")

    (task,) = named(name)
    assert done.returncode == 0
    assert [task[key] for key in ("status", "value", "stale_timeout", "data")] == ["success", 100, 10, None]


def test_case_32_run_ends_with_the_commands_code(cli: Cli, name: str, named: Named) -> None:
    done = cli("run", name, "--tag", "env=prod", "--", "exit 3")

    (task,) = named(name)
    assert done.returncode == 3
    assert [task[key] for key in ("status", "data", "tags")] == ["error", {"return_code": 3}, {"env": "prod"}]


@pytest.mark.parametrize(("code", "status"), [(0, "success"), (3, "error")])
def test_case_32_run_captures_what_is_said(code: int, status: str, cli: Cli, name: str, named: Named) -> None:
    said = 'echo "task $TASKBADGER_TASK_ID"; echo trouble >&2; sleep 0.5'

    done = cli("run", name, "--capture-output", "--", f"{said}; exit {code}")

    (task,) = named(name)
    assert (done.returncode, task["status"]) == (code, status)
    assert task["data"]["stdout"] == f"task {task['id']}\n"
    assert task["data"]["stderr"] == "trouble\n"
    assert task["data"].get("return_code", 0) == code


def test_run_does_its_work_while_the_server_is_away(cli: Cli, name: str, named: Named) -> None:
    done = cli("run", name, "--", "echo worked", TASKBADGER_HOST="http://127.0.0.1:9")

    assert (done.returncode, "worked" in done.stdout) == (0, True)
    assert "Error creating task" in done.stderr
    assert named(name) == []


def test_the_configuration_file(cli: Cli, name: str, named: Named, tmp_path: Any) -> None:
    folder = tmp_path / ".config" / "taskbadger"
    folder.mkdir(parents=True)
    auth = f'[auth]\ntoken = "{os.environ["TASKBADGER_API_KEY"]}"\nhost = "{os.environ["TASKBADGER_HOST"]}"\n'
    (folder / "config").write_text(auth, encoding="utf-8")

    done = cli("create", name, "-q", TASKBADGER_API_KEY=None, TASKBADGER_HOST=None)

    assert [task["id"] for task in named(name)] == [done.stdout.strip()]
    assert "Project slug: web" in cli("info").stdout
