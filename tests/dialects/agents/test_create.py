"""Making tasks. Source: agents.md A.4, PH-01 to PH-07."""

import re
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest
from django.test import Client

from accounts.models import Project, User
from accounts.operations.organizations import create_project
from accounts.rules.principal import Principal
from tasks.models import Brief, Task
from tests.conftest import NOW
from tests.dialects.agents.conftest import NO_PROJECT, Api, everything, invalid, refusal

pytestmark = pytest.mark.django_db


def test_ph_01_a_task_has_a_number_a_slug_and_a_maker(api: Api, owner: User) -> None:
    response = api.call("POST", "tasks/", {"title": "Fix login", "description": "x"})

    assert response.status_code == 201
    assert response.json() == {
        "id": ANY,
        "task_number": 0,
        "slug": "WEB-0",
        "title": "Fix login",
        "title_manually_set": True,
        "description": "x",
        "origin_product": "user_created",
        "repository": None,
        "github_integration": None,
        "github_user_integration": None,
        "signal_report": None,
        "json_schema": None,
        "internal": False,
        "archived": False,
        "archived_at": None,
        "latest_run": None,
        "created_at": ANY,
        "updated_at": ANY,
        "created_by": {
            "id": owner.pk,
            "uuid": ANY,
            "distinct_id": ANY,
            "first_name": "Owner",
            "last_name": "",
            "email": "owner@example.com",
            "is_email_verified": True,
            "hedgehog_config": None,
            "role_at_organization": None,
        },
        "ci_prompt": None,
    }
    assert re.fullmatch(r"[A-Z0-9]{1,3}-\d+", response.json()["slug"])
    assert api.get(response.json()["id"]) == response.json()


@pytest.mark.parametrize("body", [{}, None], ids=["an empty object", "no body"])
def test_ph_02_nothing_is_required(api: Api, body: Any) -> None:
    made = api.call("POST", "tasks/", body)

    assert made.status_code == 201
    assert (made.json()["title"], made.json()["description"]) == ("", "")
    assert made.json()["title_manually_set"] is False


def test_ph_03_a_title_is_made_of_the_description(api: Api) -> None:
    line = "word " * 18

    made = api.call("POST", "tasks/", {"description": f"\n {line}\nmore"}).json()

    assert made["title"] == line[:57] + "..."
    assert (len(made["title"]), made["title_manually_set"]) == (60, False)
    assert made["description"] == f"\n {line}\nmore"


@pytest.mark.parametrize(
    ("said", "title", "is_given"),
    [
        ({"description": "Short\nand more"}, "Short", False),
        ({"description": "  "}, "Untitled Task", False),
        ({"title": "  ", "description": "Short"}, "Short", False),
        ({"title": "Mine", "title_manually_set": False}, "Mine", False),
        ({"description": "Short", "title_manually_set": True}, "Short", False),
    ],
)
def test_whose_a_title_is(api: Api, said: dict[str, Any], title: str, is_given: bool) -> None:
    made = api.call("POST", "tasks/", said).json()

    assert (made["title"], made["title_manually_set"]) == (title, is_given)


