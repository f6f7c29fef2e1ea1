"""The copy of everything: what is in it, what is not, and what a worker that dies half-way leaves."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from accounts.gateways import exports as store
from accounts.models import Export, Project, User
from accounts.operations import export_sections
from accounts.operations.credentials import issue_triggers_token
from accounts.operations.exports import (
    LeaseLost,
    ask_for_export,
    erase_exports,
    fetch_export,
    remove_expired_exports,
    write_exports,
)
from accounts.queries.exports import exports_of, own_export
from accounts.rules.exports import KEPT, ExportState, csv_lines, json_array, json_line
from accounts.rules.principal import Principal
from tasks.models import Task
from tasks.operations.editing import create_task
from tasks.operations.lifecycle import trigger_task
from tasks.operations.webhooks import register_webhook
from tasktracker.core.errors import NotFound
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
AskedBy = Callable[..., Principal]


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where exports lie in a test."""
    place = tmp_path / "exports"
    backend = settings.STORAGES["exports"]
    settings.STORAGES = {**settings.STORAGES, "exports": {**backend, "OPTIONS": {"location": place}}}
    return place


def everything_of(principal: Principal) -> dict[str, Any]:
    """Ask, let a worker write, fetch: the files by name."""
    export = ask_for_export(principal=principal, at=NOW)
    write_exports(NOW)
    found, chunks = fetch_export(principal=principal, export_id=export.pk, at=NOW)
    content = b"".join(chunks)
    assert len(content) == found.size
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_everything_of_the_owner_and_nothing_of_others(
    owner: User,
    teammate: User,
    outsider: User,
    project: Project,
    principal_of: AskedBy,
) -> None:
    mine = create_task(
        principal=principal_of(owner), title="=SUM(mine)", due_at=NOW + timedelta(days=1), at=NOW
    )
    trigger_task(principal=principal_of(owner), task_id=mine.pk, at=NOW)
    create_task(principal=principal_of(teammate), title="A team-mate's", project_id=project.pk, at=NOW)
    create_task(principal=principal_of(outsider), title="A stranger's", at=NOW)

    files = everything_of(principal_of(owner))

    names = [section.name for section in export_sections.sections()]
    assert set(files) == {
        "calendar.ics",
        *(f"json/{name}.json" for name in names),
        *(f"csv/{name}.csv" for name in names),
    }
    (task,) = json.loads(files["json/tasks.json"])
    assert (task["id"], task["title"], task["status"]) == (str(mine.pk), "=SUM(mine)", "pending")
    assert task["due_at"] == "2026-03-03T12:00:00Z"
    (occurrence,) = json.loads(files["json/occurrences.json"])
    assert occurrence["task_id"] == str(mine.pk)
    (row,) = csv.DictReader(io.StringIO(files["csv/tasks.csv"].decode()))
    assert row["title"] == "'=SUM(mine)"
    assert json.loads(files["json/profile.json"])[0]["email"] == owner.email
    assert f"UID:{mine.pk}@tasktracker".encode() in files["calendar.ics"]
    text = b"".join(files.values())
    assert b"team-mate's" not in text
    assert b"stranger" not in text


@pytest.mark.parametrize("section", export_sections.sections(), ids=lambda section: section.name)
def test_a_section_shows_no_column_that_hides_something(section: export_sections.Section) -> None:
    columns = set(section.columns.values())
    columns -= {"digest"} if section.name == "run_files" else set()  # the checksum of a file hides nothing
    assert "digest" not in columns

    assert not [name for name in columns if re.search(r"sealed|secret|password|token", name)]
    assert list(section.pages(0)) == []


def test_no_secret_is_in_it(owner: User, principal_of: AskedBy, settings: Settings) -> None:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    caller = principal_of(owner)
    issue_triggers_token(principal=caller, name="doorbell", scope="user", at=NOW)
    webhook, secret = register_webhook(
        principal=caller, url="http://127.0.0.1:9/in", events=["task.triggered"], at=NOW
    )

    text = b"".join(everything_of(caller).values()).decode()

    assert "doorbell" in text
    assert "http://127.0.0.1:9/in" in text
    for hidden in (secret, webhook.secret_sealed, owner.password, django_settings.SECRET_KEY):
        assert hidden
        assert hidden not in text


def test_many_rows_come_a_page_at_a_time(
    owner: User, principal_of: AskedBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_sections, "PAGE_ROWS", 2)
    caller = principal_of(owner)
    titles = {f"Task {number}" for number in range(5)}
    for title in titles:
        create_task(principal=caller, title=title, at=NOW)

    files = everything_of(caller)

    rows = json.loads(files["json/tasks.json"])
    assert {row["title"] for row in rows} == titles
    assert len(rows) == 5
    export = Export.objects.get()
    assert export.rows_done == export.rows_total
    assert (export.part_rows, export.percent(), export.state) == (0, 100, ExportState.DONE)


