"""Make the virtual environment that a lock describes, if it is not there yet: install.py run|dev|clients.

Needs nothing but Python 3.11. Uses uv where it is on PATH, else the standard library's venv and pip; either
checks every file against the lock's hashes. Does nothing, and needs no network, while the lock is the
installed one.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
FOLDERS = {
    "run": VENV,
    "dev": VENV,
    "clients": VENV / "clients",
}  # published clients, whose versions are theirs
LOCKS = {
    "run": ROOT / "requirements.lock",
    "dev": ROOT / "requirements-dev.lock",
    "clients": ROOT / "tests" / "clients" / "requirements.lock",
}
OLDEST = (3, 11)


def main(wanted: str) -> None:
    """Bring the environment up to `wanted`. The dev lock contains the run lock, version by version."""
    if sys.version_info < OLDEST:
        sys.exit(f"Task Tracker needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    VENV.mkdir(exist_ok=True)
    with (VENV / ".installing").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # make run and make test may start together
        if not is_installed(wanted):
            make_environment(FOLDERS[wanted])
            install(LOCKS[wanted], FOLDERS[wanted])
            leave_stamps(wanted)


def is_installed(name: str) -> bool:
    is_made = python_of(FOLDERS[name]).exists() and stamp(name).exists()
    return is_made and stamp(name).read_bytes() == LOCKS[name].read_bytes()


def python_of(folder: Path) -> Path:
    return folder / "bin" / "python"


def stamp(name: str) -> Path:
    """A copy of the lock that was installed last."""
    return FOLDERS[name] / f".installed-{name}.lock"


def make_environment(folder: Path) -> None:
    if python_of(folder).exists():
        return
    print(f"Making {folder.relative_to(ROOT)} ...", flush=True)
    uv = shutil.which("uv")
    options = ["--quiet", "--allow-existing", "--python", sys.executable]
    command = [uv, "venv", *options] if uv else [sys.executable, "-m", "venv"]
    run([*command, str(folder)])


def install(lock: Path, folder: Path) -> None:
    print(f"Installing {lock.name}, each file checked by its hash ...", flush=True)
    uv, python = shutil.which("uv"), str(python_of(folder))
    if uv:
        run([uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(lock)])
        return
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
    run([python, "-m", "pip", "install", *options, "-r", str(lock)])


def leave_stamps(wanted: str) -> None:
    if FOLDERS[wanted] == VENV:
        (site_packages,) = VENV.glob("lib/python*/site-packages")
        (site_packages / "task_tracker.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    for name in ("run", "dev") if wanted == "dev" else (wanted,):
        shutil.copyfile(LOCKS[name], stamp(name))


def run(command: list[str]) -> None:
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    finished = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if finished.returncode:
        sys.exit(f"{Path(command[0]).name} failed ({finished.returncode}): the environment is not complete.")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit(f"usage: python3 tools/install.py {'|'.join(LOCKS)}")
    main(sys.argv[1])
