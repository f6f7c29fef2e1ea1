"""Runs the API client of the published npm package `@posthog/agent`, unchanged, against a live server.

`python -m tests.clients.agents`. What it is asked to do stands in api.test.mjs. Not part of `make test`,
which needs no node; without node or npm it is left out by name. Only the client's own file is taken out of
its package of 117 MB, with what it imports.
"""

import sys
import tempfile
from pathlib import Path

from tests.clients.npm import Package, Site, run_if_possible

CASES = Path(__file__).resolve().parent / "api.test.mjs"
AGENT = Package(
    "@posthog/agent",
    "2.4.187",
    "p0NFBvZTnEXx+Ao/slVWaebMIgVQpTbUZDPg3s2edbBl+OxoCRiZU4Ti4crwS5D/OKrWtACuRUdziWbKTYCRsg==",
)
ZOD = Package(
    "zod",
    "4.6.7",
    "g8W2D2kU6a8untc053fX1uVBKzM7yqAxW/3zwk83+6RyF2+SKOuV+c0wBDhUwzV1PaGapmZH+rmcUzPf+3CGwg==",
)


def main(arguments: list[str]) -> int:
    """Fetch, serve, run the cases, end. Returns node's exit code."""
    with tempfile.TemporaryDirectory(prefix="tasktracker-agents-") as name:
        folder = Path(name)
        agent = AGENT.unpack(folder, "package.json", "dist/posthog-api.js")
        ZOD.unpack(folder / "node_modules" / "unpacked")
        (folder / "node_modules" / "zod").symlink_to(folder / "node_modules" / "unpacked" / "package")
        site = Site(folder)
        site.manage("migrate", "--verbosity", "0")
        person = site.provision("agent@example.com")
        told = {
            "CLIENT": str(agent / "dist" / "posthog-api.js"),
            "SERVER": site.address,
            "KEY": person["personal_key"],
            "PROJECT": str(person["project_id"]),
        }
        with site.serving():
            return site.run_cases(CASES, arguments, told)


if __name__ == "__main__":
    sys.exit(run_if_possible(main, sys.argv[1:]))
