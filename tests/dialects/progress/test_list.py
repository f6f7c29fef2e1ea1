"""GET /api/{org}/{project}/tasks: cases 17 to 19 of progress.md."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from accounts.operations.organizations import create_project
from accounts.operations.project_keys import IssuedProjectKey
from accounts.rules.principal import Principal
from tasks.models import Task
from tests.conftest import NOW
from tests.dialects.progress.conftest import Api, invalid, refusal

pytestmark = pytest.mark.django_db

NO_CURSOR = {
    "type": "client_error",
    "errors": [{"code": "not_found", "detail": "Invalid cursor", "attr": None}],
}


def page(api: Api, **query: object) -> dict[str, Any]:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    response = api.call("GET", f"?{text}")
    assert response.status_code == 200, response.content
    assert set(response.json()) == {"next", "previous", "results"}
    return response.json()


def follow(api: Api, address: str) -> dict[str, Any]:
    """Open an address of `next` or `previous` as it stands."""
    assert address.startswith(f"{settings.TASKTRACKER_BASE_URL}/api/acme/web/tasks/?cursor=")
    response = api.client.get(
        address.removeprefix(settings.TASKTRACKER_BASE_URL), headers={"Authorization": f"Bearer {api.key}"}
    )
    assert response.status_code == 200
    return response.json()


def names(found: dict[str, Any]) -> list[str]:
    return [task["name"] for task in found["results"]]


def cursor_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["cursor"][0]


@pytest.fixture
def five(api: Api) -> list[dict[str, Any]]:
    return [api.make(f"t{number}") for number in range(5)]


def test_an_empty_list(api: Api) -> None:
    assert page(api) == {"next": None, "previous": None, "results": []}


def test_a_list_holds_whole_tasks_newest_first(api: Api, five: list[dict[str, Any]]) -> None:
    assert page(api) == {"next": None, "previous": None, "results": five[::-1]}


def test_case_17_next_and_previous_walk_without_gaps(api: Api, five: list[dict[str, Any]]) -> None:
    first = page(api, page_size=2)
    second = follow(api, first["next"])
    third = follow(api, second["next"])

    assert [names(each) for each in (first, second, third)] == [["t4", "t3"], ["t2", "t1"], ["t0"]]
    assert (first["previous"], third["next"]) == (None, None)
    assert "page_size=2" in second["next"]

    back = follow(api, third["previous"])
    start = follow(api, back["previous"])
    assert [names(each) for each in (back, start)] == [["t2", "t1"], ["t4", "t3"]]
    assert start["previous"] is None
    assert names(follow(api, start["next"])) == ["t2", "t1"]


def test_case_17_the_size_may_change_midway(api: Api, five: list[dict[str, Any]]) -> None:
    first = page(api, page_size=1)

    rest = page(api, cursor=cursor_of(first["next"]), page_size=3)

    assert names(rest) == ["t3", "t2", "t1"]
    assert names(follow(api, rest["next"])) == ["t0"]
    assert names(follow(api, rest["previous"])) == ["t4"]


def test_case_18_a_cursor_alone_goes_on_as_before(api: Api, five: list[dict[str, Any]]) -> None:
    first = page(api, page_size=2)

    assert names(page(api, cursor=cursor_of(first["next"]))) == ["t2", "t1"]


def test_new_tasks_do_not_move_the_pages(api: Api, five: list[dict[str, Any]]) -> None:
    first = page(api, page_size=2)
    api.make("t5")

    second = follow(api, first["next"])

    assert names(second) == ["t2", "t1"]
    newer = follow(api, second["previous"])
    assert names(newer) == ["t4", "t3"]
    assert names(follow(api, newer["previous"])) == ["t5"]


def test_a_page_whose_tasks_are_gone_leads_back(api: Api, five: list[dict[str, Any]]) -> None:
    first = page(api, page_size=3)
    Task.objects.filter(title__in=["t0", "t1"]).update(deleted_at=NOW)

    empty = follow(api, first["next"])

    assert (empty["results"], empty["next"]) == ([], None)
    assert names(follow(api, empty["previous"])) == ["t4", "t3", "t2"]


def test_case_19_only_the_children_of_a_parent(api: Api) -> None:
    parent = api.make("parent")
    children = [api.make(f"c{number}", parent=parent["id"]) for number in range(3)]
    api.make("other")

    found = page(api, parent=parent["id"], page_size=2)

    assert found["results"] == children[:0:-1]
    assert names(page(api, cursor=cursor_of(found["next"]))) == ["c0"]
    assert names(page(api, parent=children[0]["id"])) == []
    assert len(page(api)["results"]) == 5


def test_a_foreign_parent_has_no_children_here(api: Api, foreign_api: Api) -> None:
    theirs = foreign_api.make("theirs")
    foreign_api.make("child", parent=theirs["id"])

    assert page(api, parent=theirs["id"])["results"] == []


@pytest.mark.parametrize("parent", ["x", "5", "%00", "%FF"])
def test_a_malformed_parent_is_refused(api: Api, parent: str) -> None:
    assert refusal(api.call("GET", f"?parent={parent}")) == invalid("invalid", "parent")


@pytest.mark.parametrize("size", ["", "0", "-1", "x", "1.5", "%00", "\u0665"])
def test_a_size_that_is_none_is_the_default(api: Api, size: str) -> None:
    api.make()
    response = api.call("GET", f"?page_size={size}")

    if size == "%00":
        assert refusal(response) == invalid("invalid", "page_size")
    else:
        assert len(response.json()["results"]) == 1


def test_sizes_have_a_default_and_a_most(api: Api, five: list[dict[str, Any]]) -> None:
    template = Task.objects.get(title="t0")
    Task.objects.bulk_create(
        Task(
            title="many",
            owner_id=template.owner_id,
            project_id=template.project_id,
            created_at=NOW,
            updated_at=NOW,
        )
        for _ in range(1000)
    )

    assert len(page(api)["results"]) == 100
    assert "page_size=100" in page(api)["next"]
    assert len(page(api, page_size=99999999999999999999)["results"]) == 1000


@pytest.mark.parametrize("cursor", ["x", "AAAA", "====", "%00x", "\u00e9", "A" * 68, "A" * 5000])
def test_a_made_up_cursor_is_not_found(api: Api, cursor: str) -> None:
    response = api.call("GET", f"?cursor={cursor}")

    if cursor == "%00x":
        assert refusal(response) == invalid("invalid", "cursor")
    else:
        assert (response.status_code, response.json()) == (404, NO_CURSOR)


def test_a_cursor_holds_in_its_own_project_only_and_as_it_is(
    api: Api,
    five: list[dict[str, Any]],
    owner: User,
    project: Project,
    issue_key: Callable[..., IssuedProjectKey],
    principal_of: Callable[..., Principal],
) -> None:
    second = create_project(
        principal=principal_of(owner), organization_id=project.organization_id, name="Second", at=NOW
    )
    other = Api(api.client, issue_key(owner, second).secret, "acme/second")
    cursor = cursor_of(page(api, page_size=2)["next"])
    raw = bytearray(base64.urlsafe_b64decode(cursor))
    raw[5] ^= 1

    for caller, text in ((other, cursor), (api, base64.urlsafe_b64encode(raw).decode())):
        response = caller.call("GET", f"?cursor={text}")
        assert (response.status_code, response.json()) == (404, NO_CURSOR)


@pytest.mark.parametrize("count", [1, 3, 100])
def test_a_list_takes_two_statements_whatever_its_length(api: Api, count: int) -> None:
    for number in range(count):
        api.make(f"t{number}", tags={"a": "bb"}, data=[1])
    page(api)

    with CaptureQueriesContext(connection) as captured:
        assert len(page(api)["results"]) == count

    assert len(captured) == 2


# --- who ----------------------------------------------------------------------------------------------------
def test_everybodys_tasks_of_the_project_and_no_others(api: Api, mates_api: Api, foreign_api: Api) -> None:
    api.make("mine")
    mates_api.make("mates")
    foreign_api.make("theirs")

    assert names(page(api)) == names(page(mates_api)) == ["mates", "mine"]
    assert names(page(foreign_api)) == ["theirs"]
