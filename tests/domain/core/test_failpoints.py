"""Named failure points: nothing unless armed, and every hit can be proved."""

import os
import subprocess
import sys

SCRIPT = (
    "from tasktracker.core.failpoints import failpoint\nfor _ in range(3): failpoint('a.b')\nprint('alive')"
)


def run(points: str, book: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TT_FAILPOINTS": points, "TT_FAILPOINT_LOG": book}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False
    )


def test_an_unarmed_point_does_nothing(tmp_path) -> None:  # type: ignore[no-untyped-def]
    result = run("", str(tmp_path / "book"))

    assert result.stdout == "alive\n"
    assert not (tmp_path / "book").exists()


def test_kill_ends_the_process_at_the_nth_hit_and_is_recorded(tmp_path) -> None:  # type: ignore[no-untyped-def]
    result = run("a.b=kill@2", str(tmp_path / "book"))

    assert result.returncode == -9
    assert (tmp_path / "book").read_text() == "a.b\n"


def test_raise_reaches_the_caller(tmp_path) -> None:  # type: ignore[no-untyped-def]
    result = run("other=kill;a.b=raise", str(tmp_path / "book"))

    assert result.returncode == 1
    assert "FailpointRaised" in result.stderr


def test_a_probability_of_zero_never_fires(tmp_path) -> None:  # type: ignore[no-untyped-def]
    result = run("a.b=kill:0", str(tmp_path / "book"))

    assert result.stdout == "alive\n"
