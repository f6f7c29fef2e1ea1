"""Published packages of npm: fetched once, into .venv, and checked against a digest."""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".venv" / "npm"


def unpack(package: str, version: str, *, sha512: str, folder: Path) -> Path:
    """Unpack a package without its dependencies. Returns the folder of its files.

    sha512: of the archive, as base64. Ends the program when node or npm is missing, or another archive came.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        sys.exit("The published clients need node and npm.")
    archive = CACHE / f"{package.removeprefix('@').replace('/', '-')}-{version}.tgz"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", f"{package}@{version}", "--pack-destination", str(CACHE)]
        subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL)
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != sha512:
        sys.exit(f"{archive} is not the package that was published.")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder / "package"
