"""What is only listed: projects and charges."""

from collections.abc import Callable

import pytest

from accounts.models import Project, User
from accounts.operations import organizations
from accounts.queries.projects import inbox_of
from accounts.rules.principal import Principal
from charges.models import Charge
from tests.conftest import NOW
from tests.dialects.mobile.conftest import Phone, body_of, items, statements

pytestmark = pytest.mark.django_db


def test_the_projects_that_tasks_can_be_put_in(
    phone: Phone, teammates: Phone, outsiders: Phone, owner: User, project: Project
) -> None:
    inbox = inbox_of(owner.pk)
    web = {
        "id": project.pk,
        "name": "Web",
        "is_default": False,
        "organization": {"id": project.organization_id, "name": "Acme"},
        "created_at": "2026-03-02T12:00:00Z",
    }
    first, *others = items(phone.get("/projects"))

    assert first == {
        "id": inbox.pk,
        "name": "Inbox",
        "is_default": True,
        "organization": {"id": inbox.organization_id, "name": "Owner"},
        "created_at": "2026-03-02T12:00:00Z",
    }
    assert others[-1] == web
    assert items(teammates.get("/projects"))[-1] == web
    assert [shown["name"] for shown in items(outsiders.get("/projects"))] == ["Inbox"]


def test_projects_cost_the_same_however_many(
    phone: Phone, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    phone.get("/projects")
    one = statements(lambda: phone.get("/projects"))
    for name in ("Two", "Three"):
        organizations.create_project(
            principal=principal_of(owner), organization_id=project.organization_id, name=name, at=NOW
        )

    assert statements(lambda: phone.get("/projects")) == one == 3  # token, count, page


def test_own_charges_newest_first(phone: Phone, teammates: Phone, outsiders: Phone, owner: User) -> None:
    for number, note in enumerate(("", "Missed my workout")):
        Charge.objects.create(
            user=owner,
            kind="direct",
            request_id=str(number),
            month=NOW.date().replace(day=1),
            cents=100 + number,
            note=note,
            status="declined",
            created_at=NOW,
            updated_at=NOW,
            ended_at=NOW,
        )

    newest, oldest = items(phone.get("/charges"))

    assert newest == {
        "id": newest["id"],
        "task_id": None,
        "cents": 101,
        "status": "declined",
        "note": "Missed my workout",
        "created_at": "2026-03-02T12:00:00Z",
    }
    assert (oldest["cents"], oldest["note"]) == (100, None)
    for other in (teammates, outsiders):
        assert body_of(other.get("/charges"))["meta"]["total"] == 0
    assert statements(lambda: phone.get("/charges")) == 3  # token, count, page
