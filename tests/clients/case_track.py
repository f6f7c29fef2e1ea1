"""The decorator @track: a function call is a task, and calls within it are its children."""

import os
from collections.abc import Callable
from typing import Any

import pytest
import taskbadger

Named = Callable[[str], list[dict[str, Any]]]


def test_a_call_is_a_task(name: str, named: Named) -> None:
    @taskbadger.track(name=name, max_runtime=60, tags={"env": "prod"})
    def work(factor: int) -> int:
        (running,) = named(name)
        assert running["status"] == "processing"
        return factor * 2

    assert work(21) == 42

    (task,) = named(name)
    assert (task["status"], task["max_runtime"], task["tags"]) == ("success", 60, {"env": "prod"})


def test_the_bare_decorator_names_the_function(named: Named) -> None:
    @taskbadger.track
    def bare() -> None:
        pass

    bare()

    assert [task["status"] for task in named(f"{__name__}.{bare.__qualname__}")] == ["success"]


def test_case_36_calls_within_are_children(name: str, named: Named) -> None:
    @taskbadger.track(name=f"{name}-inner")
    def inner() -> None:
        deepest()

    @taskbadger.track(name=f"{name}-deepest")
    def deepest() -> None:
        pass

    @taskbadger.track(name=name)
    def outer() -> None:
        inner()

    outer()

    (parent,) = named(name)
    (child,), (deep,) = named(f"{name}-inner"), named(f"{name}-deepest")
    assert parent["parent"] is None
    assert [child["parent"], deep["parent"]] == [parent["id"]] * 2  # one level, whatever the depth


def test_case_36_an_exception_is_kept_and_raised(name: str, named: Named) -> None:
    @taskbadger.track(name=name, data={"input": "file.csv"})
    def failing() -> None:
        raise ValueError("line 3 is broken")

    with pytest.raises(ValueError, match="line 3 is broken"):
        failing()

    (task,) = named(name)
    assert (task["status"], task["data"]) == ("error", {"input": "file.csv", "exception": "line 3 is broken"})


def test_case_34_a_run_checks_in(name: str, named: Named) -> None:
    @taskbadger.track(name=name, monitor_id=os.environ["CLIENTS_MONITOR_ID"])
    def nightly() -> None:
        pass

    nightly()

    assert [task["status"] for task in named(name)] == ["success"]
