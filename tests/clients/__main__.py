"""Runs published clients, unchanged, against a live server: python -m tests.clients [arguments of pytest].

They come from the package registry into an environment of their own (tools/install.py clients); what they
are asked to do stands in case_*.py. Not part of `make test`, which needs no client.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.clients.house import ROOT, House

CASES = Path(__file__).resolve().parent
# Left out, by name, where there is no node.
IN_NODE = (
    "case_calendar.py::test_ical_js_reads_every_event",
    "case_calendar.py::test_ical_js_reads_ten_thousand",
)
PYTHON = ROOT / ".venv" / "clients" / "bin" / "python"


def main(arguments: list[str]) -> int:
    """Serve, run the cases, end. Returns pytest's exit code."""
    if not PYTHON.exists():
        sys.exit("The clients are not installed: make test-clients")
    with tempfile.TemporaryDirectory(prefix="tasktracker-clients-") as folder, House(Path(folder)) as house:
        command = [str(PYTHON), "-m", "pytest", "-c", "pytest.ini", "--rootdir", ".", *arguments]
        command += [] if house.has_node else [f"--deselect={case}" for case in IN_NODE]
        done = subprocess.run(command, cwd=CASES, env=house.clients_environment(), check=False)
        return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
