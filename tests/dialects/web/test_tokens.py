"""/tokens/: a token's text is in the answer that made it, and nowhere else (NS-13)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Credential, Session, User
from accounts.operations.credentials import issue_triggers_token
from accounts.rules.principal import Principal
from accounts.rules.scopes import task_scope
from tasks.models import Occurrence, Task
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(owner: User, principal_of: Callable[..., Principal]) -> Credential:
    """A token of the owner's."""
    return issue_triggers_token(
        principal=principal_of(owner), name="doorbell", scope="user", at=NOW
    ).credential


def made(answer: Any) -> str:
    """Return the text that the page shows once."""
    assert answer.status_code == 200
    text: str = answer.context["text"]
    assert answer.content.decode().count(text) == 2  # itself, and the command
    return text


def trigger(client: Client, task: Task, text: str) -> int:
    answer = client.post(f"/api/v1/tasks/{task.pk}/trigger", headers={"Authorization": f"Bearer {text}"})
    return answer.status_code


def test_the_text_is_shown_once(person: Client, task: Task) -> None:
    answer = person.post("/tokens/new", {"name": "doorbell", "scope": "user"})

    text = made(answer)
    assert answer["Cache-Control"] == "no-store"
    assert f"/api/v1/tasks/{task.pk}/trigger" in answer.content.decode()
    later = [
        person.get(page).content.decode() for page in ("/tokens/", "/tokens/new", "/tasks/", "/settings/")
    ]
    assert [text in page for page in later] == [False] * 4
    assert "doorbell" in later[0]
    assert text not in str(Credential.objects.values().get())
    assert text not in str(Session.objects.values().get())


def test_it_works_from_a_script(
    person: Client, client: Client, task: Task, make_task: Callable[..., Task]
) -> None:
    text = made(person.post("/tokens/new", {"name": "all", "scope": "user"}))

    assert [trigger(client, each, text) for each in (task, make_task())] == [200, 200]


def test_one_task_and_nothing_else(
    person: Client, client: Client, task: Task, make_task: Callable[..., Task]
) -> None:
    text = made(person.post("/tokens/new", {"name": "one", "scope": "task", "task": str(task.pk)}))

    assert Credential.objects.get().scope == task_scope(task.pk)
    assert [trigger(client, each, text) for each in (task, make_task())] == [200, 403]


def test_the_last_day_ends_in_the_readers_zone(person: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="America/New_York")

    made(person.post("/tokens/new", {"name": "until", "scope": "user", "last_day": "2099-07-01"}))

    assert Credential.objects.get().expires_at == datetime(2099, 7, 2, 3, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scope": "admin"}, "scope"),
        ({"scope": "task", "task": ""}, "task"),
        ({"scope": "task", "task": "x"}, "task"),
        ({"last_day": "2020-01-01"}, "__all__"),
        ({"last_day": "soon"}, "last_day"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, str], field: str, person: Client) -> None:
    answer = person.post("/tokens/new", {"name": "doorbell", "scope": "user", **given})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Credential.objects.count() == 0


def test_tokens_are_for_reachable_tasks_only(
    task: Task, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    stranger = sign_in(outsider)

    answers = [
        stranger.post("/tokens/new", {"name": "x", "scope": "task", "task": task_id})
        for task_id in (str(task.pk), ABSENT)
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert stranger.get(f"/tokens/new?task={task.pk}").status_code == 404
    assert Credential.objects.count() == 0


def test_a_link_proposes_the_task(person: Client, make_task: Callable[..., Task]) -> None:
    task = make_task(title="Old", columns={"status": "success", "completed_at": NOW})

    form = person.get(f"/tokens/new?task={task.pk}").context["form"]

    assert form.initial == {"scope": "task", "task": str(task.pk)}
    assert (str(task.pk), "Old") in form.fields["task"].choices


def test_a_revoked_token_is_refused_at_once(person: Client, client: Client, task: Task) -> None:
    text = made(person.post("/tokens/new", {"name": "doorbell", "scope": "user"}))
    credential = Credential.objects.get()

    answer = person.post(f"/tokens/{credential.pk}/revoke")

    assert (answer.status_code, answer["Location"]) == (302, "/tokens/")
    assert trigger(client, task, text) == 401
    assert Occurrence.objects.count() == 0
    assert b"Revoked" in person.get("/tokens/").content


def test_a_second_revoke_is_refused_on_the_page(person: Client, token: Credential) -> None:
    person.post(f"/tokens/{token.pk}/revoke")
    before = rows()

    answer = person.post(f"/tokens/{token.pk}/revoke")

    assert answer.status_code == 409
    assert b"This credential has been revoked already." in answer.content
    assert rows() == before


def test_nobody_elses(
    token: Credential,
    organization: object,
    teammate: User,
    outsider: User,
    sign_in: Callable[[User], Client],
) -> None:
    before = rows()

    for user in (teammate, outsider):
        assert b"doorbell" not in sign_in(user).get("/tokens/").content
        assert sign_in(user).post(f"/tokens/{token.pk}/revoke").status_code == 404
    assert rows() == before


def test_an_expired_token_says_so(
    person: Client, owner: User, principal_of: Callable[..., Principal]
) -> None:
    issue_triggers_token(
        principal=principal_of(owner),
        name="old",
        scope="user",
        expires_at=NOW + timedelta(seconds=1),
        at=NOW,
    )

    assert b"Expired" in person.get("/tokens/").content


def test_a_token_is_named_with_its_task(
    person: Client, task: Task, owner: User, principal_of: Callable[..., Principal]
) -> None:
    issue_triggers_token(principal=principal_of(owner), name="doorbell", scope=task_scope(task.pk), at=NOW)
    assert b"Water the plants" in person.get("/tokens/").content

    person.post(f"/tasks/{task.pk}/delete")

    assert b"it is gone" in person.get("/tokens/").content


def test_a_long_list_has_pages_at_one_price(
    person: Client,
    owner: User,
    principal_of: Callable[..., Principal],
    make_task: Callable[..., Task],
    django_assert_num_queries: Any,
) -> None:
    def issue() -> None:
        scope = task_scope(make_task().pk)
        issue_triggers_token(principal=principal_of(owner), name="one", scope=scope, at=NOW)

    issue()
    with CaptureQueriesContext(connection) as queries:
        person.get("/tokens/")
    for _ in range(50):
        issue()

    with django_assert_num_queries(len(queries)):
        first = person.get("/tokens/")
    second = person.get("/tokens/?page=2")
    assert [len(answer.context["tokens"]) for answer in (first, second)] == [50, 1]
    assert person.get("/tokens/?page=x").status_code == 200
