"""Environments from locks: made once, repeated after a cut-off, made anew where they have been moved.

With a lock that asks for nothing, so that no registry is needed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent.parent
LOCK = "tests/clients/requirements.lock"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the installer and a lock of the clients."""
    root = tmp_path / "checkout"
    (root / "tools").mkdir(parents=True)
    (root / LOCK).parent.mkdir(parents=True)
    shutil.copy(HERE / "tools" / "install.py", root / "tools")
    (root / LOCK).write_text("# nothing\n")
    return root


def install(root: Path) -> str:
    """Install the clients; returns what was said."""
    command = [sys.executable, str(root / "tools" / "install.py"), "clients"]
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # with uv, where it is: faster
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=120, env={**os.environ, "PATH": tools}
    )
    return done.stdout


def environment(root: Path) -> Path:
    return root / ".venv" / "clients"


def leave_behind(root: Path) -> Path:
    """Put a file there that only a new environment is without."""
    path = environment(root) / "left-behind"
    path.touch()
    return path


def test_an_environment_is_made_once_and_again_only_for_a_reason(checkout: Path) -> None:
    assert install(checkout).startswith("Making ")
    assert install(checkout) == ""
    stamp = environment(checkout) / ".installed-clients.lock"
    assert stamp.read_text() == "# nothing\n"

    mine = leave_behind(checkout)
    (checkout / LOCK).write_text("./nothing-here.whl\n")
    for _ in range(2):
        with pytest.raises(subprocess.CalledProcessError):
            install(checkout)
    (checkout / LOCK).write_text("# another nothing\n")

    assert install(checkout).startswith("Installing ")
    assert (mine.exists(), stamp.read_text()) == (True, "# another nothing\n")
    assert install(checkout) == ""


def test_what_was_cut_off_or_moved_is_made_anew(checkout: Path) -> None:
    environment(checkout).mkdir(parents=True)
    (environment(checkout) / ".begun").touch()  # as it is when the installer is killed
    mine = leave_behind(checkout)

    assert install(checkout).startswith("Making ")
    assert not mine.exists()

    mine, moved = leave_behind(checkout), checkout.with_name("moved")
    checkout.rename(moved)

    assert install(moved).startswith("Making ")
    assert not (environment(moved) / mine.name).exists()
    assert install(moved) == ""
