"""`manage.py runner` against a live server: one run from claim to outcome, and what happens when it dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Project, PushToken, User
from accounts.operations.personal_keys import issue_personal_key
from accounts.rules.principal import Principal
from tasks.models import Artifact, LogChunk, Run, Task
from tasks.operations.briefs import NewBrief, create_briefed_task
from tasks.operations.runs import start_run
from tasks.operations.webhooks import register_webhook
from tasks.queries.artifacts import run_file
from tasks.queries.run_logs import log_since
from tasks.rules.run_requests import RunRequest
from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW
from tests.plugins import children

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent.parent
LEASE_SECONDS = 2
PRINT_AND_FAIL = """
import os, sys
for number in range(10_000):
    print("line", number)
out = os.environ["TASKTRACKER_OUTPUT"]
open(out + "/a.txt", "wb").write(b"first")
open(out + "/b.bin", "wb").write(bytes(range(256)) * 1000)
sys.exit(3)
"""


@pytest.fixture
def site(live_server: LiveServer, settings: Settings, tmp_path: Path) -> str:
    settings.TASKTRACKER_BASE_URL = live_server.url
    settings.TASKTRACKER_ARTIFACTS = tmp_path / "artifacts"
    settings.TASKTRACKER_RUN_LEASE_SECONDS = LEASE_SECONDS
    url: str = live_server.url
    return url


@pytest.fixture
def caller(owner: User, project: Project, principal_of: Callable[..., Principal]) -> Principal:
    return principal_of(owner, project_id=project.pk)


@pytest.fixture
def queued(caller: Principal) -> Run:
    """A task with a run that waits for a runner."""
    task_id = create_briefed_task(principal=caller, wanted=NewBrief(title="Fix login"), at=clock.now())
    return start_run(principal=caller, task_id=task_id, request=RunRequest(), at=clock.now())


@pytest.fixture
def start_runner(
    site: str, owner: User, project: Project, caller: Principal, tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a runner with a command of Python; all are ended by their ids."""
    key = issue_personal_key(principal=caller, name="runner", scopes=["task:write"], at=NOW).secret
    started: list[subprocess.Popen[bytes]] = []

    def start(program: str, *options: str) -> subprocess.Popen[bytes]:
        script = tmp_path / f"command{len(started)}.py"
        script.write_text(program, encoding="utf-8")
        arguments = ["--server", site, "--project", str(project.pk), "--key", key, *options]
        arguments += ["--command", f"{sys.executable} {script}", "--poll-seconds", "0.2"]
        command = [sys.executable, str(ROOT / "manage.py"), "runner", *arguments]
        # Nothing of the server's: it must do with HTTP.
        alone = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "TASKTRACKER_DATA": str(tmp_path / "own"),
        }
        alone["DATABASE_URL"] = "sqlite:////nowhere/at/all.sqlite3"
        started.append(children.start(command, log=tmp_path / f"runner{len(started)}.log", environment=alone))
        return started[-1]

    yield start
    for process in started:
        children.stop(process)


def until(holds: Callable[[], Any], *, seconds: float = 60) -> Any:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def messages(run: Run) -> list[str]:
    entries = (orjson.loads(text) for _, text in log_since(run.pk, 0))
    return [entry["notification"]["params"]["message"] for entry in entries]


def test_a_failing_command_is_reported_whole(
    start_runner: Callable[..., Any],
    queued: Run,
    caller: Principal,
    owner: User,
    principal_of: Callable[..., Principal],
) -> None:
    events = ["run.completed", "run.failed", "run.cancelled"]
    session = principal_of(owner)
    register_webhook(principal=session, url="https://hooks.example.com/in", events=events, at=NOW)
    PushToken.objects.create(
        user=owner, token_sealed="s", digest="d", platform="ios", created_at=NOW, last_seen_at=NOW
    )

    runner = start_runner(PRINT_AND_FAIL, "--once")

    assert runner.wait(90) == 0
    run = Run.objects.get()
    assert (run.status, run.error_message) == ("failed", "The command ended with exit code 3.")
    assert messages(run) == [f"line {number}" for number in range(10_000)]
    files = [
        (
            file.name,
            b"".join(
                run_file(
                    principal=caller, task_id=run.task_id, run_id=run.pk, storage_path=file.storage_path
                ).pieces
            ),
        )
        for file in Artifact.objects.order_by("position")
    ]
    assert files == [("a.txt", b"first"), ("b.bin", bytes(range(256)) * 1000)]
    told = Delivery.objects.order_by("kind").values_list("kind", "event")
    assert list(told) == [("push", "run.failed"), ("webhook", "run.failed")]
    assert Task.objects.get().status == "error"
    assert (run.lease_until, run.hand_backs) == (None, 0)


