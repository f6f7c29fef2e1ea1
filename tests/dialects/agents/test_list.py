"""Lists of tasks: filters, search, pages, who sees what. Source: agents.md A.3, PH-11 to PH-21."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from accounts.operations.personal_keys import IssuedPersonalKey
from accounts.operations.sessions import start_session
from accounts.rules.principal import Principal
from tasks.models import Artifact, Run, Task
from tasks.operations.briefs import NewBrief, create_briefed_task
from tasks.operations.editing import create_task
from tasks.rules.artifacts import ArtifactState, ArtifactType
from tasks.rules.runs import RunStatus
from tests.conftest import NOW
from tests.dialects.agents.conftest import NO_PROJECT, NOT_FOUND, Api, everything, invalid, refusal

pytestmark = pytest.mark.django_db


def add_run(task: dict[str, Any], status: RunStatus, minutes: int = 0, **values: Any) -> Run:
    """Put a run under a task, as if it had been made so many minutes later."""
    moment = NOW.replace(minute=minutes)
    moments = {"created_at": moment, "updated_at": moment, "queued_at": moment, "completed_at": moment}
    place = {"task_id": task["id"], "project": Task.objects.get(pk=task["id"]).project}
    return Run.objects.create(**place, status=status, **moments, **values)


def test_ph_11_a_path_has_a_slash_or_not_and_current_is_a_project(
    api: Api, client: Client, issue_key: Callable[..., IssuedPersonalKey], owner: User, project: Project
) -> None:
    made = api.make()
    tied = issue_key(owner, "task:read", project_ids=[project.pk]).secret

    bare = api.call("GET", "tasks").json()
    current = Api(client, tied, "@current").call("GET", "tasks/").json()

    assert [task["id"] for task in bare["results"]] == [made["id"]]
    assert current == bare


@pytest.mark.parametrize("place", ["theirs", "999999", "abc", "0", "-1", "9" * 40, "%00", "1.0"])
def test_ph_12_a_project_that_is_not_there_or_not_yours_is_not_found(
    api: Api, foreign_project: Project, place: str
) -> None:
    project = foreign_project.pk if place == "theirs" else place

    for method, path in (("GET", "tasks/"), ("POST", "tasks/"), ("GET", "tasks/1/")):
        refused = api.call(method, f"/api/projects/{project}/{path}")

        assert (refused.status_code, refused.json()) == (404, NO_PROJECT)


def test_ph_13_pages_have_absolute_addresses(
    api: Api, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    caller = principal_of(owner, project_id=project.pk)
    made = [
        str(create_briefed_task(principal=caller, wanted=NewBrief(title=str(number)), at=NOW))
        for number in range(120)
    ]

    first = api.call("GET", "tasks/?limit=500&search=&archived=all").json()
    address = urlsplit(first["next"])
    second = api.call("GET", f"{address.path}?{address.query}").json()
    usual = api.call("GET", "tasks/").json()

    assert (first["count"], len(first["results"]), first["previous"]) == (120, 100, None)
    assert (address.scheme, address.netloc) == ("http", "127.0.0.1:8000")
    assert address.query == "search=&archived=all&limit=100&offset=100"
    assert (second["count"], len(second["results"]), second["next"]) == (120, 20, None)
    assert second["previous"].endswith(f"/api/projects/{project.pk}/tasks/?search=&archived=all&limit=100")
    assert [task["id"] for task in usual["results"]] == made[:-51:-1]


@pytest.mark.parametrize(
    ("query", "count"),
    [("limit=x&offset=y", 3), ("limit=-1", 3), ("limit=0", 3), ("offset=2", 1), ("offset=" + "9" * 40, 0)],
)
def test_a_place_that_is_no_number_is_the_default(api: Api, query: str, count: int) -> None:
    for _ in range(3):
        api.make()

    assert len(api.ids(f"?{query}")) == count


def test_ph_14_archived_tasks_are_asked_for(api: Api) -> None:
    there, away = api.make()["id"], api.make()["id"]
    archived = api.patch(away, archived=True)

    assert (archived["archived"], archived["archived_at"]) == (True, archived["updated_at"])
    assert api.ids() == [there]
    assert api.ids("?archived=true") == [away]
    assert api.ids("?archived=false") == [there]
    assert api.ids("?archived=all") == [away, there]
    refused = api.call("GET", "tasks/?archived=maybe")
    assert refusal(refused, with_detail=False) == invalid("invalid_choice", "archived")
    assert api.patch(away, archived=False)["archived_at"] is None


def test_ph_15_a_status_is_the_newest_runs(api: Api) -> None:
    without, with_runs = api.make(), api.make()
    add_run(with_runs, RunStatus.COMPLETED)
    add_run(with_runs, RunStatus.FAILED, 1)

    assert api.ids("?status=completed") == []
    assert api.ids("?status=failed") == [with_runs["id"]]
    assert api.ids("?status=not_started") == []
    assert without["latest_run"] is None
    refused = api.call("GET", "tasks/?status=bogus")
    assert refusal(refused, with_detail=False) == invalid("invalid_choice", "status")


def test_ph_16_a_stage_is_any_runs(api: Api) -> None:
    task = api.make()
    add_run(task, RunStatus.COMPLETED, stage="plan")
    add_run(task, RunStatus.COMPLETED, 1, stage="plan")
    add_run(task, RunStatus.QUEUED, 2, stage="build")

    assert api.ids("?stage=plan") == [task["id"]]
    assert api.ids("?stage=build") == [task["id"]]
    assert api.ids("?stage=pla") == []


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("organization=ACME", True),
        ("organization=acm", False),
        ("repository=WEB", True),
        ("repository=acme/web", True),
        ("repository=Acme/Web", True),
        ("repository=we", False),
        ("repository=eb", False),
        ("repository=acme/we", False),
        ("repository=%25", False),
        ("organization=_cme", False),
    ],
)
def test_ph_17_a_repository_is_found_by_its_parts(api: Api, query: str, *, is_there: bool) -> None:
    task = api.make(repository="acme/web")
    api.make()

    assert api.ids(f"?{query}") == [task["id"]] * is_there


def test_ph_18_a_search_looks_at_texts_and_numbers(api: Api) -> None:
    first = api.make(title="Fix Login", description="")
    second = api.make(title="Other", description="the LOGO is wrong")

    assert api.ids("?search=LOGIN") == [first["id"]]
    assert api.ids("?search=%20logo%20") == [second["id"]]
    assert api.ids(f"?search={second['slug']}") == [second["id"]]
    assert api.ids("?search=1") == [second["id"]]
    assert api.ids("?search=") == [second["id"], first["id"]]
    assert api.ids("?search=%20") == [second["id"], first["id"]]
    assert api.ids("?search=99999999999999999999") == []


def test_a_search_that_is_no_text_is_refused(api: Api) -> None:
    refused = api.call("GET", "tasks/?search=%ff")

    assert refusal(refused, with_detail=False) == invalid("invalid_input", "search")


def test_ph_19_tasks_are_found_by_who_made_them(
    api: Api, mates_api: Api, owner: User, teammate: User
) -> None:
    mine, theirs = api.make(), mates_api.make()

    assert api.ids(f"?created_by={owner.pk}") == [mine["id"]]
    assert api.ids(f"?created_by={teammate.pk}") == [theirs["id"]]
    assert api.ids("?created_by=999999") == []
    for text in ("x", "1.5", "9" * 30):
        refused = api.call("GET", f"tasks/?created_by={text}")
        assert refusal(refused, with_detail=False)[1]["attr"] == "created_by"
    assert refusal(api.call("GET", "tasks/?created_by=x"), with_detail=False) == invalid(
        "invalid_input", "created_by"
    )


def test_ph_20_an_internal_task_is_found_by_its_id_only(
    client: Client, api: Api, mates_api: Api, owner: User
) -> None:
    task = api.make(internal=True)

    for caller in (api, mates_api):
        assert caller.ids() == caller.ids("?internal=true") == caller.ids("?archived=all") == []
        assert caller.get(task["id"]) == task
    refused = api.call("GET", "tasks/?internal=perhaps")
    assert refusal(refused, with_detail=False) == invalid("invalid_input", "internal")
    owner.is_staff = True
    owner.save()
    cookie = {"Cookie": f"sessionid={start_session(user=owner, at=NOW)}"}
    found = client.get(f"/api/projects/{api.project}/tasks/?internal=true", headers=cookie).json()
    assert [each["id"] for each in found["results"]] == [task["id"]]


def test_ph_21_members_see_everything_and_strangers_nothing(
    api: Api, mates_api: Api, outsiders_api: Api
) -> None:
    task = api.make()
    before = everything()

    assert mates_api.ids() == [task["id"]]
    assert mates_api.get(task["id"]) == task
    place = f"tasks/{task['id']}/"
    for method, path, body in (
        ("GET", "tasks/", None),
        ("GET", place, None),
        ("PATCH", place, {"title": "x"}),
        ("PUT", place, {"title": "x"}),
        ("DELETE", place, None),
        ("POST", f"{place}presence/", {"device_id": task["id"]}),
        ("POST", "tasks/summaries/", {"ids": [task["id"]]}),
        ("GET", "tasks/repositories/", None),
    ):
        refused = outsiders_api.call(method, path, body)
        assert (refused.status_code, refused.json()) == (404, NO_PROJECT)
    assert everything() == before


def test_a_task_is_not_found_in_another_project(
    api: Api, outsiders_api: Api, foreign_project: Project
) -> None:
    task = api.make()
    elsewhere = Api(outsiders_api.client, outsiders_api.key, foreign_project.pk)
    before = everything()

    for method in ("GET", "PATCH", "PUT", "DELETE"):
        refused = elsewhere.call(method, f"tasks/{task['id']}/")
        assert (refused.status_code, refused.json()) == (404, NOT_FOUND)
    assert everything() == before


def test_tasks_of_other_dialects_are_there_without_a_number(
    api: Api, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    other = create_task(principal=principal_of(owner), project_id=project.pk, title="Water plants", at=NOW)
    create_task(principal=principal_of(owner), title="In the Inbox", at=NOW)

    (found,) = api.call("GET", "tasks/?origin_product=user_created").json()["results"]

    assert (found["id"], found["task_number"], found["title"]) == (str(other.pk), None, "Water plants")
    assert found["slug"] == f"WEB-{other.pk.hex[-12:]}"
    assert api.patch(other.pk, repository="a/b")["task_number"] == 0
    assert api.ids("?origin_product=slack") == api.ids("?origin_product=bogus") == []


def test_a_task_that_moved_has_a_new_number_in_its_new_project(
    api: Api, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    task = api.make()
    inbox = Project.objects.get(organization__personal_of=owner)
    Task.objects.filter(pk=task["id"]).update(project=inbox)
    there = Api(api.client, api.key, inbox.pk)

    assert there.get(task["id"])["task_number"] is None
    assert there.ids("?search=0") == []
    assert there.patch(task["id"], title="x")["slug"] == "INB-0"


def test_the_newest_run_comes_with_its_files(api: Api, project: Project) -> None:
    task = api.make()
    add_run(task, RunStatus.FAILED)
    run = add_run(task, RunStatus.COMPLETED, 1, output='{"sha": 1}', state='{"mode": "background"}')
    values: dict[str, Any] = {"task_id": task["id"], "run": run, "type": ArtifactType.OUTPUT, "size": 1}
    for place in (1, 0):
        Artifact.objects.create(
            **values,
            name=f"{place}.txt",
            position=place,
            state=ArtifactState.ATTACHED,
            digest="0" * 64,
            storage_path=f"p/{place}",
            created_at=NOW,
            finalized_at=NOW,
        )

    latest = api.get(task["id"])["latest_run"]

    assert (latest["id"], latest["status"], latest["output"]) == (str(run.pk), "completed", {"sha": 1})
    assert [artifact["name"] for artifact in latest["artifacts"]] == ["0.txt", "1.txt"]


@pytest.mark.parametrize("count", [1, 7])
def test_a_list_takes_six_statements_whatever_its_length(api: Api, count: int) -> None:
    for _ in range(count):
        add_run(api.make(repository="a/b"), RunStatus.QUEUED)
    api.ids()  # the key's last use is noted now

    with CaptureQueriesContext(
        connection,
    ) as statements:
        assert len(api.ids()) == count

    assert len(statements) == 6


def test_summaries_are_read_by_id(api: Api, mates_api: Api, outsiders_api: Api) -> None:
    first, second = api.make(repository="a/b"), api.make(archived=True)
    add_run(first, RunStatus.IN_PROGRESS)
    ids = [second["id"], first["id"], "00000000-0000-0000-0000-000000000001"]

    said = mates_api.call("POST", "tasks/summaries/?limit=1", {"ids": ids}).json()
    rest = api.call("POST", urlsplit(said["next"]).path + "?" + urlsplit(said["next"]).query, {"ids": ids})

    assert (said["count"], said["previous"]) == (2, None)
    assert said["results"] == [
        {
            "id": second["id"],
            "title": "Fix login",
            "repository": None,
            "created_at": second["created_at"],
            "updated_at": second["updated_at"],
            "latest_run": None,
        }
    ]
    (other,) = rest.json()["results"]
    assert other["id"] == first["id"]
    assert other["latest_run"] == {"status": "in_progress", "environment": "cloud"}


@pytest.mark.parametrize(
    ("body", "code", "attr"),
    [
        ({}, "required", "ids"),
        ({"ids": []}, "empty", "ids"),
        ({"ids": ["x"]}, "invalid_input", "ids__0"),
        ({"ids": "x"}, "invalid_input", "ids"),
    ],
)
def test_summaries_of_what_is_no_list_are_refused(api: Api, body: Any, code: str, attr: str) -> None:
    refused = api.call("POST", "tasks/summaries/", body)

    assert refusal(refused, with_detail=False)[1]["attr"] == attr
    assert refused.status_code == 400
    assert refused.json()["code"] in {code, "min_length"}


def test_repositories_are_listed_once(api: Api) -> None:
    for name in ("b/two", "a/one", "b/two"):
        api.make(repository=name)
    api.make(repository="in/ternal", internal=True)
    api.make()

    assert api.call("GET", "tasks/repositories/").json() == {"repositories": ["a/one", "b/two"]}


def test_a_repository_is_never_ready_without_github(api: Api) -> None:
    response = api.call("GET", "tasks/repository_readiness/?repository=Acme/Web")

    said = response.json()
    needed = {
        "state": "needs_setup",
        "estimated": True,
        "reason": "GitHub integration is not connected.",
        "evidence": {},
    }
    assert response.status_code == 200
    assert said.pop("generatedAt").endswith("Z")
    assert said == {
        "repository": "acme/web",
        "classification": "unknown",
        "excluded": False,
        "coreSuggestions": needed,
        "replayInsights": needed,
        "errorInsights": needed,
        "overall": "needs_setup",
        "evidenceTaskCount": 0,
        "windowDays": 7,
        "cacheAgeSeconds": 0,
    }
    refused = api.call("GET", "tasks/repository_readiness/")
    assert refusal(refused, with_detail=False) == invalid("required", "repository")
