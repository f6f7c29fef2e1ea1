"""The picture of POST /api/v1/user/profile, and GET /api/v1/user/pictures/:name. Drawing: test_redraw.py."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import Picture, User
from accounts.operations.pictures import sweep_pictures
from accounts.rules.pictures import MOST_BYTES
from tasktracker.core import clock
from tests.dialects.todo.conftest import App
from tests.domain.accounts.drawings import SECRET, encoded, pixels_of, png_that_claims, telling_jpeg

pytestmark = pytest.mark.django_db

PROFILE = "/api/v1/user/profile"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where the files are."""
    pictures = settings.STORAGES["pictures"]
    here = {**pictures, "OPTIONS": {**pictures["OPTIONS"], "location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "pictures": here}
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def form(content_type: str = "image/png", **values: Any) -> bytes:
    parts = dict(values)
    for name, value in values.items():
        if isinstance(value, bytes):
            parts[name] = BytesIO(value)
            parts[name].name = "../../me.svg"
            parts[name].content_type = content_type
    return encode_multipart(BOUNDARY, parts)


def send(app: App, body: bytes, **headers: str) -> Any:
    return app.call("POST", PROFILE, body, **{"content_type": MULTIPART_CONTENT, **headers})


def upload(app: App, picture: bytes, name: str = "Ann") -> str:
    """Send a picture; returns the path at which it is shown."""
    assert send(app, form(name=name, image=picture)).status_code == 201
    address: str = app.get(PROFILE).json()["user"]["image"]
    return address.removeprefix("http://127.0.0.1:8000")


def unchanged(app: App, folder: Path) -> bool:
    shown = app.get(PROFILE).json()["user"]
    return (shown["name"], shown["image"], files(folder)) == ("Owner", None, [])


# --- keeping and showing ---
@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png")])
def test_a_picture_is_kept_and_shown(owners: App, folder: Path, kind: str, ending: str) -> None:
    answer = send(owners, form(name="Ann", image=encoded(kind)))

    assert (answer.status_code, answer.json()) == (201, {"msg": "User profile updated successfully"})
    shown = owners.get(PROFILE).json()["user"]
    assert shown["name"] == "Ann"
    (name,) = files(folder)
    assert re.fullmatch(rf"[0-9a-f]{{40}}\.{ending}", name)
    assert shown["image"] == f"http://127.0.0.1:8000/api/v1/user/pictures/{name}"
    assert (folder / name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_it_is_served_as_what_it_is_and_as_nothing_else(
    owners: App, app: App, folder: Path, kind: str, media_type: str
) -> None:
    path = upload(owners, encoded(kind))

    answer = app.get(path)

    assert (answer.status_code, answer.content) == (200, (folder / path.rpartition("/")[2]).read_bytes())
    assert pixels_of(answer.content).size == (40, 30)
    told = {
        name: answer.headers.get(name) for name in ("Content-Type", "X-Content-Type-Options", "Cache-Control")
    }
    assert told == {
        "Content-Type": media_type,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store, private",
    }
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Content-Disposition"] == "inline"
    assert "Set-Cookie" not in answer.headers


def test_it_tells_nothing_of_where_it_was_taken(owners: App) -> None:
    path = upload(owners, telling_jpeg())

    assert SECRET.encode() not in owners.get(path).content


def test_who_knows_the_name_may_see_it_and_nobody_can_guess_it(
    owners: App, teammates: App, outsiders: App, app: App
) -> None:
    path = upload(owners, encoded("PNG"))

    assert [other.get(path).status_code for other in (owners, teammates, outsiders, app)] == [200] * 4
    assert [other.get(PROFILE).json()["user"]["image"] for other in (teammates, outsiders)] == [None, None]


@pytest.mark.parametrize(
    "name",
    ["", "x", "0" * 40 + ".jpg", "..%2f..%2fsecrets.json", "%00", "0" * 40 + ".svg", "ü", "%ff", "a" * 3000],
)
def test_other_names_are_not_found(owners: App, app: App, name: str) -> None:
    answer = app.get(f"/api/v1/user/pictures/{name}")

    assert (answer.status_code, list(answer.json())) == (404, ["message"])


def test_a_lost_file_is_not_found(owners: App, folder: Path) -> None:
    path = upload(owners, encoded("PNG"))
    for each in folder.iterdir():
        each.unlink()

    assert owners.get(path).status_code == 404


def test_the_log_does_not_name_it(owners: App, caplog: Any) -> None:
    path = upload(owners, encoded("PNG"))
    owners.get(path)

    lines = [str(getattr(record, "access", "")) for record in caplog.records]
    assert any("/api/v1/user/pictures/[secret]" in line for line in lines)
    assert not any(path in line for line in lines)


# --- replacing ---
def test_a_new_picture_replaces_the_old_one(owners: App, outsiders: App, folder: Path) -> None:
    others = upload(outsiders, encoded("JPEG"))
    old = upload(owners, encoded("JPEG"))

    new = upload(owners, encoded("PNG"))

    assert old != new
    assert owners.get(old).status_code == 404
    assert sorted(files(folder)) == sorted(path.rpartition("/")[2] for path in (others, new))
    assert Picture.objects.count() == 2


def test_a_name_alone_keeps_the_picture(owners: App) -> None:
    path = upload(owners, encoded("JPEG"))

    assert send(owners, form(name="Bea")).status_code == 201

    shown = owners.get(PROFILE).json()["user"]
    assert (shown["name"], shown["image"].endswith(path)) == ("Bea", True)


def test_the_picture_of_a_closed_account_is_swept(owners: App, owner: User, folder: Path) -> None:
    path = upload(owners, encoded("JPEG"))
    now = clock.now()
    owner.delete()

    assert owners.get(path).status_code == 404
    assert sweep_pictures(now) == 0
    assert sweep_pictures(now + timedelta(hours=2)) == 1
    assert (files(folder), Picture.objects.count()) == ([], 0)


def test_what_a_crash_left_behind_is_swept(owners: App, folder: Path, at: Any) -> None:
    kept = upload(owners, encoded("JPEG"))
    Picture.objects.create(name="0" * 40 + ".png", created_at=at)
    (folder / ("0" * 40 + ".png")).write_bytes(b"half a pic")
    Picture.objects.create(name="1" * 40 + ".png", created_at=at)

    assert sweep_pictures(clock.now()) == 2
    assert files(folder) == [kept.rpartition("/")[2]]
    assert owners.get(kept).status_code == 200


# --- refusing ---
@pytest.mark.parametrize(
    "picture",
    [b"", b"<svg onload='alert(1)'/>", encoded("GIF"), encoded("PNG")[:80], png_that_claims(50_000, 50_000)],
)
def test_what_is_no_picture_is_refused_whole(owners: App, folder: Path, picture: bytes) -> None:
    answer = send(owners, form(name="Ann", image=picture))

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert unchanged(owners, folder)


def test_five_mebibytes_are_the_most(owners: App, folder: Path) -> None:
    whole = encoded("PNG")
    largest = whole + bytes(MOST_BYTES - len(whole))

    too_large = [send(owners, form(name="Ann", image=largest + bytes(more))) for more in (1, 128 * 1024)]

    assert [(answer.status_code, list(answer.json())) for answer in too_large] == [(400, ["message"])] * 2
    assert too_large[0].json() == {"message": "The picture is larger than 5 MiB."}
    assert unchanged(owners, folder)
    assert send(owners, form(name="Ann", image=largest)).status_code == 201


def test_a_picture_without_a_name_is_refused(owners: App, folder: Path) -> None:
    for body in (form(image=encoded("PNG")), form(name=" ", image=encoded("PNG"))):
        answer = send(owners, body)

        assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert unchanged(owners, folder)
    assert Picture.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", MULTIPART_CONTENT),
        (b"nonsense", MULTIPART_CONTENT),
        (form(name="Ann")[:-30], MULTIPART_CONTENT),
        (form(name="Ann"), "multipart/form-data"),
        (form(name="Ann"), "multipart/form-data; boundary=" + "x" * 300),
        (form(name="Ann"), f"{MULTIPART_CONTENT}; charset=utf-16"),
        (form(name="Ann"), "application/x-www-form-urlencoded"),
        (b"name=Ann", "application/x-www-form-urlencoded"),
        (b"Ann", "text/plain"),
        (form(name="Ann\0"), MULTIPART_CONTENT),
        (form(name="Ann").replace(b"Ann", b"\xff\xfe"), MULTIPART_CONTENT),
        (form(name="Ann").replace(b'"name"', b'"\xff"'), MULTIPART_CONTENT),
    ],
)
def test_forms_are_read_strictly(owners: App, folder: Path, body: bytes, content_type: str) -> None:
    answer = send(owners, body, content_type=content_type)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert unchanged(owners, folder)


def test_a_form_without_a_length_is_read_to_its_end(owners: App) -> None:
    body = form(name="Ann", image=encoded("PNG"))
    stream = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True}
    named = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": MULTIPART_CONTENT}

    answer = owners.client.generic("POST", PROFILE, **named, **stream)

    assert answer.status_code == 201
    assert owners.get(PROFILE).json()["user"]["image"] is not None


def test_strangers_send_nothing(app: App, owners: App, folder: Path) -> None:
    assert send(app, form(name="Ann", image=encoded("PNG"))).status_code == 401
    assert unchanged(owners, folder)


@pytest.mark.parametrize(
    "path", ["/api/v1/user/name", "/api/v1/user/password", "/api/v1/user/user-preferences"]
)
def test_no_other_view_takes_a_form(owners: App, path: str) -> None:
    answer = owners.call("PUT", path, form(name="Ann"), content_type=MULTIPART_CONTENT)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])


def test_many_parts_are_refused(owners: App, folder: Path) -> None:
    answer = send(owners, form(**{f"n{number}": "x" for number in range(1010)}, name="Ann"))

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert unchanged(owners, folder)
