"""The supervisor of `make run`: one ends, all end; asked to end, all end; nobody is left behind."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tasktracker.supervisor import Part, PartEnded, Supervisor

WAITS = "import signal; signal.pause()"
DEAF = "import signal; signal.signal(15, signal.SIG_IGN); open({path!r}, 'w').close(); signal.pause()"


def part(name: str, code: str, pids: Path) -> Part:
    """A program that notes its pid before it does what `code` says."""
    note = f"import os, pathlib; pathlib.Path({str(pids / name)!r}).write_text(str(os.getpid()));"
    return Part(name, [sys.executable, "-c", note + code])


def is_alive(pids: Path, name: str) -> bool:
    try:
        os.kill(int((pids / name).read_text()), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_parts(tmp_path: Path, asked: signal.Signals) -> None:
    parts = [part("web", WAITS, tmp_path), part("worker", WAITS, tmp_path)]

    Supervisor(parts).run(
        is_ready=lambda: (tmp_path / "web").exists() and (tmp_path / "worker").exists(),
        announce=lambda: os.kill(os.getpid(), asked),
    )

    assert [is_alive(tmp_path, name) for name in ("web", "worker")] == [False, False]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise SystemExit(3)", "worker ended with exit code 3"),
        ("raise SystemExit(0)", "worker ended with exit code 0"),
        ("os.kill(os.getpid(), 9)", "worker was killed by SIGKILL"),
    ],
)
def test_a_part_that_ends_takes_the_others_along(tmp_path: Path, code: str, message: str) -> None:
    once_web_runs = f"\nwhile not os.path.exists({str(tmp_path / 'web')!r}): pass\n{code}"
    parts = [part("web", WAITS, tmp_path), part("worker", once_web_runs, tmp_path)]

    with pytest.raises(PartEnded) as ended:
        Supervisor(parts).run(is_ready=lambda: False, announce=lambda: None)

    assert str(ended.value) == message
    assert not is_alive(tmp_path, "web")


def test_a_part_that_will_not_end_is_killed(tmp_path: Path) -> None:
    deaf = DEAF.format(path=str(tmp_path / "deaf"))

    Supervisor([part("worker", deaf, tmp_path)], patience_seconds=0.2).run(
        is_ready=(tmp_path / "deaf").exists,
        announce=lambda: os.kill(os.getpid(), signal.SIGTERM),
    )

    assert not is_alive(tmp_path, "worker")


def test_handlers_are_given_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(PartEnded):
        Supervisor([part("worker", "pass", tmp_path)]).run(is_ready=lambda: False, announce=lambda: None)

    assert signal.getsignal(signal.SIGTERM) == before
