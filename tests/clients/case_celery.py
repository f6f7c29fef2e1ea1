"""The Celery integration, with a broker in memory and a worker in a thread of this process."""

from collections.abc import Callable, Iterator
from typing import Any

import celery
import pytest
import taskbadger.celery
from celery.contrib.testing.worker import start_worker
from taskbadger.sdk import _init
from taskbadger.systems.celery import CelerySystemIntegration

Named = Callable[[str], list[dict[str, Any]]]
WAIT_SECONDS = 20


@pytest.fixture
def app(_configured: None) -> Iterator[celery.Celery]:
    """Make an application whose tasks are all tracked, except one."""
    _init(systems=[CelerySystemIntegration(excludes=["ignored"], record_task_args=True)])
    made = celery.Celery("clients", broker="memory://", backend="cache+memory://", set_as_current=True)
    yield made
    made.close()


@pytest.fixture
def work(app: celery.Celery) -> Callable[[], Any]:
    """Start a worker: with work(): ..."""
    return lambda: start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30)


def test_case_35_from_publishing_to_success(app: celery.Celery, work: Any, name: str, named: Named) -> None:
    @app.task(name=name)
    def add(x: int, y: int) -> int:
        return x + y

    result = add.delay(2, y=3)
    (task,) = named(name)
    assert (task["status"], task["queue"], task["external_id"]) == ("pending", "celery", result.id)
    assert task["data"] == {"celery_task_args": [2], "celery_task_kwargs": {"y": 3}}

    with work():
        assert result.get(timeout=WAIT_SECONDS) == 5

    (task,) = named(name)
    assert task["status"] == "success"
    assert task["start_time"] < task["end_time"]
    assert task["time_to_start"] is not None


def test_case_35_a_failure_keeps_its_traceback(
    app: celery.Celery, work: Any, name: str, named: Named
) -> None:
    @app.task(name=name)
    def fail() -> None:
        raise ValueError("it cannot be done")

    with work(), pytest.raises(ValueError, match="it cannot be done"):
        fail.delay().get(timeout=WAIT_SECONDS)

    (task,) = named(name)
    assert task["status"] == "error"
    assert task["data"]["exception"].startswith("Traceback")
    assert task["data"]["exception"].rstrip().endswith("ValueError: it cannot be done")
    assert task["data"]["celery_task_args"] == []


def test_case_35_what_a_task_starts_is_its_child(
    app: celery.Celery, work: Any, name: str, named: Named
) -> None:
    @app.task(name=f"{name}-inner")
    def inner() -> None:
        pass

    @app.task(name=name)
    def outer() -> str:
        return str(inner.delay().id)

    with work():
        inner_id = outer.delay().get(timeout=WAIT_SECONDS)
        app.AsyncResult(inner_id).get(timeout=WAIT_SECONDS)

    (parent,), (child,) = named(name), named(f"{name}-inner")
    assert (parent["parent"], child["parent"]) == (None, parent["id"])
    assert [parent["status"], child["status"]] == ["success"] * 2


def test_progress_from_the_body(app: celery.Celery, work: Any, name: str, named: Named) -> None:
    options = {"taskbadger_value_max": 4, "taskbadger_tags": {"env": "prod"}}

    @app.task(bind=True, base=taskbadger.celery.Task, name=name, **options)
    def step(self: Any) -> None:
        self.taskbadger_task.update(value=3)
        self.taskbadger_task.success(value=4)

    with work():
        result = step.apply_async(taskbadger_queue="by hand")
        result.get(timeout=WAIT_SECONDS)

    (task,) = named(name)
    assert [task[key] for key in ("status", "value", "value_max", "queue")] == ["success", 4, 4, "by hand"]
    assert task["tags"] == {"env": "prod"}
    assert result.get_taskbadger_task().id == task["id"]


def test_a_heartbeat_keeps_it_from_going_stale(
    app: celery.Celery, work: Any, name: str, named: Named
) -> None:
    import time

    @app.task(bind=True, base=taskbadger.celery.Task, name=name)
    def sleep(self: Any) -> None:
        time.sleep(4)

    with work():
        sleep.apply_async(taskbadger_heartbeat_interval=0.5, taskbadger_stale_timeout=1).get(
            timeout=WAIT_SECONDS
        )

    (task,) = named(name)
    assert (task["status"], task["stale_timeout"]) == ("success", 1)


def test_what_is_left_out_is_not_tracked(app: celery.Celery, work: Any, name: str, named: Named) -> None:
    @app.task(name="ignored")
    def ignored() -> None:
        pass

    @app.task(base=taskbadger.celery.Task, name=name)
    def switched_off() -> None:
        pass

    with work():
        ignored.delay().get(timeout=WAIT_SECONDS)
        switched_off.apply_async(taskbadger_track=False).get(timeout=WAIT_SECONDS)

    assert named("ignored") + named(name) == []
