"""Published packages of npm: fetched once, into .venv, and checked against a digest."""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".venv" / "npm"


def unpack(package: str, version: str, *, sha512: str, folder: Path) -> Path | None:
    """Unpack a package without its dependencies. Returns the folder of its files.

    sha512: of the archive, as base64. None, with a word about it, where there is no node, or npm has none
    to give. Ends the program when another archive came.
    """
    archive = _fetch(package, version) if shutil.which("node") and shutil.which("npm") else None
    if archive is None:
        print(f"{package} {version} is left out: it needs node, npm and the registry.", flush=True)
        return None
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != sha512:
        sys.exit(f"{archive} is not the package that was published.")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder / "package"


def _fetch(package: str, version: str) -> Path | None:
    """Give the package's archive, from npm when it is not there yet; None when npm has none to give."""
    archive = CACHE / f"{package.removeprefix('@').replace('/', '-')}-{version}.tgz"
    if archive.exists():
        return archive
    with tempfile.TemporaryDirectory(prefix="tasktracker-npm-") as folder:  # whole, or not in the cache
        command = ["npm", "pack", "--silent", "--prefer-offline", f"{package}@{version}"]
        try:
            subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL, cwd=folder)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
        CACHE.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(folder, archive.name), archive)
    return archive
