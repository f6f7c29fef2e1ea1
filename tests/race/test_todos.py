"""Two apps at once: places stay distinct and in order, families two deep, and a next one is made once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import Project, User
from accounts.operations.projects import create_numbered_project
from accounts.rules.principal import Principal
from tasks.models import Agenda, Section, Tag, Task, TaskTag
from tasks.operations.lifecycle import complete_task
from tasks.operations.ordering import Placement
from tasks.operations.projects import delete_project
from tasks.operations.sections import create_section, delete_section
from tasks.operations.tags import create_tag, delete_tags
from tasks.operations.todos import (
    TodoChange,
    change_todo,
    change_todos,
    create_todo,
    delete_todo,
    delete_todos,
)
from tasks.queries.todos import todos_of
from tasks.rules.recurrence import Pattern, Recurrence
from tasktracker.core.errors import DomainError
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5

Call = Callable[[], Any]


def together(calls: list[Call], *, threads: int | None = None) -> list[str]:
    """Run all calls at the same moment; returns "" for each that worked, else the name of its refusal."""
    gate = Barrier(threads or len(calls))

    def run(mine: list[Call]) -> Iterator[str]:
        gate.wait(timeout=20)
        try:
            yield from (_outcome(call) for call in mine)
        finally:
            connection.close()

    width = gate.parties
    with ThreadPoolExecutor(width) as pool:
        shares = pool.map(lambda n: list(run(calls[n::width])), range(width))
        return sorted(outcome for share in shares for outcome in share)


def _outcome(call: Call) -> str:
    try:
        call()
    except DomainError as refusal:
        return type(refusal).__name__
    return ""


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    """The owner's session."""
    return principal_of(owner)


@pytest.fixture
def make(caller: Principal) -> Callable[..., UUID]:
    """Make a to-do of the owner's."""

    def make_todo(title: str = "T", **wanted: Any) -> UUID:
        return create_todo(principal=caller, wanted=TodoChange(title=title, **wanted), at=NOW)

    return make_todo


def changer(caller: Principal, task_id: UUID, **change: Any) -> Call:
    return lambda: change_todo(principal=caller, task_id=task_id, change=TodoChange(**change), at=NOW)


def test_50_creates_at_once_get_50_places(caller: Principal, make: Callable[..., UUID]) -> None:
    assert together([make] * 50, threads=25) == [""] * 50

    keys = list(Agenda.objects.order_by("order_key").values_list("order_key", flat=True))
    assert len(set(keys)) == 50
    assert keys == sorted(keys)
    assert (keys[0], keys[49]) == ("a0", "an")  # one after the other, without a gap


def test_two_moves_into_one_gap_keep_one_order(caller: Principal, make: Callable[..., UUID]) -> None:
    for _ in range(ROUNDS):
        Agenda.objects.all().delete()
        Task.objects.update(deleted_at=NOW)
        a, b, c, d = (make(title) for title in "ABCD")
        gap = Placement(after="a0", before="a1")

        moves = [changer(caller, task_id, placement=gap) for task_id in (c, d)]
        assert together(moves) == ["", ""]

        shown = [todo.id for todo in todos_of(caller)]
        keys = [todo.order_key for todo in todos_of(caller)]
        assert (shown[0], shown[3]) == (a, b)
        assert set(shown[1:3]) == {c, d}
        assert keys == sorted(set(keys))


def test_two_moves_to_each_end_keep_one_order(caller: Principal, make: Callable[..., UUID]) -> None:
    tasks = [make(str(n)) for n in range(12)]
    first, last = Placement(before="a0"), Placement(after=None, before=None)

    moves = [changer(caller, task, placement=place) for task in tasks for place in (first, last)]
    assert together(moves, threads=8) == [""] * 24

    keys = [todo.order_key for todo in todos_of(caller)]
    assert len(keys) == 12
    assert keys == sorted(set(keys))


def test_two_given_keys_are_told_apart(caller: Principal, make: Callable[..., UUID]) -> None:
    tasks = [make() for _ in range(4)]

    same = [changer(caller, task_id, placement=Placement(key="b01")) for task_id in tasks]
    assert together(same) == [""] * 4

    keys = {todo.order_key for todo in todos_of(caller)}
    assert len(keys) == 4
    assert min(keys) == "b01"


def test_families_stay_two_generations_deep(caller: Principal, make: Callable[..., UUID]) -> None:
    for _ in range(ROUNDS):
        one, other = make(), make()

        under = [changer(caller, one, parent_id=other), changer(caller, other, parent_id=one)]
        assert together(under) == ["", "BadParent"]

        parents = Task.objects.filter(pk__in=[one, other]).values_list("parent_id", flat=True)
        assert sum(parent is not None for parent in parents) == 1


