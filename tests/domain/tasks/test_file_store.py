"""Artifacts on our own disk: whole or not at all, once, and where nobody's name leads."""

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.gateways import file_store
from tasks.gateways.file_store import AlreadyUploaded, FileStore, UploadTooLong
from tasks.rules.uploads import Pinned
from tasktracker.core.errors import Unavailable

KEY = "tasks/artifacts/team_1/a.txt"


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "artifacts", url="https://tasks.example.com/uploads")


def files(tmp_path: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()]


def test_what_was_received_is_read_back(store: FileStore) -> None:
    store.receive(KEY, [b"hel", b"lo"], most_bytes=5)

    assert b"".join(store.read(KEY, "")) == b"hello"
    assert store.pin(KEY) == Pinned(5, hashlib.sha256(b"hello").hexdigest(), "")


def test_what_was_put_is_pinned(store: FileStore) -> None:
    assert store.put(KEY, b"hello") == store.pin(KEY)


def test_nothing_is_pinned_where_nothing_came(store: FileStore) -> None:
    assert store.pin(KEY) is None


def test_a_key_takes_one_file(store: FileStore, tmp_path: Path) -> None:
    store.receive(KEY, [b"first"], most_bytes=9)

    with pytest.raises(AlreadyUploaded):
        store.receive(KEY, [b"second"], most_bytes=9)

    assert files(tmp_path) == [b"first"]


def test_of_two_at_once_one_is_kept(store: FileStore, tmp_path: Path) -> None:
    def interrupted() -> Iterator[bytes]:
        yield b"slow"
        store.receive(KEY, [b"quick"], most_bytes=9)
        yield b"ly"

    with pytest.raises(AlreadyUploaded):
        store.receive(KEY, interrupted(), most_bytes=9)

    assert files(tmp_path) == [b"quick"]


def test_too_much_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(UploadTooLong):
        store.receive(KEY, [b"123", b"456"], most_bytes=5)

    assert files(tmp_path) == []
    store.receive(KEY, [b"12345"], most_bytes=5)


def test_what_breaks_off_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.receive(KEY, broken(), most_bytes=9)

    assert files(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_full_disk_is_an_outage_and_leaves_nothing(
    store: FileStore, tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(file_store.os, "fsync", full)

    with pytest.raises(Unavailable):
        store.receive(KEY, [b"hello"], most_bytes=5)

    assert files(tmp_path) == []


@pytest.mark.parametrize("key", ["../../escape", "/etc/passwd", "a/../../b", "a\0b", "", "é" * 400])
def test_no_key_leads_out_of_the_folder(store: FileStore, tmp_path: Path, key: str) -> None:
    store.put(key, b"x")

    (kept,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert kept.relative_to(tmp_path / "artifacts").parts[0] == "files"
    assert kept.name == hashlib.sha256(key.encode()).hexdigest()


def test_files_are_ours_alone(store: FileStore, tmp_path: Path) -> None:
    store.put(KEY, b"x")

    assert ((tmp_path / "artifacts").stat().st_mode & 0o077) == 0


def test_deleting_can_be_repeated(store: FileStore, tmp_path: Path) -> None:
    store.put(KEY, b"x")

    store.delete(KEY)
    store.delete(KEY)

    assert files(tmp_path) == []


def test_drafts_of_the_dead_are_tidied_away(store: FileStore, tmp_path: Path) -> None:
    drafts = tmp_path / "artifacts" / "drafts"
    drafts.mkdir(parents=True)
    for name, age_seconds in (("old", 7200), ("new", 0)):
        (drafts / name).write_bytes(b"half")
        moment = (drafts / name).stat().st_mtime - age_seconds
        os.utime(drafts / name, (moment, moment))

    assert store.tidy() == 1
    assert [path.name for path in drafts.iterdir()] == ["new"]


def test_there_may_be_nothing_to_tidy(store: FileStore) -> None:
    assert store.tidy() == 0
