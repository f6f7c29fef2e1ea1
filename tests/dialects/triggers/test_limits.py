"""How often: cases NS-11 and NS-12 of triggers.md, and what is counted together."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from tasks.models import Occurrence, Task
from tasktracker.http import ratelimit
from tests.dialects.triggers.conftest import ABSENT, Api, log_of

pytestmark = pytest.mark.django_db

TOO_MANY = b'{"error":"Too Many Requests"}'


@pytest.fixture
def small(settings: Settings) -> None:
    """The documented limits at a tenth: 30 and 200 for the account, 6 triggers, 6 completions."""
    settings.TASKTRACKER_LIMIT_SCALE = 0.1


def statuses(answers: Iterable[Any]) -> list[int]:
    return [answer.status_code for answer in answers]


def test_the_61st_trigger_of_a_minute_is_429(api: Api, task: Task) -> None:
    first = [api.trigger(task.pk) for _ in range(60)]
    last = api.trigger(task.pk)

    assert statuses(first) == [200] * 60
    assert (last.status_code, last.content) == (429, TOO_MANY)
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert Occurrence.objects.filter(task=task).count() == 60


def test_a_refused_trigger_changes_nothing(api: Api, task: Task, small: None) -> None:
    for _ in range(6):
        api.trigger(task.pk)
    before = log_of(task)

    assert api.trigger(task.pk).status_code == 429
    assert log_of(task) == before


def test_triggers_and_completions_are_counted_apart(api: Api, task: Task, small: None) -> None:
    triggers = [api.trigger(task.pk) for _ in range(7)]
    completions = [api.complete(task.pk) for _ in range(7)]

    assert statuses(triggers) == [*[200] * 6, 429]
    assert statuses(completions) == [*[200] * 6, 429]


def test_two_tokens_of_one_account_share_its_limits(
    make_api: Callable[..., Api], owner: User, task: Task, small: None, settings: Settings
) -> None:
    settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, "trigger": ((10_000, 60),)}
    one, two = make_api(owner), make_api(owner, scope=f"task:{task.pk}")

    answers = [(one, two)[number % 2].trigger(task.pk) for number in range(31)]

    assert statuses(answers) == [*[200] * 30, 429]
    assert answers[-1].content == TOO_MANY
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 300


def test_the_301st_call_of_five_minutes_is_429(make_api: Callable[..., Api], owner: User) -> None:
    tokens = [make_api(owner), make_api(owner)]
    mixed = [tokens[number % 2].post("/api/v1/tasks/x/trigger", method="GET") for number in range(300)]

    refused = tokens[0].trigger(ABSENT)

    assert statuses(mixed) == [404] * 300
    assert (refused.status_code, refused.content) == (429, TOO_MANY)


def test_the_pages_of_an_account_are_counted_too(api: Api, owner: User, task: Task, small: None) -> None:
    for _ in range(30):
        ratelimit.consume(ratelimit.windows("account", owner.pk))

    assert api.trigger(task.pk).status_code == 429


def test_another_account_has_its_own_limits(
    make_api: Callable[..., Api], api: Api, task: Task, shared_task: Task, teammate: User, small: None
) -> None:
    for _ in range(7):
        api.trigger(task.pk)

    assert make_api(teammate).trigger(shared_task.pk).status_code == 200


def test_a_wrong_method_does_not_use_up_triggers(api: Api, task: Task, small: None) -> None:
    wrong = [api.post(f"/api/v1/tasks/{task.pk}/trigger", method="PUT") for _ in range(10)]

    assert statuses(wrong) == [404] * 10
    assert api.trigger(task.pk).status_code == 200


def test_nobody_without_a_token_uses_up_limits(api: Api, task: Task, small: None) -> None:
    for _ in range(40):
        api.client.post(f"/api/v1/tasks/{task.pk}/trigger")

    assert api.trigger(task.pk).status_code == 200
