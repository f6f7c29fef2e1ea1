"""Putting money on a task on the web, raising it, giving up; and the panel that other pages include."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import Charge, MonthLedger
from charges.operations.limits import set_limits
from charges.operations.missed import expire_missed
from tasks.models import Task
from tasks.operations.lifecycle import complete_task
from tasktracker.web.views.stakes import stake_panel
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT, HTMX
from tests.dialects.web.money import DUE, make_stake, money_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(make_task: Callable[..., Task]) -> Task:
    """A task of the owner's with a deadline, and no stake yet."""
    return make_task(due_at=DUE)


@pytest.fixture
def stake(owner: User, principal_of: Callable[..., Principal]) -> Task:
    return make_stake(owner, principal_of)


def at_stake(task: Task) -> int | None:
    return Task.objects.get(pk=task.pk).stake_cents


def page_of(person: Client, task: Task) -> str:
    answer = person.get(f"/tasks/{task.pk}/stake/")
    assert answer.status_code == 200
    return answer.content.decode()


# --- a first stake ---
@pytest.mark.parametrize(
    ("text", "cents"),
    [("5", 500), ("$12.50", 1250), ("1,234.5", 123_450), ("1", 100), ("999999.99", 99_999_999)],
)
def test_a_stake_is_set(text: str, cents: int, person: Client, task: Task) -> None:
    answer = person.post(f"/tasks/{task.pk}/stake/", {"stake_cents": text})

    assert (answer.status_code, answer["Location"]) == (302, f"/tasks/{task.pk}")
    assert at_stake(task) == cents
    assert MonthLedger.objects.get().staked_cents == cents


@pytest.mark.parametrize(
    "text", ["", "0.99", "1000000", "5.001", "five", "-5", "5e3", "\u0665", "1,23", "5" * 30]
)
def test_what_is_no_stake_changes_nothing(text: str, person: Client, task: Task) -> None:
    before = money_rows()

    answer = person.post(f"/tasks/{task.pk}/stake/", {"stake_cents": text})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["stake_cents"])
    assert money_rows() == before


def test_a_task_without_a_deadline_gets_one_with_it(
    person: Client, owner: User, make_task: Callable[..., Task]
) -> None:
    owner.time_zone = "Europe/Berlin"
    owner.save(update_fields=["time_zone"])
    task = make_task()
    assert person.post(f"/tasks/{task.pk}/stake/", {"stake_cents": "5"}).status_code == 422
    assert at_stake(task) is None

    given = {"stake_cents": "5", "due_date": "2100-01-04", "due_time": "13:00"}
    answer = person.post(f"/tasks/{task.pk}/stake/", given)

    task.refresh_from_db()
    assert answer.status_code == 302
    assert (task.stake_cents, task.due_at, task.is_all_day) == (500, DUE, False)


def test_a_deadline_in_the_past_is_refused(person: Client, make_task: Callable[..., Task]) -> None:
    task = make_task()
    before = money_rows()

    given = {"stake_cents": "5", "due_date": "2020-01-04", "due_time": "13:00"}
    answer = person.post(f"/tasks/{task.pk}/stake/", given)

    assert (answer.status_code, b"must lie in the future" in answer.content) == (422, True)
    assert money_rows() == before


def test_the_monthly_limit_holds(
    person: Client, task: Task, owner: User, principal_of: Callable[..., Principal]
) -> None:
    set_limits(principal=principal_of(owner), monthly_stake_limit_cents=499, at=NOW)
    before = money_rows()

    answer = person.post(f"/tasks/{task.pk}/stake/", {"stake_cents": "5"})

    assert (answer.status_code, b"Monthly stake limit exceeded" in answer.content) == (422, True)
    assert money_rows() == before


# --- raising ---
def test_a_stake_is_raised_and_never_lowered(person: Client, stake: Task) -> None:
    raised = person.post(f"/tasks/{stake.pk}/stake/", {"stake_cents": "7"})
    before = money_rows()
    lowered = person.post(f"/tasks/{stake.pk}/stake/", {"stake_cents": "6"})

    assert (raised.status_code, lowered.status_code, at_stake(stake)) == (302, 409, 700)
    assert b"cannot be made easier" in lowered.content
    assert money_rows() == before


# --- giving up ---
def test_uncle_is_asked_first(person: Client, stake: Task) -> None:
    before = money_rows()
    asked = person.get(f"/tasks/{stake.pk}/stake/uncle/")
    assert (asked.status_code, b"$5.00" in asked.content) == (200, True)
    assert money_rows() == before

    answer = person.post(f"/tasks/{stake.pk}/stake/uncle/")

    assert (answer.status_code, answer["Location"]) == (302, f"/tasks/{stake.pk}/stake/")
    assert Charge.objects.get(task=stake).status == "notified"
    page = page_of(person, stake)
    for words in ("Given up on", "Will be held on the card", "Contest the charge", "Announced"):
        assert words in page


