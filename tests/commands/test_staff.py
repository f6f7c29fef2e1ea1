"""`manage.py staff`: who may come to the admin's door."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User

pytestmark = pytest.mark.django_db


def staff(*arguments: str) -> str:
    said = StringIO()
    call_command("staff", *arguments, stdout=said)
    return said.getvalue()


@pytest.mark.parametrize(
    ("level", "powers"), [("staff", (True, False)), ("superuser", (True, True)), ("none", (False, False))]
)
def test_an_account_is_what_the_operator_says(owner: User, level: str, powers: tuple[bool, bool]) -> None:
    User.objects.update(is_staff=True, is_superuser=True)

    assert staff("--email", "Owner@Example.com", "--level", level) == f"owner@example.com: {level}\n"

    owner.refresh_from_db()
    assert (owner.is_staff, owner.is_superuser) == powers


def test_staff_is_what_is_meant(owner: User) -> None:
    staff("--email", owner.email)

    owner.refresh_from_db()
    assert (owner.is_staff, owner.is_superuser) == (True, False)


@pytest.mark.usefixtures("owner")
def test_an_unknown_account_is_refused() -> None:
    with pytest.raises(CommandError, match=r"There is no account nobody@example\.com\."):
        staff("--email", "nobody@example.com")
    with pytest.raises(CommandError):
        staff("--email", "owner@example.com", "--level", "king")

    assert not User.objects.filter(is_staff=True).exists()
