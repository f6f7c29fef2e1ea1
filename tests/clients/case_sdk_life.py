"""The Python SDK: every method, and what the server has then. Numbers: the contract's cases C2."""

import time
from collections.abc import Callable
from typing import Any

import taskbadger
from taskbadger import (
    DefaultMergeStrategy,
    Task,
)
from taskbadger.sdk import _init

Body = dict[str, Any]
Stored = Callable[[str], Body]


def test_case_10_values_and_percent(stored: Stored) -> None:
    task = Task.create("t")

    task.update_value(50)
    assert (stored(task.id)["value"], stored(task.id)["value_percent"]) == (50, 50)
    task.set_value_max(200)
    assert (task.value_percent, stored(task.id)["value_percent"]) == (25, 25)
    assert task.update_value(51, value_step=10) is False
    assert task.update_value(52, rate_limit=60) is False
    assert task.update_value(60, value_step=10) is True
    assert stored(task.id)["value"] == 60


def test_case_11_a_ping_moves_updated_and_nothing_else(stored: Stored) -> None:
    task = Task.create("t", value=3, data={"a": 1}, tags={"env": "prod"})
    before = stored(task.id)

    assert task.ping() is True
    assert task.ping(rate_limit=60) is False

    after = stored(task.id)
    assert after["updated"] > before["updated"]
    assert {**after, "updated": before["updated"]} == before


def test_case_12_data_is_replaced_and_tags_are_merged(stored: Stored) -> None:
    task = Task.create("t", data={"a": 1, "log": "x"}, tags={"first": "one"})

    task.update(data={"b": 2})
    assert stored(task.id)["data"] == {"b": 2}
    task.update(data={"log": "x"}, data_merge_strategy="default")
    task.update(data={"log": "y"}, data_merge_strategy=DefaultMergeStrategy(append_keys=["log"]))
    assert stored(task.id)["data"] == {"b": 2, "log": "xy"}
    task.tag({"second": "two"})
    assert stored(task.id)["tags"] == task.tags == {"first": "one", "second": "two"}


def test_case_14_moments_of_a_life(stored: Stored) -> None:
    task = Task.create("t")

    task.pre_processing()
    body = stored(task.id)
    assert (body["status"], body["end_time"]) == ("pre_processing", None)
    assert body["start_time"] is not None
    assert body["time_to_start"].startswith("00:00:0")
    task.success()
    assert stored(task.id)["end_time"] is not None


def test_case_21_a_whole_life(stored: Stored) -> None:
    task = Task.create("t")
    seen = []

    def note() -> None:
        body = stored(task.id)
        seen.append((body["status"], body["value"]))

    task.starting()
    note()
    task.processing(10)
    note()
    task.increment_value(5)
    note()
    task.post_processing(40)
    note()
    task.success(50)
    note()

    assert seen == [
        ("processing", 0),
        ("processing", 10),
        ("processing", 15),
        ("post_processing", 40),
        ("success", 50),
    ]


def test_case_21_an_error_keeps_what_it_says(stored: Stored) -> None:
    task = Task.create("t")

    task.error(value=7, data={"step": "copy"}, exception=ValueError("no room"))

    body = stored(task.id)
    assert (body["status"], body["value"]) == ("error", 7)
    assert body["data"] == {"step": "copy", "exception": "no room"}


def test_case_22_cancelled_and_back(stored: Stored) -> None:
    task = Task.create("t")

    task.canceled()
    assert stored(task.id)["status"] == "cancelled"
    task.update_status(taskbadger.StatusEnum.PROCESSING)
    assert (stored(task.id)["status"], stored(task.id)["end_time"]) == ("processing", None)


def test_update_writes_every_field(stored: Stored) -> None:
    parent = Task.create("parent")
    task = Task.create("t")
    given = {
        "name": "renamed",
        "value": 1,
        "value_max": 4,
        "data": {"k": "v"},
        "max_runtime": 10,
        "stale_timeout": 20,
        "tags": {"env": "prod"},
        "queue": "slow",
        "external_id": "ext-2",
        "parent": parent.id,
    }

    task.update(status=taskbadger.StatusEnum.STALE, **given)

    body = stored(task.id)
    assert {key: body[key] for key in given} == given
    assert body["status"] == "stale"


def test_the_safe_calls_and_the_scope(stored: Stored) -> None:
    with taskbadger.current_scope() as scope:
        scope["host"] = "worker-1"
        scope.tag({"team": "core"})
        task = taskbadger.create_task_safe("t", data={"own": 1}, tags={"env": "prod"})
    assert task
    taskbadger.update_task_safe(task.id, value=9)
    task.safe_update(queue="fast")

    body = stored(task.id)
    assert body["data"] == {"host": "worker-1", "own": 1}
    assert body["tags"] == {"team": "core", "env": "prod"}
    assert (body["value"], body["queue"]) == (9, "fast")


def test_what_the_callback_changes_is_made(stored: Stored) -> None:
    _init(before_create=lambda given: {**given, "queue": "from the callback"}, tags={"everywhere": "yes"})

    task = Task.create("t")

    assert (stored(task.id)["queue"], stored(task.id)["tags"]) == ("from the callback", {"everywhere": "yes"})


def test_case_30_silence_makes_it_stale(stored: Stored) -> None:
    task = Task.create("t", status=taskbadger.StatusEnum.PROCESSING, stale_timeout=1)

    deadline = time.monotonic() + 30
    while stored(task.id)["status"] != "stale":
        assert time.monotonic() < deadline
        time.sleep(0.5)

    task.processing(1)
    assert stored(task.id)["status"] == "processing"
