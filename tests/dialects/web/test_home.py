"""The landing page, and what strangers are told elsewhere."""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.dialects.web.conftest import ABSENT

pytestmark = pytest.mark.django_db


def test_a_stranger_is_told_what_this_is(client: Client) -> None:
    answer = client.get("/")

    assert answer.status_code == 200
    assert b'href="/accounts/signup/"' in answer.content
    assert b'href="/accounts/login/"' in answer.content


def test_who_has_signed_in_goes_to_work(person: Client) -> None:
    answer = person.get("/")

    assert (answer.status_code, answer["Location"]) == (302, "/today/")


PAGES = [
    "today",
    "today_aside",
    "numbers",
    "understood",
    "task_list",
    "new_task",
    "task",
    "edit_task",
    "schedule_task",
    "delete_task",
    "tokens",
    "new_token",
    "webhooks",
    "new_webhook",
    "webhook",
    "edit_webhook",
    "delete_webhook",
    "settings",
    "enrollment",
    "account_email",
    "account_change_password",
    "sessions",
]
ACTIONS = [
    "bulk_tasks",
    "add_part",
    "tag_task",
    "trigger_task_page",
    "complete_task_page",
    "uncomplete_task",
    "archive_task",
    "unarchive_task",
    "revoke_token",
    "enable_webhook",
    "disable_webhook",
    "rotate_webhook",
    "test_webhook",
]


def path_of(name: str) -> str:
    takes_an_id = bool(get_resolver().reverse_dict.getlist(name)[0][0][0][1])
    return reverse(name, args=[ABSENT] if takes_an_id else [])


@pytest.mark.parametrize("name", PAGES)
def test_strangers_sign_in_first_and_come_back(name: str, client: Client) -> None:
    answer = client.get(path_of(name))

    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next={path_of(name)}"


@pytest.mark.parametrize("name", ACTIONS)
def test_strangers_who_act_come_back_to_the_tasks(name: str, client: Client) -> None:
    answer = client.post(path_of(name))

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/tasks/")


@pytest.mark.parametrize("name", ACTIONS)
def test_a_link_does_nothing(name: str, person: Client) -> None:
    assert person.get(path_of(name)).status_code == 405


def test_htmx_is_sent_to_sign_in_as_a_whole_page(client: Client) -> None:
    answer = client.post(path_of("trigger_task_page"), headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/accounts/login/?next=/tasks/")


@pytest.mark.parametrize("name", [*PAGES, "account_login", "account_signup", "home", "terms"])
def test_both_spellings_answer(name: str, client: Client) -> None:
    path = path_of(name)
    other = path.removesuffix("/") if path.endswith("/") and path != "/" else f"{path}/"

    assert client.get(other).status_code == client.get(path).status_code