def test_a_killed_runner_is_relieved_and_its_late_writes_are_refused(
    start_runner: Callable[..., Any], queued: Run, tmp_path: Path
) -> None:
    mark = tmp_path / "second"
    program = f"""
import os, sys, time
if os.path.exists({str(mark)!r}):
    print("relieved"); sys.exit(0)
print("begun", flush=True)
time.sleep(60)
"""
    first = start_runner(program)
    until(LogChunk.objects.exists)
    mark.touch()
    os.kill(first.pid, signal.SIGSTOP)  # half-way; it will write again when it is woken
    stopped_at = time.monotonic()

    second = start_runner(program, "--once")

    assert second.wait(60) == 0
    run = Run.objects.get()
    assert (run.status, run.fence, run.hand_backs) == ("completed", 3, 1)
    assert messages(run) == ["begun", "relieved"]
    assert time.monotonic() - stopped_at < 45
    os.kill(first.pid, signal.SIGCONT)
    until(lambda: b": lost." in (tmp_path / "runner0.log").read_bytes(), seconds=30)
    assert Run.objects.values().get() == run_values(run)


def run_values(run: Run) -> dict[str, Any]:
    return {field.attname: getattr(run, field.attname) for field in run._meta.concrete_fields}


def test_a_killed_runner_is_relieved_within_the_lease(start_runner: Callable[..., Any], queued: Run) -> None:
    first = start_runner("import time; print('begun', flush=True); time.sleep(60)")
    until(LogChunk.objects.exists)
    first.send_signal(signal.SIGKILL)
    killed_at = time.monotonic()
    before = Run.objects.get()

    second = start_runner("print('relieved')", "--once")
    taken = until(lambda: Run.objects.filter(fence__gt=before.fence + 1).exists())

    assert taken
    seconds = time.monotonic() - killed_at
    assert second.wait(60) == 0
    assert Run.objects.get().status == "completed"
    assert seconds < LEASE_SECONDS + 20, seconds  # start-up of the second one included
    print(f"taken over after {seconds:.1f} s")


def test_sigterm_hands_the_run_back(start_runner: Callable[..., Any], queued: Run) -> None:
    runner = start_runner("import time; print('begun', flush=True); time.sleep(60)")
    until(LogChunk.objects.exists)

    runner.send_signal(signal.SIGTERM)

    assert runner.wait(30) == 0
    run = Run.objects.get()
    assert (run.status, run.lease_until, run.hand_backs, run.error_message) == ("queued", None, 0, None)
    assert Task.objects.get().status == "pending"


def test_the_command_knows_its_task_and_its_files(
    start_runner: Callable[..., Any], queued: Run, tmp_path: Path
) -> None:
    seen = tmp_path / "seen.json"
    program = f"""
import json, os, sys
said = json.load(sys.stdin)
names = ["TASK_ID", "TASK_TITLE", "RUN_ID", "RUN_MODE"]
said["environment"] = [os.environ["TASKTRACKER_" + name] for name in names]
said["key"] = [value for value in os.environ.values() if value.startswith("phx_")]
json.dump(said, open({str(seen)!r}, "w"))
"""

    assert start_runner(program, "--once").wait(60) == 0

    said = json.loads(seen.read_text(encoding="utf-8"))
    task = Task.objects.get()
    assert said["environment"] == [str(task.pk), "Fix login", str(queued.pk), "background"]
    assert (said["task"]["id"], said["run"]["id"], said["key"]) == (str(task.pk), str(queued.pk), [])
    assert (Run.objects.get().status, task.status) == ("completed", "success")


def test_a_key_that_is_not_good_ends_the_runner(site: str, project: Project, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tasktracker.runner", "--server", site, "--project", str(project.pk)]

    done = subprocess.run(
        [*command, "--key", "phx_no", "--command", "true"],
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )

    assert (done.returncode, b"401" in done.stderr) == (1, True)
