"""What staff see of tasks: asked of the admin's own pages."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory

from accounts.models import PushToken, User
from accounts.rules.principal import Principal
from tasks.models import (
    Action,
    ActionMailCount,
    ActionMailOptOut,
    Agenda,
    Artifact,
    Brief,
    CheckIn,
    LogChunk,
    Monitor,
    Occurrence,
    Presence,
    Progress,
    ProjectAction,
    ProjectDisplay,
    PushCoolDown,
    Run,
    Schedule,
    Section,
    StreamPlace,
    Tag,
    Task,
    TaskTag,
    Webhook,
)
from tasks.operations.lifecycle import trigger_task
from tasks.rules.schedule import Frequency, Plan
from tests.plugins.staff import enter, make_staff

MODELS: list[Any] = [
    *(Task, Occurrence, Schedule, Webhook),
    *(Progress, Action, ProjectAction, Monitor, CheckIn, ActionMailCount, ActionMailOptOut),
    *(Agenda, Section, ProjectDisplay, Tag, TaskTag),
    *(Run, LogChunk, Artifact, Brief, Presence, PushCoolDown, StreamPlace),
]
DAILY = Plan(Frequency.DAILY, 1, time(9), "UTC", anchor_date=date(2026, 3, 1))


@pytest.fixture
def request_of_staff(make_user: Callable[..., User]) -> Callable[..., Any]:
    """A GET by staff with every permission over tasks, short of being a superuser."""
    user = make_user("staff")
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="tasks"))

    def make(**query: str) -> Any:
        request = RequestFactory().get("/admin/", query)
        request.user = user
        return request

    return make


@pytest.fixture
def _rows(make_task: Callable[..., Task], webhook: Webhook, caller: Principal, at: datetime) -> None:
    for title in ("Water the plants", "Feed the cat", "Lock the door"):
        task = make_task(title=title, schedule=DAILY)
        trigger_task(principal=caller, task_id=task.pk, at=at)
        _track(task, at)


def _track(task: Task, at: datetime) -> None:
    """Give a task what job runners say of it, and its organization what goes with that."""
    when: dict[str, Any] = {"created_at": at, "updated_at": at}
    place = {"organization": task.project.organization}
    sends = {"trigger": "1", "integration": "email"}
    Progress.objects.create(task=task)
    Action.objects.create(task=task, **sends, **when)
    ProjectAction.objects.create(name="a", **place, **sends, **when)
    monitor = Monitor.objects.create(
        project=task.project, name="m", kind="interval", interval_seconds=60, integration="email", **when
    )
    CheckIn.objects.create(monitor=monitor, task=task, created_at=at)
    day = at.date() - timedelta(days=ActionMailCount.objects.count())
    ActionMailCount.objects.create(day=day, **place)
    section = Section.objects.create(
        project=task.project, name="s", order_key=f"a{Section.objects.count()}", created_at=at
    )
    Agenda.objects.create(task=task, owner=task.owner, section=section)
    ProjectDisplay.objects.get_or_create(project=task.project, defaults={"view_mode": "list"})
    tag = Tag.objects.create(owner=task.owner, name=f"t{Tag.objects.count()}", color="red", created_at=at)
    TaskTag.objects.create(task=task, tag=tag)
    _run(task, at)
    address = f"{ActionMailOptOut.objects.count()}@example.com"
    ActionMailOptOut.objects.create(email=address, created_at=at, **place)


def _run(task: Task, at: datetime) -> None:
    """Give a task what agents do with it."""
    when: dict[str, Any] = {"created_at": at, "updated_at": at}
    run = Run.objects.create(task=task, project=task.project, creator=task.owner, **when)
    LogChunk.objects.create(run=run, first=0, count=1, text="{}", created_at=at)
    path = f"{run.pk}/a.txt"
    Artifact.objects.create(
        task=task, run=run, name="a.txt", type="output", size=1, storage_path=path, created_at=at
    )
    Brief.objects.create(task=task, project=task.project, number=Brief.objects.count())
    device = PushToken.objects.create(
        user=task.owner,
        digest=f"digest-{run.pk}",
        token_sealed="sealed",
        platform="web",
        created_at=at,
        last_seen_at=at,
    )
    Presence.objects.create(task=task, user=task.owner, push_token=device, last_seen_at=at, expires_at=at)
    PushCoolDown.objects.create(run=run, kind="completed", told_at=at)
    StreamPlace.objects.create(
        user=task.owner, place=StreamPlace.objects.count(), holder=run.pk, held_until=at
    )


def test_every_table_is_shown() -> None:
    assert [model for model in site._registry if model._meta.app_label == "tasks"] == MODELS


@pytest.mark.parametrize("model", MODELS)
def test_staff_look_and_do_not_touch(model: Any, request_of_staff: Callable[..., Any]) -> None:
    page, request = site._registry[model], request_of_staff()

    assert page.has_view_permission(request)
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)


def test_no_secret_is_shown_or_filtered_by(request_of_staff: Callable[..., Any]) -> None:
    page = site._registry[Webhook]
    secrets = {"secret_sealed", "previous_secret_sealed"}

    assert secrets.isdisjoint({*page.list_display, *(page.fields or ()), *page.search_fields})
    for secret in secrets:
        assert not page.lookup_allowed(f"{secret}__startswith", "k", request_of_staff())
    assert page.lookup_allowed("is_enabled__exact", "1", request_of_staff())


@pytest.mark.usefixtures("_rows")
@pytest.mark.parametrize("model", MODELS)
def test_lists_do_not_grow_their_statements(
    model: Any, request_of_staff: Callable[..., Any], django_assert_num_queries: Any
) -> None:
    page = site._registry[model]
    rows = page.get_queryset(request_of_staff()).select_related(*page.list_select_related)

    with django_assert_num_queries(1):
        shown = [str(getattr(row, name)) for row in rows for name in page.list_display]

    assert shown


@pytest.mark.usefixtures("_rows")
@pytest.mark.parametrize(
    ("words", "titles"),
    [("plants", ["Water the plants"]), ("owner@example.com door", ["Lock the door"]), ("nothing", [])],
)
def test_tasks_are_found_by_title_and_owner(
    request_of_staff: Callable[..., Any], words: str, titles: list[str]
) -> None:
    page = site._registry[Task]

    found, _ = page.get_search_results(request_of_staff(), Task.objects.order_by("pk"), words)

    assert [task.title for task in found] == titles


def test_a_task_is_found_by_its_id(task: Task, request_of_staff: Callable[..., Any]) -> None:
    page = site._registry[Task]

    found, _ = page.get_search_results(request_of_staff(), Task.objects.all(), str(task.pk))

    assert list(found) == [task]


def test_a_task_leads_to_its_log(task: Task) -> None:
    page: Any = site._registry[Task]

    link = page.occurrences(task)

    assert link == f'<a href="/admin/tasks/occurrence/?task__id={task.pk}">Occurrences</a>'


@pytest.mark.usefixtures("_rows")
@pytest.mark.parametrize("model", MODELS)
def test_pages_open_without_a_secret(model: Any, make_user: Callable[..., User], client: Client) -> None:
    root = make_user("root")
    make_staff(root, is_superuser=True)
    enter(client, root)
    address = f"/admin/tasks/{model._meta.model_name}/"
    row = model.objects.first()

    pages = [
        client.get(address),
        client.get(address, {"q": "plants"}),
        client.get(f"{address}{row.pk}/change/"),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    sealed = Webhook.objects.get().secret_sealed.encode()
    assert not any(sealed in page.content for page in pages)