def test_nobody_gives_up_twice(person: Client, stake: Task) -> None:
    person.post(f"/tasks/{stake.pk}/stake/uncle/")
    before = money_rows()

    answer = person.post(f"/tasks/{stake.pk}/stake/uncle/")

    assert (answer.status_code, b"already begun" in answer.content) == (409, True)
    assert money_rows() == before


# --- what the panel says ---
def test_a_kept_stake(
    person: Client, stake: Task, owner: User, principal_of: Callable[..., Principal]
) -> None:
    complete_task(principal=principal_of(owner), task_id=stake.pk, at=NOW)

    page = page_of(person, stake)

    assert "Kept" in page
    assert "nothing is charged" in page
    assert "Raise the stake" not in page


def test_a_missed_stake_shows_its_steps(person: Client, stake: Task) -> None:
    expire_missed(DUE)

    page = page_of(person, stake)

    assert "The deadline passed" in page
    assert f"/charges/{Charge.objects.get().pk}/contest/" in page
    assert "Give up" not in page


@pytest.mark.parametrize(
    "columns", [{"status": "cancelled"}, {"archived_at": NOW}, {"status": "success", "completed_at": NOW}]
)
def test_what_is_over_gets_no_stake(
    columns: dict[str, Any], person: Client, make_task: Callable[..., Task]
) -> None:
    task = make_task(due_at=DUE, columns=columns)
    before = money_rows()

    assert "Set the stake" not in page_of(person, task)
    assert person.post(f"/tasks/{task.pk}/stake/", {"stake_cents": "5"}).status_code == 409
    assert money_rows() == before


def test_the_panel_takes_four_statements_at_most(
    owner: User, principal_of: Callable[..., Principal], stake: Task, django_assert_max_num_queries: Any
) -> None:
    expire_missed(DUE)

    with django_assert_max_num_queries(4):
        shown = stake_panel(principal_of(owner), stake.pk, at=NOW)

    assert shown.stake.charge is not None
    assert shown.form.initial == {"stake_cents": 500}


def test_htmx_gets_the_panel_of_the_page_it_is_led_to(person: Client, task: Task) -> None:
    wrong = person.post(f"/tasks/{task.pk}/stake/", {"stake_cents": "x"}, headers=HTMX)
    right = person.post(f"/tasks/{task.pk}/stake/", {"stake_cents": "5"}, headers=HTMX)

    assert (wrong.status_code, b'id="stake"' in wrong.content) == (422, True)
    assert right["Location"] == f"/tasks/{task.pk}"


# --- people ---
def test_a_team_mate_learns_that_there_is_a_stake_and_no_more(
    owner: User,
    teammate: User,
    project: Any,
    principal_of: Callable[..., Principal],
    sign_in: Callable[[User], Client],
) -> None:
    stake = make_stake(owner, principal_of, project_id=project.pk)
    person = sign_in(teammate)
    page = page_of(person, stake)
    before = money_rows()

    assert "There is money on this task" in page
    assert "$5.00" not in page
    assert person.post(f"/tasks/{stake.pk}/stake/", {"stake_cents": "9"}).status_code == 404
    assert person.post(f"/tasks/{stake.pk}/stake/uncle/").status_code == 404
    assert money_rows() == before


def test_a_team_mate_cannot_stake_what_is_not_theirs(
    shared_task: Task, teammate: User, sign_in: Callable[[User], Client]
) -> None:
    person = sign_in(teammate)
    Task.objects.update(due_at=DUE)
    before = money_rows()

    answer = person.post(f"/tasks/{shared_task.pk}/stake/", {"stake_cents": "9"})

    assert (answer.status_code, b"Only its owner" in answer.content) == (409, True)
    assert money_rows() == before


def test_an_outsider_finds_nothing(stake: Task, outsider: User, sign_in: Callable[[User], Client]) -> None:
    person = sign_in(outsider)
    before = money_rows()

    for path in (f"/tasks/{stake.pk}/stake/", f"/tasks/{stake.pk}/stake/uncle/", f"/tasks/{ABSENT}/stake/"):
        assert person.get(path).status_code == 404
        assert person.post(path, {"stake_cents": "9"}).status_code == 404
    assert money_rows() == before


def test_strangers_sign_in_first(client: Client, stake: Task) -> None:
    path = f"/tasks/{stake.pk}/stake/"

    assert client.get(path)["Location"] == f"/accounts/login/?next={path}"
    assert client.post(path, {"stake_cents": "9"}).status_code == 302
    assert at_stake(stake) == 500


def test_moments_are_the_owners(person: Client, owner: User, stake: Task) -> None:
    owner.time_zone = "Asia/Tokyo"
    owner.save(update_fields=["time_zone"])

    assert "21:00" in page_of(person, stake)  # noon in UTC
