"""GET /api/v2/todo/search: FT-22."""

from typing import Any

import pytest

from accounts.models import Project
from tests.dialects.todo.lists import TODOS, add, add_tag, read, refused

pytestmark = pytest.mark.django_db


def found(app: Any, text: str) -> list[str]:
    response = app.get(f"{TODOS}/search?q={text}")
    assert response.status_code == 200, response.content
    return [todo["title"] for todo in response.json()["todos"]]


def test_ft_22_own_to_dos_and_tags(owners: Any, teammates: Any, outsiders: Any, project: Project) -> None:
    release, other = add_tag(owners, "Release"), add_tag(owners, "Other")
    todo = add(owners, "Relax", projectId=project.pk, tags=[other["id"]])
    add(owners, "Nothing")
    for app in (teammates, outsiders):
        add(app, "Relevant to others")
        add_tag(app, "Relocated")

    response = owners.get(f"{TODOS}/search?q=rel")

    assert (response.status_code, response.json()) == (
        200,
        {"todos": [read(owners, todo)], "tags": [release]},
    )
    assert found(teammates, "rela") == []


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20%09", "?Q=rel"])
def test_ft_22_something_has_to_be_asked(owners: Any, query: str) -> None:
    assert refused(owners.get(f"{TODOS}/search{query}"), 400) == "Query parameter 'q' is required"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?q=%FF", "q: This is not valid text."),
        ("?q=a%00", "q: This is not valid text."),
        ("?q=" + "x" * 501, "q: Ensure this has no more than 500 characters."),
    ],
)
def test_what_is_no_text_is_refused(owners: Any, query: str, sentence: str) -> None:
    assert refused(owners.get(f"{TODOS}/search{query}"), 400) == sentence


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Water the plants", "WATER"),
        ("ÄRGER im Büro", "ärger"),
        ("Straße fegen", "STRASSE"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("Всё сделать", "ВСЁ"),
        ("100%25 sure_thing", "0%25%20sure_"),
    ],
)
def test_case_makes_no_difference(owners: Any, title: str, text: str) -> None:
    add(owners, title.replace("%25", "%"))
    add(owners, "Described", description=title.replace("%25", "%"))
    add(owners, "Something else")

    assert found(owners, text) == ["Described", title.replace("%25", "%")]


@pytest.mark.parametrize("text", ["_ater", "wat%25", "%5C", "plants%0Awater"])
def test_signs_are_no_wildcards(owners: Any, text: str) -> None:
    add(owners)

    assert found(owners, text) == []


def test_the_newest_twenty_sub_tasks_too(owners: Any) -> None:
    parent = add(owners, "Errand 0")
    for n in range(1, 22):
        add(owners, f"Errand {n}", **({"parentId": parent["id"]} if n == 21 else {}))

    assert found(owners, "errand") == [f"Errand {n}" for n in range(21, 1, -1)]


def test_what_was_changed_is_found_by_its_new_text(owners: Any) -> None:
    todo = add(owners)
    owners.patch(f"{TODOS}/{todo['id']}", {"title": "Feed the cat", "description": "Twice"})

    assert (found(owners, "water"), found(owners, "CAT"), found(owners, "twice")) == (
        [],
        ["Feed the cat"],
        ["Feed the cat"],
    )
    owners.delete(f"{TODOS}/{todo['id']}")
    assert found(owners, "cat") == []
