"""The walk of docs/one-task.md, run as it is printed: one task through every dialect of a live server."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tasktracker.docs.guides import WRITTEN_BASE
from tests.architecture.tree import ROOT
from tests.plugins.fake_stripe import FakeStripe

PAGE = (ROOT / "docs" / "one-task.md").read_text(encoding="utf-8")
_DONE = "--- done ---"


def blocks() -> Iterator[tuple[str, str]]:
    """Yield the page's code blocks in order: their language, their text."""
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        yield found[1], found[2]


def test_the_walk_prints_what_the_page_says(
    transactional_db: None,
    live_server: LiveServer,
    settings: Settings,
    processor: FakeStripe,
    tmp_path: Path,
) -> None:
    settings.TASKTRACKER_BASE_URL = live_server.url
    (provision,) = [text for language, text in blocks() if language == "console"]
    command, _, keys = provision.partition(" > ")
    said = StringIO()
    call_command(*shlex.split(command)[2:], stdout=said)
    (tmp_path / keys.strip()).write_text(said.getvalue())
    script = [f"{text}\necho '{_DONE}'\n" for language, text in blocks() if language == "sh"]
    expected = _expected()

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "".join(script).replace(WRITTEN_BASE, live_server.url)],
        cwd=tmp_path,
        env={**os.environ, "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.stdout.split(f"{_DONE}\n")[:-1], done.stderr, done.returncode) == (expected, "", 0)
    assert json.loads(said.getvalue())["email"] == "ann@example.com"
    assert processor.movements() == []


def _expected() -> list[str]:
    """What each sh block prints: the text block after it, or nothing."""
    texts: list[str] = []
    for language, text in blocks():
        if language == "sh":
            texts.append("")
        elif language == "text":
            texts[-1] = text
    return texts
