"""Runs the published npm package `@taskratchet/sdk`, unchanged, against a live server.

`python -m tests.clients.stakes`. What it is asked to do stands in sdk.test.mjs. Not part of `make test`,
which needs no node; left out, by name, where there is none.
"""

import json
import sys
import tempfile
from pathlib import Path

from tests.clients.npm import Package, Site, run_if_possible

CASES = Path(__file__).resolve().parent / "sdk.test.mjs"
SDK = Package(
    "@taskratchet/sdk",
    "7.0.0",
    "n0BHr1OxElt39nrKLEJPaNXgwjUxT0wiBYrR1GdI+JPjkgIVQpSqzzlS08YdcMbMtGzzZ/7Y4dVLfGxNM4pJ2Q==",
)
PEOPLE = ("owner", "walker", "poor")  # a key each: its limit is 60 calls in 10 seconds


def main(arguments: list[str]) -> int:
    """Fetch, serve, run the cases, end. Returns node's exit code."""
    with tempfile.TemporaryDirectory(prefix="tasktracker-stakes-") as name:
        folder = Path(name)
        client = SDK.unpack(folder / "sdk") / "dist" / "taskratchet-sdk.js"
        site = Site(folder)
        site.manage("migrate", "--verbosity", "0")
        keys = {
            f"{person.upper()}_KEY": site.provision(f"{person}@example.com")["stakes_key"]
            for person in PEOPLE
        }
        with site.serving():
            processor = json.loads((site.data / "fake-stripe.json").read_text(encoding="ascii"))["api_base"]
            told = {"SDK": str(client), "SERVER": site.address, "PROCESSOR": processor, **keys}
            return site.run_cases(CASES, arguments, told)


if __name__ == "__main__":
    sys.exit(run_if_possible(main, sys.argv[1:]))
