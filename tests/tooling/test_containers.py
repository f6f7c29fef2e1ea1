"""docker-compose.yml and the Dockerfile, as far as they can be judged without an engine."""

import re
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from tests.architecture.tree import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
RUN_ONCE = {"migrate"}  # ends by itself; the others wait for its success
OURS = {"migrate", "web", "worker", "standby", "beat"}


def words(service: dict[str, Any]) -> list[str]:
    command = service.get("command", [])
    return [str(word) for word in command] if isinstance(command, list) else command.split()


def test_the_house_is_complete() -> None:
    assert set(SERVICES) == OURS | {"postgres", "valkey", "objects", "mail"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]

    assert check.get("disable", False) is (name in RUN_ONCE)
    if name not in RUN_ONCE:
        assert check["test"][0] in {"CMD", "CMD-SHELL"}
        assert {"interval", "timeout", "retries"} <= set(check)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_services_wait_for_what_they_need(name: str) -> None:
    for needed, wait in SERVICES[name].get("depends_on", {}).items():
        once = needed in RUN_ONCE
        assert needed in SERVICES
        assert wait == {"condition": "service_completed_successfully" if once else "service_healthy"}


def test_no_service_waits_for_itself() -> None:
    needs = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    started: set[str] = set()

    while ready := {name for name in needs if name not in started and needs[name] <= started}:
        started |= ready

    assert started == set(SERVICES)


def test_state_lives_in_named_volumes() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    used = {mount.partition(":")[0] for mount in mounts}

    assert used == set(COMPOSE["volumes"])
    assert all(re.fullmatch(r"[a-z]+", name) for name in used)  # no folders of the host


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_images_are_pinned_by_tag(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition("/")[2].partition(":")[2]

    assert tag not in {"", "latest"}


def test_our_images_are_pinned_by_tag() -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE)

    assert [image.partition(":")[2] for image in images] == ["3.13-slim-trixie"] * 2


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_ports_are_published_on_loopback_only(name: str) -> None:
    ports = SERVICES[name].get("ports", [])

    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert not ports or name in {"web", "mail"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_run_what_exists(name: str) -> None:
    command = words(SERVICES[name])

    if command[:1] == ["celery"]:
        from tasktracker.celery import app

        assert command[1:3] == ["--app", "tasktracker.celery"]
        assert app.main == "tasktracker"
        assert command[3] == name
    elif command:
        assert command[:2] == ["python", "manage.py"]
        assert command[2] in get_commands()
    else:
        assert "granian" in DOCKERFILE
        assert "tasktracker.wsgi:application" in DOCKERFILE


def test_our_services_are_confined() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["environment"]["TASKTRACKER_ENVIRONMENT"] == "production"


def test_no_secret_is_written_down() -> None:
    for service in SERVICES.values():
        for name, value in (service.get("environment") or {}).items():
            if "PASSWORD" in name or "://" in str(value):
                assert "${" in str(value)


def test_the_container_runs_as_nobody_in_particular() -> None:
    users = re.findall(r"^USER (\S+)", DOCKERFILE, flags=re.MULTILINE)

    assert users == ["tasktracker"]
    assert DOCKERFILE.index("USER tasktracker") < DOCKERFILE.index("CMD [")


def test_every_package_is_copied_into_the_image() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8")

    assert packages == set(re.findall(r"^COPY (\w+) /app/\1$", DOCKERFILE, flags=re.MULTILINE))
    assert packages <= set(re.findall(r"^!(\w+)$", ignore, flags=re.MULTILINE))