def test_a_parent_is_completed_while_its_sub_tasks_change(
    caller: Principal, make: Callable[..., UUID]
) -> None:
    for _ in range(ROUNDS):
        parent = make()
        children = [make(parent_id=parent) for _ in range(3)]

        calls: list[Call] = [
            lambda parent=parent: complete_task(principal=caller, task_id=parent, at=NOW),
            changer(caller, children[0], is_completed=True),
            changer(caller, children[1], title="Other"),
            lambda child=children[2]: delete_todo(principal=caller, task_id=child, at=NOW),
        ]
        assert together(calls) == [""] * 4

        assert set(Task.objects.filter(pk__in=[parent, *children[:2]]).values_list("status", flat=True)) == {
            "success"
        }


def test_families_are_locked_from_above(caller: Principal, make: Callable[..., UUID]) -> None:
    for _ in range(ROUNDS):
        child, parent = make(), make()  # the sub-task is the older one
        changer(caller, child, parent_id=parent)()

        def complete(parent: UUID = parent) -> None:
            complete_task(principal=caller, task_id=parent, at=NOW)

        def complete_both(*named: UUID) -> Call:
            both = TodoChange(is_completed=True)
            return lambda: change_todos(principal=caller, task_ids=named, change=both, at=NOW)

        def delete(*named: UUID) -> Call:
            return lambda: delete_todos(principal=caller, task_ids=named, at=NOW)

        outcome = together(
            [
                complete,
                complete_both(child, parent),
                complete,
                delete(child, parent),
            ]
        )

        assert set(outcome) <= {"", "NotFound"}


def test_the_next_one_is_made_once(caller: Principal, make: Callable[..., UUID]) -> None:
    for _ in range(ROUNDS):
        task_id = make("Daily", recurrence=Recurrence(Pattern.DAILY))
        before = Task.objects.count()

        def complete(task_id: UUID = task_id) -> None:
            complete_task(principal=caller, task_id=task_id, at=NOW)

        assert (
            together([complete] * 4 + [changer(caller, task_id, placement=Placement(before="a0"))])
            == [""] * 5
        )

        assert Task.objects.count() == before + 1
    keys = [todo.order_key for todo in todos_of(caller)]
    assert keys == sorted(set(keys))


def test_one_name_makes_one_tag(caller: Principal) -> None:
    def make_tag() -> None:
        create_tag(principal=caller, name="Design", at=NOW)

    assert together([make_tag] * 4) == ["", *["TagNameTaken"] * 3]
    assert Tag.objects.count() == 1


def test_a_tag_goes_while_it_is_put_on(caller: Principal, make: Callable[..., UUID]) -> None:
    for number in range(ROUNDS):
        tag = create_tag(principal=caller, name=f"Tag {number}", at=NOW)
        task_id = make()

        outcome = together(
            [
                changer(caller, task_id, tag_ids=[tag.pk]),
                lambda tag=tag: delete_tags(principal=caller, tag_ids=[tag.pk]),
            ]
        )

        assert outcome in (["", ""], ["", "UnknownTag"])
        assert TaskTag.objects.count() == 0


def test_a_section_goes_while_a_to_do_comes(
    caller: Principal, make: Callable[..., UUID], owner: User
) -> None:
    project = Project.objects.get(organization__personal_of=owner)
    for _ in range(ROUNDS):
        section = create_section(principal=caller, project_id=project.pk, name="Soon", at=NOW)
        task_id = make()

        outcome = together(
            [
                changer(caller, task_id, project_id=project.pk, section_id=section),
                lambda section=section: delete_section(
                    principal=caller, project_id=project.pk, section_id=section
                ),
            ]
        )

        assert outcome in (["", ""], ["", "NotFound"])
        assert (Section.objects.count(), Agenda.objects.filter(section__isnull=False).count()) == (0, 0)


def test_sections_made_at_once_have_places_of_their_own(caller: Principal, owner: User) -> None:
    project = Project.objects.get(organization__personal_of=owner)

    def make_section() -> None:
        create_section(principal=caller, project_id=project.pk, name="Soon", at=NOW)

    assert together([make_section] * 8) == [""] * 8
    keys = Section.objects.order_by("order_key").values_list("order_key", flat=True)
    assert list(keys) == [f"a{n}" for n in range(8)]


def test_nothing_is_left_in_a_project_that_goes(
    caller: Principal, make: Callable[..., UUID], owner: User
) -> None:
    home = owner.personal_organization.pk
    for _ in range(ROUNDS):
        project = create_numbered_project(principal=caller, organization_id=home, name="Home", at=NOW)

        outcome = together(
            [
                lambda project=project: delete_project(principal=caller, project_id=project.pk, at=NOW),
                *[lambda project=project: make(project_id=project.pk)] * 3,
            ]
        )

        assert set(outcome) <= {"", "NotFound"}
        assert Task.objects.filter(project=project, deleted_at=None).count() == 0
