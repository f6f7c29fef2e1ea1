"""Sub-tasks: case 20 of progress.md."""

from typing import Any
from uuid import uuid4

import pytest

from tests.dialects.progress.conftest import Api, everything, invalid, refusal

pytestmark = pytest.mark.django_db


def patch(api: Api, task: dict[str, Any], parent: object) -> Any:
    return api.call("PATCH", f"{task['id']}/", {"parent": parent})


def test_case_20_a_parent_is_echoed(api: Api) -> None:
    parent = api.make("parent")

    child, late = api.make("child", parent=parent["id"]), api.make("late")

    assert child["parent"] == parent["id"]
    assert patch(api, late, parent["id"]).json()["parent"] == parent["id"]
    assert api.get(late["id"])["parent"] == parent["id"]


def test_case_20_a_child_has_no_children(api: Api) -> None:
    parent = api.make("parent")
    child = api.make("child", parent=parent["id"])
    other = api.make("other")
    before = everything()

    assert refusal(api.call("POST", "", {"name": "n", "parent": child["id"]})) == invalid("nested", "parent")
    assert refusal(patch(api, other, child["id"])) == invalid("nested", "parent")
    assert refusal(patch(api, parent, other["id"])) == invalid("nested", "parent")
    assert refusal(patch(api, other, other["id"])) == invalid("nested", "parent")
    assert everything() == before


def test_case_20_a_parent_is_set_once(api: Api) -> None:
    first, second = api.make("first"), api.make("second")
    child = api.make("child", parent=first["id"])
    before = everything()

    assert refusal(patch(api, child, second["id"])) == invalid("invalid", "parent")
    assert refusal(patch(api, child, None)) == invalid("invalid", "parent")
    assert everything() == before
    assert patch(api, child, first["id"]).status_code == 200
    assert patch(api, first, None).status_code == 200


@pytest.mark.parametrize("status", ["pending", "processing", "error", "stale", "cancelled"])
def test_a_parents_success_says_nothing_of_its_children(api: Api, status: str) -> None:
    parent = api.make("outer", status="processing")
    child = api.make("inner", parent=parent["id"], status=status)

    api.patch(parent["id"], status="success")

    assert api.get(child["id"]) == child


def test_case_20_an_unknown_or_foreign_parent(api: Api, foreign_api: Api) -> None:
    theirs, mine = foreign_api.make("theirs"), api.make("mine")
    before = everything()

    for parent in (theirs["id"], str(uuid4())):
        expected = invalid("does_not_exist", "parent")
        assert refusal(api.call("POST", "", {"name": "n", "parent": parent})) == expected
        assert refusal(patch(api, mine, parent)) == expected
    assert everything() == before
