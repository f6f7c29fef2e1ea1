"""/api/v2/tag: FT-28, FT-29."""

from typing import Any

import pytest

from accounts.models import Project
from tasks.models import Tag
from tasks.rules.planning import OFFERED_COLORS, TagColor
from tests.dialects.todo.lists import ABSENT, TAG, add, add_tag, everything, read, refused

pytestmark = pytest.mark.django_db


def names(app: Any, query: str = "") -> list[str]:
    return [tag["name"] for tag in app.get(f"{TAG}{query}").json()["tags"]]


def test_ft_28_a_tag_gets_a_colour(owners: Any) -> None:
    response = owners.post(TAG, {"name": " Design "})

    assert response.status_code == 201
    made = Tag.objects.get()
    assert response.json() == {
        "msg": "Tag added successfully",
        "tag": {"id": str(made.pk), "name": "Design", "color": made.color},
    }
    assert made.color in OFFERED_COLORS


@pytest.mark.parametrize("color", [str(color) for color in TagColor])
def test_every_colour_can_be_chosen(owners: Any, color: str) -> None:
    assert add_tag(owners, color=color)["color"] == color


def test_ft_28_a_name_is_had_once_in_an_account(owners: Any, teammates: Any, outsiders: Any) -> None:
    add_tag(owners, "Design")
    before = everything()

    for name in ("Design", "  Design"):
        assert refused(owners.post(TAG, {"name": name}), 400) == "A tag with the same name already exists"
    assert everything() == before
    for app in (teammates, outsiders):
        assert add_tag(app, "Design")["name"] == "Design"
    assert add_tag(owners, "design")["name"] == "design"  # case tells two apart


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"name": "A", "color": "teal"}, 'color: "teal" is not a valid choice.'),
        ({"name": "x" * 51}, "name: Ensure this field has no more than 50 characters."),
        ({"name": ""}, "name: This field may not be blank."),
        ({"name": "  "}, "name: This field may not be blank."),
        ({}, "name: This field is required."),
        ({"name": ["A"]}, "name: Not a valid string."),
    ],
)
def test_ft_28_what_is_wrong_is_said(owners: Any, body: Any, sentence: str) -> None:
    tag = add_tag(owners)
    before = everything()

    assert refused(owners.post(TAG, body), 400) == sentence
    if body:
        assert refused(owners.patch(f"{TAG}/{tag['id']}", body), 400) == sentence
    assert everything() == before


def test_ft_29_tags_are_counted_changed_and_deleted(owners: Any) -> None:
    design, bare = add_tag(owners, "Design"), add_tag(owners, "Bare")
    todos = [add(owners, title, tags=[design["id"]]) for title in "ABC"]
    owners.delete(f"/api/v2/todo/{todos[2]['id']}")

    assert owners.get(TAG).json() == {
        "tags": [{**bare, "_count": {"todos": 0}}, {**design, "_count": {"todos": 2}}]
    }
    assert owners.get(f"{TAG}/count").json() == {"count": 2}
    changed = owners.patch(f"{TAG}/{design['id']}", {"color": "red"})
    assert (changed.status_code, changed.json()) == (200, {"tag": {**design, "color": "red"}})
    deleted = owners.delete(f"{TAG}/bulk?tagIds={design['id']}")
    assert (deleted.status_code, deleted.json()) == (200, {"deletedCount": 1})
    assert [read(owners, todo)["tags"] for todo in todos[:2]] == [[], []]
    assert names(owners) == ["Bare"]


def test_any_part_of_a_tag_can_be_changed(owners: Any) -> None:
    tag = add_tag(owners, "Design")
    path = f"{TAG}/{tag['id']}"

    assert owners.patch(path, {"name": " Form "}).json() == {"tag": {**tag, "name": "Form"}}
    assert owners.patch(path, {}).json() == {"tag": {**tag, "name": "Form"}}
    assert owners.patch(path, {"color": None}).json() == {"tag": {**tag, "name": "Form"}}
    add_tag(owners, "Taken")
    assert refused(owners.patch(path, {"name": "Taken"}), 400) == "A tag with the same name already exists"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?search=BÜ", ["Büro", "büro 2"]),
        ("?search=", ["Büro", "Home", "büro 2"]),
        ("?search=%25", []),
        ("?ids={0}", ["Büro"]),
        ("?ids={0},{1},nonsense", ["Büro", "Home"]),
        ("?ids={0}&ids={2}&search=2", ["büro 2"]),
        ("?ids=nonsense", []),
    ],
)
def test_tags_are_found_by_name_and_id(owners: Any, query: str, found: list[str]) -> None:
    ids = [add_tag(owners, name)["id"] for name in ("Büro", "Home", "büro 2")]

    assert names(owners, query.format(*ids)) == found


def test_everybody_has_their_own(owners: Any, teammates: Any, outsiders: Any, project: Project) -> None:
    tag = add_tag(owners)
    add(owners, projectId=project.pk, tags=[tag["id"]])
    before = everything()

    for app in (teammates, outsiders):
        assert app.get(TAG).json() == {"tags": []}
        assert app.get(f"{TAG}?ids={tag['id']}").json() == {"tags": []}
        assert app.get(f"{TAG}/count").json() == {"count": 0}
        assert refused(app.patch(f"{TAG}/{tag['id']}", {"name": "A"}), 404) == "Tag not found"
        assert app.delete(f"{TAG}/bulk?tagIds={tag['id']}").json() == {"deletedCount": 0}
    assert refused(owners.patch(f"{TAG}/{ABSENT}", {}), 404) == "Tag not found"
    assert refused(owners.delete(f"{TAG}/bulk"), 400) == "Query parameter 'tagIds' is required"
    assert everything() == before


def test_a_single_tag_is_neither_read_nor_deleted(owners: Any) -> None:
    tag = add_tag(owners)

    for method in ("GET", "DELETE", "PUT"):
        response = owners.call(method, f"{TAG}/{tag['id']}")
        assert refused(response, 405) == f'Method "{method}" not allowed.'
        assert response.headers["Allow"] == "PATCH"
