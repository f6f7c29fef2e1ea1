"""Settings: the copy of everything, asked for and fetched by its owner; and the end of an account."""

import io
import json
from collections.abc import Callable
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Export, User
from accounts.operations.exports import write_exports
from accounts.rules.exports import ExportState
from charges.models import Closing
from tasks.models import Task
from tasktracker.core import clock
from tests.conftest import PASSWORD
from tests.dialects.web.conftest import HTMX

pytestmark = pytest.mark.django_db
WRONG = "not the password 1"


@pytest.fixture
def written(person: Client, task: Task) -> Export:
    """An export of the owner's that can be fetched."""
    person.post("/settings/export")
    write_exports(clock.now())
    return Export.objects.get()


def test_asked_for_written_and_fetched(person: Client, task: Task) -> None:
    asked = person.post("/settings/export", follow=True)
    page = asked.content.decode()
    assert "Your export is being written." in page
    assert "Being written: 0 %" in page
    assert 'hx-get="/settings/export/state"' in page
    assert "Download" not in page

    write_exports(clock.now())

    part = person.get("/settings/export/state", headers=HTMX).content.decode()
    export = Export.objects.get()
    assert f"/settings/export/{export.pk}.zip" in part
    assert "hx-get" not in part, "nothing is left to wait for"
    answer = person.get(f"/settings/export/{export.pk}.zip")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="task-tracker-')
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer.headers["Content-Length"])
    with ZipFile(io.BytesIO(content)) as archive:
        assert json.loads(archive.read("json/tasks.json"))[0]["id"] == str(task.pk)


def test_only_its_owner_fetches_it(
    written: Export, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    for other in (teammate, outsider):
        browser = sign_in(other)
        assert browser.get(f"/settings/export/{written.pk}.zip").status_code == 404
        assert str(written.pk) not in browser.get("/settings/export").content.decode()
    stranger = Client().get(f"/settings/export/{written.pk}.zip")
    assert (stranger.status_code, stranger.headers["Location"][:17]) == (302, "/accounts/login/?")


def test_one_that_is_gone_cannot_be_fetched(written: Export, person: Client) -> None:
    Export.objects.update(state=ExportState.GONE)

    assert person.get(f"/settings/export/{written.pk}.zip").status_code == 404
    assert "The file is gone." in person.get("/settings/export").content.decode()


def test_the_list_takes_as_many_statements_as_it_has_lines(written: Export, person: Client) -> None:
    one = _statements(person)
    for _ in range(5):
        person.post("/settings/export")
        write_exports(clock.now())

    assert _statements(person) == one


def _statements(person: Client) -> int:
    with CaptureQueriesContext(connection) as seen:
        person.get("/settings/export/state", headers=HTMX)
    return len(seen)


def test_an_account_is_closed_by_who_knows_its_password(person: Client, owner: User, task: Task) -> None:
    answer = person.post("/settings/close", {"is_sure": "on", "current_password": PASSWORD})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert Closing.objects.get().user_id == owner.pk
    assert not User.objects.get(pk=owner.pk).is_active
    assert person.get("/settings/").status_code == 302
    assert "Your account is closed." in person.get("/").content.decode()


@pytest.mark.parametrize(
    "said",
    [
        {"is_sure": "on", "current_password": WRONG},
        {"is_sure": "on", "current_password": ""},
        {"current_password": PASSWORD},
        {},
    ],
)
def test_nobody_else_closes_it(person: Client, owner: User, said: dict[str, str]) -> None:
    answer = person.post("/settings/close", said)

    assert answer.status_code == 422
    assert not Closing.objects.exists()
    assert User.objects.get(pk=owner.pk).is_active
    assert person.get("/settings/").status_code == 200


def test_passwords_are_not_guessed_there(person: Client, owner: User) -> None:
    answers = [
        person.post("/settings/close", {"is_sure": "on", "current_password": WRONG}).status_code
        for _ in range(11)
    ]

    assert answers == [*[422] * 10, 429]
    assert person.post("/settings/close", {"is_sure": "on", "current_password": PASSWORD}).status_code == 429
    assert not Closing.objects.exists()


def test_an_account_without_a_password_says_that_it_is_sure(person: Client, owner: User) -> None:
    owner.set_unusable_password()
    owner.save(update_fields=["password"])
    person.force_login(owner)
    assert 'name="current_password"' not in person.get("/settings/close").content.decode()

    assert person.post("/settings/close", {}).status_code == 422
    assert person.post("/settings/close", {"is_sure": "on"}).status_code == 302
    assert Closing.objects.exists()
