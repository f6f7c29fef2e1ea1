"""The checks that stop a production start, where something else than the whole form shows them best."""

import pytest
from pytest_django import Settings

from tasktracker.checks import check_production


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["TASKTRACKER_FILES_URL", "S3_ENDPOINT"])
@pytest.mark.parametrize(
    ("address", "is_fine"),
    [("", True), ("https://files.example.com", True), ("http://files.example.com", False)],
)
def test_files_travel_over_tls(settings: Settings, name: str, address: str, is_fine: bool) -> None:
    setattr(settings, name, address)

    said = [message.msg for message in check_production() if message.id == "tasktracker.E020"]

    assert said == ([] if is_fine else [f"{name} is not https."])
