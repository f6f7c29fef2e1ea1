"""/dev/mail: in development, on this machine, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(settings: Any, tmp_path: Path) -> Path:
    settings.DEVELOPMENT = True
    settings.EMAIL_FILE_PATH = str(tmp_path)
    backend = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(tmp_path))
    text = "Hello <b>you</b>\n\nhttp://127.0.0.1:8000/accounts/confirm-email/x/\n"
    EmailMessage("Grüße", text, "tasks@localhost", ["ann@example.com"], connection=backend).send()
    return tmp_path


def test_mails_are_shown_with_their_links(mailbox: Path, client: Client) -> None:
    page = client.get("/dev/mail").content.decode()

    assert "Grüße" in page
    assert "ann@example.com" in page
    assert "Hello &lt;b&gt;you&lt;/b&gt;" in page
    assert 'href="http://127.0.0.1:8000/accounts/confirm-email/x/"' in page


def test_no_mail_is_no_error(settings: Any, tmp_path: Path, client: Client) -> None:
    settings.DEVELOPMENT = True
    settings.EMAIL_FILE_PATH = str(tmp_path / "absent")

    assert client.get("/dev/mail").status_code == 200


def test_not_outside_development(mailbox: Path, settings: Any, client: Client) -> None:
    settings.DEVELOPMENT = False

    assert client.get("/dev/mail").status_code == 404


@pytest.mark.parametrize("address", ["10.0.0.9", "203.0.113.7", "2001:db8::1", ""])
def test_not_from_elsewhere(address: str, mailbox: Path, client: Client) -> None:
    assert client.get("/dev/mail", REMOTE_ADDR=address).status_code == 404