def test_a_second_ask_returns_the_open_one(owner: User, principal_of: AskedBy) -> None:
    first = ask_for_export(principal=principal_of(owner), at=NOW)
    second = ask_for_export(principal=principal_of(owner), at=NOW + timedelta(minutes=1))

    assert second.pk == first.pk
    write_exports(NOW)
    third = ask_for_export(principal=principal_of(owner), at=NOW)
    assert third.pk != first.pk
    assert [export.pk for export in exports_of(principal_of(owner))] == [third.pk, first.pk]


def test_only_its_owner_finds_it(owner: User, teammate: User, outsider: User, principal_of: AskedBy) -> None:
    export = ask_for_export(principal=principal_of(owner), at=NOW)
    with pytest.raises(NotFound):  # not written yet
        fetch_export(principal=principal_of(owner), export_id=export.pk, at=NOW)
    write_exports(NOW)

    for other in (teammate, outsider):
        assert exports_of(principal_of(other)) == []
        for find in (own_export, lambda who, pk: fetch_export(principal=who, export_id=pk, at=NOW)):
            with pytest.raises(NotFound):
                find(principal_of(other), export.pk)


def test_its_time_runs_out(owner: User, principal_of: AskedBy, folder: Path) -> None:
    export = ask_for_export(principal=principal_of(owner), at=NOW)
    write_exports(NOW)
    late = NOW + KEPT

    with pytest.raises(NotFound):
        fetch_export(principal=principal_of(owner), export_id=export.pk, at=late)
    assert remove_expired_exports(late - timedelta(seconds=1)) == 0
    assert [path.name for path in folder.glob("*.zip")] == [f"{export.pk}.zip"]
    assert remove_expired_exports(late) == 1
    assert remove_expired_exports(late) == 0
    assert list(folder.rglob("*.*")) == []
    assert Export.objects.get().state == ExportState.GONE


def test_a_closing_account_leaves_no_file(owner: User, principal_of: AskedBy, folder: Path) -> None:
    ask_for_export(principal=principal_of(owner), at=NOW)
    write_exports(NOW)
    ask_for_export(principal=principal_of(owner), at=NOW)

    erase_exports(user_id=owner.pk, at=NOW)
    erase_exports(user_id=owner.pk, at=NOW)

    assert list(folder.rglob("*.*")) == []
    assert write_exports(NOW) == 0


def test_another_worker_goes_on_where_one_was_killed(
    owner: User, principal_of: AskedBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = principal_of(owner)
    task = create_task(principal=caller, title="Survives", at=NOW)
    export = ask_for_export(principal=caller, at=NOW)
    turns = len(export_sections.sections()) + 1
    for _ in range(turns):
        _be_killed(monkeypatch)
        assert write_exports(NOW) == 0, "the lease of the dead one holds"
        Export.objects.update(lease_until=NOW - timedelta(days=300))
        _write_one(monkeypatch)

    found, chunks = fetch_export(principal=caller, export_id=export.pk, at=NOW)
    with ZipFile(io.BytesIO(b"".join(chunks))) as archive:
        assert json.loads(archive.read("json/tasks.json"))[0]["id"] == str(task.pk)
    assert found.rows_done == found.rows_total


def _be_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the next part, and die before it is noted."""

    def die(name: str) -> None:
        raise KeyboardInterrupt(name)

    with monkeypatch.context() as patch:
        patch.setattr("accounts.operations.exports.failpoint", die)
        with pytest.raises(KeyboardInterrupt):
            write_exports(NOW)


def _write_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("accounts.operations.exports._TURNS_MOST", 1)
        assert write_exports(NOW) == 1


def test_a_worker_that_lost_its_lease_notes_nothing(
    owner: User, principal_of: AskedBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = principal_of(owner)
    Task.objects.all().delete()
    ask_for_export(principal=caller, at=NOW)

    def lose(_name: str) -> None:
        Export.objects.update(fence=99)

    monkeypatch.setattr("accounts.operations.exports.failpoint", lose)
    monkeypatch.setattr("accounts.operations.exports._TURNS_MOST", 1)
    write_exports(NOW)

    export = Export.objects.get()
    assert (export.fence, export.sections_done) == (99, 0)
    assert issubclass(LeaseLost, Exception)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    lines = csv_lines(
        [json_line({"text": f"{start}1", "number": -1, "flag": True, "none": None, "list": ["a"]})]
    )

    (row,) = csv.DictReader(io.StringIO(b"".join(lines).decode(), newline=""))

    assert row == {"text": f"'{start}1", "number": "-1", "flag": "true", "none": "", "list": '["a"]'}


def test_no_rows_are_an_empty_list_and_an_empty_table() -> None:
    assert json.loads(b"".join(json_array([]))) == []
    assert b"".join(csv_lines([])) == b""


def test_what_is_not_there_is_not_read() -> None:
    assert store.read_archive(Export().pk) is None
