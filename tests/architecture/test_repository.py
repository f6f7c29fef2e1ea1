"""What is committed beside the code: locks without addresses, all settings listed, commands agreeing.

The code itself is looked at in the other files here.
"""

import re
import subprocess

import pytest
from django.conf import settings

from tests.architecture.tree import ROOT

LOCKS = ["requirements.lock", "requirements-dev.lock", "tests/clients/requirements.lock"]
INPUTS = ["requirements.in", "requirements-dev.in", "tests/clients/requirements.in"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, list[str]]:
    """Each requirement of a lock with its hashes."""
    entries = re.split(r"^(?=[A-Za-z0-9])", text(name), flags=re.MULTILINE)[1:]
    return {entry.split(" ", 1)[0]: re.findall(r"--hash=(sha256:[0-9a-f]{64})\b", entry) for entry in entries}


@pytest.mark.parametrize("name", LOCKS + INPUTS)
def test_locks_hold_no_addresses(name: str) -> None:
    address = re.compile(r"://|--(?:extra-)?index|--find-links|--trusted-host|@ ?(?:file|git|http)|/dev/fd")

    assert address.findall(text(name)) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name: str) -> None:
    without = [requirement for requirement, hashes in pins(name).items() if not hashes]

    assert without == []
    assert all(
        re.fullmatch(r"[a-z0-9._-]+(\[[a-z0-9,_-]+\])?==\S+", requirement) for requirement in pins(name)
    )


def test_dev_lock_contains_the_run_lock() -> None:
    # make test then leaves an environment in which make run has nothing to install.
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")

    assert {name: dev.get(name) for name in run} == run


def test_locks_with_addresses_are_never_committed() -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", "uv.lock", "pylock.toml", "pylock.dev.toml", ".env", "var/x"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ignored.stdout.split() == ["uv.lock", "pylock.toml", "pylock.dev.toml", ".env", "var/x"]


def test_every_setting_is_listed() -> None:
    listed = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", text(".env.example"), flags=re.MULTILINE)
    of_compose = set(re.findall(r"\$\{([A-Z_]+)", text("docker-compose.yml")))

    assert sorted(listed) == sorted({*settings.TASKTRACKER_ENVIRONMENT_NAMES, *of_compose})


@pytest.mark.parametrize("command", ["make test", "make check"])
def test_ci_runs_what_the_readme_says(command: str) -> None:
    line = re.compile(rf"^{command}(?:\s+#.*)?$", flags=re.MULTILINE)

    assert len(line.findall(text("README.md"))) == 1
    assert len(line.findall(text(".ci/run"))) == 1


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", text(document))

    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_make_has_the_promised_commands() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), flags=re.MULTILINE))

    assert {"setup", "run", "test", "check", "bench", "faults", "clean"} <= targets
