"""The Procrastinate integration, against its own connector in memory."""

import asyncio
from collections.abc import Callable
from typing import Any

import procrastinate
import pytest
from procrastinate.testing import InMemoryConnector
from taskbadger.procrastinate import current_task, track
from taskbadger.sdk import _init
from taskbadger.systems.procrastinate import ProcrastinateSystemIntegration

Named = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def app(_configured: None) -> procrastinate.App:
    """Make an application whose tasks are all tracked."""
    made = procrastinate.App(connector=InMemoryConnector())
    _init(systems=[ProcrastinateSystemIntegration(made, excludes=["ignored"], record_task_args=True)])
    return made


def run_worker(app: procrastinate.App) -> None:
    async def work() -> None:
        await app.run_worker_async(wait=False, listen_notify=False, install_signal_handlers=False)

    asyncio.run(work())


def test_from_deferring_to_success(app: procrastinate.App, name: str, named: Named) -> None:
    @app.task(name=name, queue="imports")
    def load(path: str) -> None:
        current_task().update(value=50)

    job_id = load.defer(path="a.csv")
    (task,) = named(name)
    assert [task[key] for key in ("status", "queue", "external_id")] == ["pending", "imports", str(job_id)]
    assert task["data"] == {"procrastinate_task_kwargs": {"path": "a.csv"}}

    run_worker(app)

    (task,) = named(name)
    assert (task["status"], task["value"]) == ("success", 50)
    assert task["start_time"] < task["end_time"]


def test_an_asynchronous_task(app: procrastinate.App, name: str, named: Named) -> None:
    @app.task(name=name)
    async def load() -> None:
        await asyncio.sleep(0)

    asyncio.run(load.defer_async())
    run_worker(app)

    assert [task["status"] for task in named(name)] == ["success"]


def test_a_failure_says_why(app: procrastinate.App, name: str, named: Named) -> None:
    @app.task(name=name)
    def fail() -> None:
        raise ValueError("it cannot be done")

    fail.defer()
    run_worker(app)

    (task,) = named(name)
    assert task["status"] == "error"
    assert task["data"] == {"procrastinate_task_kwargs": {}, "exception": "it cannot be done"}


def test_what_a_task_defers_is_its_child(app: procrastinate.App, name: str, named: Named) -> None:
    @app.task(name=f"{name}-inner")
    def inner() -> None:
        pass

    @app.task(name=name)
    def outer() -> None:
        inner.defer()

    outer.defer()
    run_worker(app)

    (parent,), (child,) = named(name), named(f"{name}-inner")
    assert (parent["parent"], child["parent"]) == (None, parent["id"])
    assert [parent["status"], child["status"]] == ["success"] * 2


def test_options_of_one_task(app: procrastinate.App, name: str, named: Named) -> None:
    @track(name=name, value_max=7, tags={"env": "prod"}, stale_timeout=30, heartbeat_interval=5)
    @app.task(name="plain")
    def work() -> None:
        pass

    work.defer()
    run_worker(app)

    (task,) = named(name)
    assert [task[key] for key in ("status", "value_max", "stale_timeout")] == ["success", 7, 30]
    assert task["tags"] == {"env": "prod"}


def test_what_is_left_out_is_not_tracked(app: procrastinate.App, named: Named) -> None:
    @app.task(name="ignored")
    def ignored() -> None:
        pass

    ignored.defer()
    run_worker(app)

    assert named("ignored") == []
