"""Who can see which tasks, alone and in lists."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Task
from tasks.operations.lifecycle import complete_task, trigger_task
from tasks.queries.occurrences import occurrence_page
from tasks.queries.tasks import Shown, locked, reachable, task_page, titles_of, visible_to
from tasktracker.core.errors import Forbidden, NotFound
from tests.domain.tasks.conftest import PAST


@pytest.fixture
def shared(make_task: Callable[..., Task], project: Project) -> Task:
    """A task of the owner's in the project that the team-mate shares."""
    return make_task(project_id=project.pk)


def test_owner_teammate_and_outsider(
    task: Task,
    shared: Task,
    owner: User,
    teammate: User,
    outsider: User,
    principal_of: Callable[..., Principal],
) -> None:
    seen = [set(visible_to(principal_of(user))) for user in (owner, teammate, outsider)]

    assert seen == [{task, shared}, {shared}, set()]


def test_an_owner_who_left_the_project_still_reaches_the_own_task(
    shared: Task, owner: User, principal_of: Callable[..., Principal]
) -> None:
    owner.memberships.filter(organization__personal_of=None).delete()

    assert reachable(principal_of(owner), shared.pk) == shared


def test_a_deleted_task_is_gone_and_an_archived_one_is_not(
    make_task: Callable[..., Task], caller: Principal
) -> None:
    deleted, archived = make_task({"deleted_at": PAST}), make_task({"archived_at": PAST})

    assert reachable(caller, archived.pk) == archived
    with pytest.raises(NotFound):
        reachable(caller, deleted.pk)


@pytest.mark.parametrize("bound", ["project_id", "organization_id"])
def test_a_credential_of_one_project_reaches_no_other(
    task: Task,
    shared: Task,
    project: Project,
    owner: User,
    principal_of: Callable[..., Principal],
    bound: str,
) -> None:
    where = {"project_id": project.pk, "organization_id": project.organization_id}
    key = principal_of(owner, kind="project_key", **{bound: where[bound]})

    assert list(visible_to(key)) == [shared]
    with transaction.atomic():
        assert locked(key, shared.pk) == shared
        with pytest.raises(NotFound):
            locked(key, task.pk)


@pytest.mark.parametrize("find", [reachable, locked])
def test_absent_foreign_and_out_of_scope(
    task: Task,
    make_task: Callable[..., Task],
    owner: User,
    outsider: User,
    principal_of: Callable[..., Principal],
    find: Callable[[Principal, UUID], Task],
) -> None:
    other = make_task()
    token = principal_of(owner, kind="triggers_token", scopes=frozenset({f"task:{task.pk}"}))
    personal_key = principal_of(owner, kind="personal_key", scopes=frozenset({"task:read"}))

    with transaction.atomic():
        assert find(token, task.pk) == task
        assert find(personal_key, task.pk) == task
        with pytest.raises(Forbidden):
            find(token, other.pk)
        with pytest.raises(NotFound):
            find(principal_of(outsider), task.pk)
        with pytest.raises(NotFound):
            find(token, UUID(int=1))


def test_the_locked_row_is_the_row(task: Task, caller: Principal) -> None:
    with transaction.atomic():
        found = locked(caller, task.pk)

    assert {field.attname: getattr(found, field.attname) for field in Task._meta.concrete_fields} == {
        field.attname: getattr(task, field.attname) for field in Task._meta.concrete_fields
    }


def test_a_task_comes_with_its_pending_occurrence(task: Task, caller: Principal, at: datetime) -> None:
    assert reachable(caller, task.pk).pending_occurrence_id is None

    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)

    assert reachable(caller, task.pk).pending_occurrence_id == occurrence.pk


def test_a_list_shows_own_tasks_newest_first(
    make_task: Callable[..., Task],
    shared: Task,
    owner: User,
    teammate: User,
    principal_of: Callable[..., Principal],
) -> None:
    second, third = make_task(), make_task()
    make_task({"archived_at": PAST})

    assert task_page(principal=principal_of(owner)).tasks == [third, second, shared]
    assert task_page(principal=principal_of(teammate)).tasks == []


def test_a_list_of_a_project_shows_everybodys_tasks(
    task: Task,
    shared: Task,
    project: Project,
    teammate: User,
    outsider: User,
    principal_of: Callable[..., Principal],
) -> None:
    assert task_page(principal=principal_of(teammate), project_id=project.pk).tasks == [shared]
    assert task_page(principal=principal_of(outsider), project_id=project.pk).tasks == []


def test_open_completed_and_archived_lists_share_nothing(
    make_task: Callable[..., Task], caller: Principal
) -> None:
    pending, cancelled = make_task(), make_task({"status": "cancelled"})
    completed = make_task({"status": "success", "completed_at": PAST})
    archived = make_task({"status": "success", "completed_at": PAST, "archived_at": PAST})

    lists = {shown: task_page(principal=caller, shown=shown).tasks for shown in Shown}

    assert lists == {
        Shown.OPEN: [cancelled, pending],
        Shown.COMPLETED: [completed],
        Shown.RUNNING: [],
        Shown.FAILED: [],
        Shown.ARCHIVED: [archived],
    }


def test_pages_follow_one_another_without_a_gap(make_task: Callable[..., Task], caller: Principal) -> None:
    newest_first = [make_task() for _ in range(5)][::-1]

    first = task_page(principal=caller, limit=2)
    second = task_page(principal=caller, limit=2, before=first.next_before)
    last = task_page(principal=caller, limit=2, before=second.next_before)

    assert [*first.tasks, *second.tasks, *last.tasks] == newest_first
    assert last.next_before is None
    assert task_page(principal=caller, limit=5).next_before is None


@pytest.mark.parametrize("count", [1, 30])
def test_a_list_is_one_statement_however_long(
    make_task: Callable[..., Task], caller: Principal, count: int
) -> None:
    for _ in range(count):
        make_task()

    with CaptureQueriesContext(connection) as captured:
        shown = task_page(principal=caller)
        for task in shown.tasks:
            _ = (task.title, task.project.name, getattr(task, "schedule", None), task.pending_occurrence_id)

    assert len(shown.tasks) == min(count, 25)
    assert len(captured) == 1


@pytest.mark.parametrize("count", [1, 30])
def test_a_log_is_two_statements_however_long(
    task: Task, caller: Principal, at: datetime, count: int
) -> None:
    for _ in range(count):
        complete_task(principal=caller, task_id=task.pk, at=at)

    with CaptureQueriesContext(connection) as captured:
        log = occurrence_page(principal=caller, task_id=task.pk)

    assert len(log.occurrences) == min(count, 25)
    assert len(captured) == 2


def test_a_log_is_newest_first_in_pages(
    task: Task, caller: Principal, outsider: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    made = [trigger_task(principal=caller, task_id=task.pk, at=at) for _ in range(3)][::-1]

    first = occurrence_page(principal=caller, task_id=task.pk, limit=2)
    second = occurrence_page(principal=caller, task_id=task.pk, limit=2, before=first.next_before)

    assert [*first.occurrences, *second.occurrences] == made
    assert second.next_before is None
    with pytest.raises(NotFound):
        occurrence_page(principal=principal_of(outsider), task_id=task.pk)


def test_titles_are_told_of_reachable_tasks_only(
    task: Task, shared: Task, teammate: User, principal_of: Callable[..., Principal]
) -> None:
    wanted = [task.pk, shared.pk, UUID(int=1)]

    assert titles_of(principal_of(teammate), wanted) == {shared.pk: "Water the plants"}
