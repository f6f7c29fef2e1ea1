"""Rules for all tasks of a project, or of its organization, whose names fit a pattern."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Project, User
from accounts.operations.organizations import create_project
from accounts.rules.principal import Principal
from tasks.models import ProjectAction
from tasks.operations.actions import NewAction
from tasks.operations.project_actions import (
    TooManyRules,
    add_project_action,
    delete_project_action,
    edit_project_action,
    switch_project_action,
)
from tasktracker.core.errors import Forbidden, Invalid, NotFound
from tests.conftest import NOW
from tests.dialects.progress.conftest import Api, mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def add_rule(
    owner: User, project: Project, principal_of: Callable[..., Principal]
) -> Callable[..., ProjectAction]:
    def make(user: User = owner, **values: Any) -> ProjectAction:
        whole: dict[str, Any] = {
            "principal": principal_of(user),
            "project_id": project.pk,
            "name": "tell me",
            "new": NewAction("success", "email", {"to": "a@example.com"}),
            "at": NOW,
            **values,
        }
        return add_project_action(**whole)

    return make


def test_a_rule_fires_for_every_task_whose_name_fits(
    api: Api, add_rule: Callable[..., ProjectAction]
) -> None:
    add_rule(pattern="^nightly")
    tasks = [api.make(name) for name in ("nightly backup", "a nightly", "weekly")]

    for task in tasks:
        api.patch(task["id"], status="success")

    assert mails() == ["nightly backup: success"]


OWN = {"trigger": "success", "integration": "email", "config": {"to": "c@example.com"}}


def test_a_rule_and_an_action_run_side_by_side(api: Api, add_rule: Callable[..., ProjectAction]) -> None:
    add_rule()
    add_rule(new=NewAction("*/10%", "email", {"to": "b@example.com"}))

    api.make(status="success", value=55, actions=[OWN])

    assert mails() == ["job: 50%", "job: success", "job: success"]


def test_a_rule_can_hold_in_the_whole_organization(
    api: Api,
    foreign_api: Api,
    add_rule: Callable[..., ProjectAction],
    issue_key: Callable[..., Any],
    owner: User,
    project: Project,
    principal_of: Callable[..., Principal],
) -> None:
    second = create_project(
        principal=principal_of(owner), organization_id=project.organization_id, name="Second", at=NOW
    )
    other = Api(api.client, issue_key(owner, second).secret, "acme/second")
    add_rule(is_for_all_projects=True)
    add_rule(name="here only")

    for caller in (api, other, foreign_api):
        caller.make(caller.place, status="success")

    assert mails() == ["acme/second: success", "acme/web: success", "acme/web: success"]


def test_a_rule_is_changed_switched_off_and_deleted(
    api: Api,
    add_rule: Callable[..., ProjectAction],
    owner: User,
    project: Project,
    principal_of: Callable[..., Principal],
) -> None:
    rule = add_rule()
    which: dict[str, Any] = {
        "principal": principal_of(owner),
        "project_id": project.pk,
        "action_id": rule.pk,
    }

    edit_project_action(
        **which, name="now", new=NewAction("error", "email", {"to": "a@example.com"}), pattern="x", at=NOW
    )
    api.make("x", status="error")
    switch_project_action(**which, is_enabled=False, at=NOW)
    api.make("x", status="error")
    switch_project_action(**which, is_enabled=True, at=NOW)
    api.make("x", status="error")
    delete_project_action(**which)
    api.make("x", status="error")

    assert mails() == ["x: error", "x: error"]
    with pytest.raises(NotFound):
        delete_project_action(**which)


def test_who_may_make_rules(add_rule: Callable[..., ProjectAction], teammate: User, outsider: User) -> None:
    for user, refusal in ((teammate, Forbidden), (outsider, NotFound)):
        with pytest.raises(refusal):
            add_rule(user)
    assert ProjectAction.objects.count() == 0


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"pattern": "("}, "pattern"),
        ({"name": ""}, "name"),
        ({"new": NewAction("x", "email", {"to": "a@example.com"})}, "trigger"),
        ({"new": NewAction("1", "webhook:none")}, "integration"),
        ({"new": NewAction("1", "webhook:none"), "is_for_all_projects": True}, "integration"),
        ({"new": NewAction("1", "email", {})}, "config"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(
    add_rule: Callable[..., ProjectAction], values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        add_rule(**values)

    assert [problem.field for problem in refused.value.problems] == [field]
    assert ProjectAction.objects.count() == 0


def test_an_organization_has_so_many_rules(add_rule: Callable[..., ProjectAction]) -> None:
    for _ in range(50):
        add_rule()

    with pytest.raises(TooManyRules):
        add_rule()