def test_ph_04_numbers_begin_at_0_in_every_project(
    api: Api, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    second = create_project(
        principal=principal_of(owner), organization_id=project.organization_id, name="Big Red Car", at=NOW
    )
    elsewhere = Api(api.client, api.key, second.pk)

    made = [api.make(), api.make(), elsewhere.make()]

    assert [(task["task_number"], task["slug"]) for task in made] == [
        (0, "WEB-0"),
        (1, "WEB-1"),
        (0, "BRC-0"),
    ]


def test_the_number_of_a_deleted_task_is_never_given_again(api: Api) -> None:
    gone = api.make()
    api.call("DELETE", f"tasks/{gone['id']}/")

    assert api.make()["task_number"] == 1


def test_ph_05_a_repository_is_stored_in_lower_case(api: Api) -> None:
    assert api.make(repository="PostHog/Posthog-JS")["repository"] == "posthog/posthog-js"


@pytest.mark.parametrize("text", ["nope", "a/b/c", "/b", "a/", "a b/c", "a/\u00e9"])
def test_ph_06_a_repository_has_an_owner_and_a_name(api: Api, text: str) -> None:
    before = everything()

    refused = api.call("POST", "tasks/", {"repository": text})

    detail = "Repository must be in the format organization/repository"
    assert refusal(refused) == invalid("invalid_input", "repository", detail)
    assert everything() == before


@pytest.mark.parametrize(
    ("said", "code", "attr"),
    [
        ({"title": "x" * 256}, "max_length", "title"),
        ({"origin_product": "bogus"}, "invalid_choice", "origin_product"),
        ({"repository": "a/" + "b" * 254}, "max_length", "repository"),
        ({"title": None}, "null", "title"),
        ({"title": 7}, "invalid_input", "title"),
        ({"internal": "perhaps"}, "invalid_input", "internal"),
        ({"json_schema": []}, "invalid_input", "json_schema"),
        ({"json_schema": {"type": "nothing"}}, "invalid_input", "json_schema"),
        ({"signal_report": "x"}, "invalid_input", "signal_report"),
        ([], "invalid_input", None),
    ],
)
def test_ph_07_a_value_that_cannot_be_is_refused(api: Api, said: Any, code: str, attr: str | None) -> None:
    before = everything()

    refused = api.call("POST", "tasks/", said)

    assert refusal(refused, with_detail=False) == invalid(code, attr)
    assert everything() == before


@pytest.mark.parametrize(
    ("said", "attr", "detail"),
    [
        ({"github_integration": 7}, "github_integration", "Integration must belong to the same team"),
        (
            {"github_user_integration": "00000000-0000-0000-0000-000000000001"},
            "github_user_integration",
            "User integration must belong to the authenticated user",
        ),
        (
            {"signal_report_task_relationship": "implementation"},
            "signal_report_task_relationship",
            "Requires signal_report when set.",
        ),
        (
            {
                "signal_report_task_relationship": "implementation",
                "signal_report": "00000000-0000-0000-0000-000000000001",
            },
            "signal_report_task_relationship",
            "Requires origin_product signal_report when set.",
        ),
    ],
)
def test_what_belongs_to_somebody_else_is_refused(
    api: Api, said: dict[str, Any], attr: str, detail: str
) -> None:
    before = everything()

    assert refusal(api.call("POST", "tasks/", said)) == invalid("invalid_input", attr, detail)
    assert everything() == before


def test_everything_that_can_be_said_is_kept(api: Api) -> None:
    said = {
        "title": "Answer",
        "origin_product": "signal_report",
        "signal_report": "00000000-0000-0000-0000-000000000001",
        "json_schema": {"type": "object", "required": ["b", "a"]},
        "internal": True,
        "archived": True,
        "ci_prompt": "Run the tests.",
    }

    made = api.make(**said, signal_report_task_relationship="implementation")

    assert {name: made[name] for name in said} == said
    assert made["archived_at"] is not None
    assert "signal_report_task_relationship" not in made


def test_a_task_is_the_callers_own(api: Api, mates_api: Api, teammate: User) -> None:
    made = mates_api.make()

    assert made["created_by"]["id"] == teammate.pk
    assert Task.objects.get(pk=made["id"]).owner == teammate
    assert api.get(made["id"]) == made


def test_an_outsider_makes_nothing(outsiders_api: Api) -> None:
    before = everything()

    refused = outsiders_api.call("POST", "tasks/", {"title": "x"})

    assert (refused.status_code, refused.json()) == (404, NO_PROJECT)
    assert everything() == before


def test_current_is_the_inbox_of_somebody_who_opened_nothing(client: Client, api: Api, owner: User) -> None:
    Api(client, api.key, "@current").make()

    assert Brief.objects.get().project == Project.objects.get(organization__personal_of=owner)
