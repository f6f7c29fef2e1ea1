"""What is promised of every page: its words, its style sheet, and nothing inline (strict CSP)."""

import re
import subprocess
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from charges.rules.history import StepKind
from charges.rules.states import ChargeStatus
from tasks.rules.runs import RunStatus
from tasks.rules.schedule import LAST, Frequency
from tasks.rules.vocabulary import DisabledReason, Event, OccurrenceStatus, Source, Status
from tasktracker.outbox.rules.states import STATES
from tasktracker.web import shapes
from tests.architecture.tree import ROOT

WEB = ROOT / "tasktracker" / "web"
TEMPLATES = sorted(path.relative_to(ROOT).as_posix() for path in WEB.rglob("*.html"))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (shapes.TASK_WORDS, Status),
        (shapes.OCCURRENCE_WORDS, OccurrenceStatus),
        (shapes.SOURCE_WORDS, Source),
        (shapes.RUN_WORDS, RunStatus),
        (shapes.EVENT_WORDS, Event),
        (shapes.REASON_WORDS, DisabledReason),
        (shapes.CHARGE_WORDS, ChargeStatus),
        (shapes.STEP_WORDS, StepKind),
    ],
)
def test_tables_are_total(table: Mapping[str, object], words: type[StrEnum]) -> None:
    assert set(table) == set(words)


def test_tables_of_plain_words_are_total() -> None:
    assert set(shapes.DELIVERY_WORDS) == set(STATES)
    assert set(shapes.NTHS) == {1, 2, 3, 4, 5, LAST}
    assert len(Frequency) == 5


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (90, "90 seconds"), (3600, "1 hour"), (21600, "6 hours"), (604800, "1 week")],
)
def test_lengths_of_time(seconds: int, words: str) -> None:
    assert shapes.duration_words(seconds) == words


@pytest.mark.parametrize("name", TEMPLATES)
def test_nothing_is_inline(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert re.findall(r"\sstyle=|<style|\son[a-z]+=|\shx-on|javascript:", text) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", text) if " src=" not in tag] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_nothing_comes_from_outside(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//", text) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_posted_form_has_its_token(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", text, flags=re.DOTALL)

    assert [form for form in forms if "csrf_token" not in form] == []


def test_the_style_sheet_is_what_its_sources_make(tmp_path: Path) -> None:
    built = tmp_path / "app.css"
    command = [
        *(str(ROOT / ".venv" / "bin" / "tailwindcss"), "--minify"),
        *("--input", str(WEB / "assets" / "app.css"), "--output", str(built)),
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, timeout=60)

    assert built.read_text(encoding="utf-8") == (WEB / "static" / "web" / "app.css").read_text(
        encoding="utf-8"
    ), "make css"


def test_what_is_vendored_keeps_its_licence() -> None:
    for name in ("assets/vendor/daisyui.LICENSE", "static/web/htmx.LICENSE"):
        assert "Permission" in (WEB / name).read_text(encoding="utf-8")
