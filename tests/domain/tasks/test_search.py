"""Searching a list: a part of title or description, in any case, the same on both databases."""

from collections.abc import Callable
from datetime import datetime

import pytest

from accounts.rules.principal import Principal
from tasks.models import Task
from tasks.operations.editing import edit_task
from tasks.queries.tasks import task_page
from tasks.rules.search import folded


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("Water the plants", "water"),
        ("Water the plants", "THE PL"),
        ("ÄRGER im Büro", "ärger IM bÜRO"),
        ("Straße fegen", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Café", "CAFE\u0301"),
        ("100 % sure_thing", "0 % sure_"),
    ],
)
def test_case_makes_no_difference(
    text: str, search: str, make_task: Callable[..., Task], caller: Principal
) -> None:
    make_task(title="Something else")
    titled, described = make_task(title=text), make_task(description=text)

    assert task_page(principal=caller, search=search).tasks == [described, titled]


@pytest.mark.parametrize("search", ["_ater", "Wat%", "plants\nwater", "wąter", "\\"])
def test_signs_are_no_wildcards(search: str, task: Task, caller: Principal) -> None:
    assert task_page(principal=caller, search=search).tasks == []


def test_an_edited_task_is_found_by_what_it_says_now(task: Task, caller: Principal, at: datetime) -> None:
    edit_task(principal=caller, task_id=task.pk, title="Feed the CAT", at=at)

    assert task_page(principal=caller, search="water").tasks == []
    assert task_page(principal=caller, search="cat").tasks == [task]


def test_texts_do_not_run_into_each_other() -> None:
    assert folded("Water", "The Plants") == "water\nthe plants"
