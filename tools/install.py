"""Make the virtual environment that a lock describes, if it is not there yet: install.py run|dev|clients.

Needs nothing but Python 3.11. Uses uv where it is on PATH, else the standard library's venv and pip; either
checks every file against the lock's hashes. Does nothing, and needs no network, while the lock is the
installed one. What was cut off half-way, or has been moved since, is made anew.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = (ROOT / ".venv").resolve()
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
KEPT = {".installing", "clients", "npm"}  # in VENV, and no part of it


class Refused(SystemExit):
    """An installer said no, and has left all as it was: no network, a wrong hash."""


def main(wanted: str) -> None:
    """Bring the environment up to `wanted`. The dev lock contains the run lock, version by version."""
    if sys.version_info < OLDEST:
        sys.exit(f"Task Tracker needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    VENV.mkdir(exist_ok=True)
    with (VENV / ".installing").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # make run and make test may start together
        if not is_installed(wanted):
            bring_up(wanted)


def bring_up(wanted: str) -> None:
    """Install what is wanted. The mark of its beginning goes away last, so that a cut-off is noticed."""
    folder = FOLDERS[wanted]
    if not is_whole(folder):
        clear(folder)
    folder.mkdir(exist_ok=True)
    begun(folder).touch()
    make_environment(folder)
    try:
        install(LOCKS[wanted], folder)
    except Refused:
        begun(folder).unlink()
        raise
    leave_stamps(wanted)
    begun(folder).unlink()


def is_installed(name: str) -> bool:
    is_made = is_whole(FOLDERS[name]) and stamp(name).exists()
    return is_made and stamp(name).read_bytes() == LOCKS[name].read_bytes()


def is_whole(folder: Path) -> bool:
    """Say whether nothing was cut off here, and whether the paths in its scripts still lead here."""
    if begun(folder).exists() or not python_of(folder).exists():
        return False
    activate = folder / "bin" / "activate"
    return activate.exists() and str(folder) in activate.read_text(encoding="utf-8")


def clear(folder: Path) -> None:
    """Remove what is half there; what has a life of its own stays."""
    for path in folder.iterdir() if folder.exists() else ():
        if path.name in KEPT:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def python_of(folder: Path) -> Path:
    return folder / "bin" / "python"


def begun(folder: Path) -> Path:
    """A mark that is there while something is being installed."""
    return folder / ".begun"


def stamp(name: str) -> Path:
    """A copy of the lock that was installed last."""
    return FOLDERS[name] / f".installed-{name}.lock"


def make_environment(folder: Path) -> None:
    if python_of(folder).exists():
        return
    print(f"Making {folder} ...", flush=True)
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
        ending = Refused if finished.returncode > 0 else SystemExit  # below 0: killed half-way
        raise ending(
            f"{Path(command[0]).name} failed ({finished.returncode}): the environment is not complete."
        )


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit(f"usage: python3 tools/install.py {'|'.join(LOCKS)}")
    main(sys.argv[1])
