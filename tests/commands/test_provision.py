"""`manage.py provision`, `task` and `webhook`: what operators and tests build on."""

import base64
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Credential, Membership, Organization, Project, User
from accounts.operations.credentials import check_triggers_claims
from accounts.operations.derived_keys import account_of_calendar_token, check_stakes_key
from accounts.operations.devices import check_enrolled_device
from accounts.operations.personal_keys import check_personal_key
from accounts.operations.project_keys import check_project_key
from charges.models import Charge
from charges.operations.charge import CardDeclined, charge_now
from charges.queries.wallets import money_profile
from tasks.models import Schedule, Task, Webhook
from tasktracker.http.tokens import claims_of
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db

CREDENTIALS = {
    *("triggers_jwt", "project_key", "project_key_encoded", "personal_key"),
    *("stakes_key", "calendar_token", "device_token"),
}
KEYS = {"user_id", "email", "org", "project", "project_id", "inbox_project_id", *CREDENTIALS}


def run(*arguments: str) -> dict[str, object]:
    output = StringIO()
    call_command(*arguments, stdout=output)
    made: dict[str, object] = json.loads(output.getvalue())
    return made


def provision(email: str = "A@example.com", *more: str) -> dict[str, object]:
    return run("provision", "--email", email, "--password", "Passw0rd1", *more, "--json")


def test_an_account_is_made_confirmed_and_enrolled() -> None:
    made = provision()

    user = User.objects.get()
    assert set(made) >= KEYS
    assert (made["user_id"], made["email"]) == (user.pk, "a@example.com")
    assert made["project_id"] == made["inbox_project_id"] == Project.objects.get(is_default=True).pk
    assert user.is_enrolled
    assert user.email_verified_at is not None
    assert user.check_password("Passw0rd1")


def test_its_token_is_good() -> None:
    made = provision()

    principal = check_triggers_claims(claims_of(str(made["triggers_jwt"])))

    assert (principal.user_id, principal.scopes) == (made["user_id"], {"user"})


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [([], {"*"}), (["--scope", "task:read", "--scope", "user:write"], {"task:read", "user:write"})],
)
def test_its_personal_key_has_the_scopes_that_were_asked_for(scopes: list[str], allowed: set[str]) -> None:
    made = provision("a@example.com", *scopes)

    principal = check_personal_key(str(made["personal_key"]))

    assert (principal.user_id, principal.scopes) == (made["user_id"], allowed)


def test_a_scope_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="Choose at least one of"):
        provision("a@example.com", "--scope", "task:all")


@pytest.mark.parametrize("name", ["project_key", "project_key_encoded"])
def test_its_project_key_is_good_in_both_spellings(name: str) -> None:
    made = provision("a@example.com", "--org", "acme")

    principal = check_project_key(str(made[name]), org="acme", project="web")

    assert (principal.user_id, principal.project_id) == (made["user_id"], made["project_id"])
    assert base64.b64decode(str(made["project_key_encoded"])).decode() == f"acme/web/{made['project_key']}"


def test_its_stakes_key_and_calendar_token_are_good() -> None:
    made = provision()

    assert check_stakes_key(str(made["stakes_key"])).user_id == made["user_id"]
    assert account_of_calendar_token(str(made["calendar_token"]))[0] == made["user_id"]


def test_its_device_token_is_good() -> None:
    made = provision()

    assert check_enrolled_device(str(made["device_token"])).user_id == made["user_id"]


@pytest.mark.parametrize(
    ("card", "decline"), [("visa", None), ("declined", "generic_decline"), ("expires", "expired_card")]
)
def test_a_card_is_put_on_file(processor: FakeStripe, card: str, decline: str | None) -> None:
    made = provision("a@example.com", "--card", card)

    principal = check_stakes_key(str(made["stakes_key"]))
    kept = money_profile(principal).card
    assert kept is not None
    assert kept.brand == "visa"
    if decline is None:
        assert charge_now(principal=principal, cents=500, at=principal.at).cents == 500
    else:
        with pytest.raises(CardDeclined):
            charge_now(principal=principal, cents=500, at=principal.at)
    assert Charge.objects.get().decline_code == (decline or "")


def test_a_card_is_taken_off_and_otherwise_left_alone(processor: FakeStripe) -> None:
    made = provision("a@example.com", "--card", "visa")
    principal = check_stakes_key(str(made["stakes_key"]))

    provision("a@example.com")
    assert money_profile(principal).card is not None

    provision("a@example.com", "--card", "none")
    assert money_profile(principal).card is None


def test_without_a_processor_no_card_is_promised() -> None:
    with pytest.raises(CommandError, match="does not answer"):
        provision("a@example.com", "--card", "visa")


def test_repeating_keeps_the_password_and_revokes_nothing() -> None:
    first = provision()

    again = run("provision", "--email", "a@example.com", "--password", "Another1pass")

    assert User.objects.get().check_password("Passw0rd1")
    # Keys are issued afresh; what is derived from the account is read, as a new one would end the old.
    kept = KEYS - CREDENTIALS | {"stakes_key", "calendar_token"}
    assert [name for name in KEYS - kept if first[name] == again[name]] == []
    assert {name: first[name] for name in kept} == {name: again[name] for name in kept}
    assert Credential.objects.filter(revoked_at__isnull=False).count() == 0
    assert check_triggers_claims(claims_of(str(first["triggers_jwt"]))).user_id == first["user_id"]


def test_an_organization_is_made_once_and_joined_by_the_next() -> None:
    owner = provision("a@example.com", "--org", "acme", "--project", "web")

    member = provision("b@example.com", "--org", "acme", "--project", "web")

    assert owner["project_id"] == member["project_id"]
    assert Organization.objects.filter(slug="acme").count() == 1
    roles = (
        Membership.objects.filter(organization__slug="acme").order_by("pk").values_list("user__email", "role")
    )
    assert list(roles) == [("a@example.com", "owner"), ("b@example.com", "member")]


@pytest.mark.parametrize(
    "more",
    [("--project", "web"), ("--org", "projects"), ("--org", "No Slug"), ("--org", "acme", "--project", "/")],
)
def test_what_cannot_be_is_refused_by_name(more: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        provision("a@example.com", *more)

    assert not Organization.objects.filter(slug__in=["projects", "No Slug"]).exists()


def test_a_task_is_made_in_the_inbox_with_its_schedule() -> None:
    made = provision()

    schedule = '{"frequency": "weekly", "weekday": 0, "time_of_day": "09:00", "time_zone": "Europe/Berlin"}'
    task = run("task", "--email", "a@example.com", "--title", "Back up", "--schedule", schedule, "--json")

    row = Task.objects.get()
    assert (str(row.pk), row.title, row.project_id) == (task["id"], "Back up", made["inbox_project_id"])
    assert Schedule.objects.get().frequency == "weekly"


@pytest.mark.parametrize(
    "schedule",
    [
        "no json",
        "[]",
        '{"frequency": "hourly", "time_of_day": "09:00"}',
        '{"frequency": "daily"}',
        '{"frequency": "weekly", "time_of_day": "09:00"}',
        '{"frequency": "daily", "interval": 0, "time_of_day": "09:00"}',
        '{"frequency": "daily", "time_of_day": "09:00", "time_zone": "../etc"}',
        '{"frequency": "daily", "time_of_day": "09:00", "surprise": 1}',
    ],
)
def test_a_bad_schedule_makes_no_task(schedule: str) -> None:
    provision()

    with pytest.raises(CommandError):
        run("task", "--email", "a@example.com", "--title", "T", "--schedule", schedule)

    assert not Task.objects.exists()


def test_a_webhook_of_an_account_hears_all_events_by_default() -> None:
    provision()

    made = run("webhook", "--email", "a@example.com", "--url", "https://example.com/hook", "--json")

    row = Webhook.objects.get()
    assert set(made) == {"id", "secret"}
    assert str(row.pk) == made["id"]
    assert str(made["secret"]).startswith("whsec_")
    assert {"task.triggered", "task.invalidated", "run.cancelled"} <= set(row.events)


def test_a_webhook_of_a_project_has_a_slug() -> None:
    place = provision("a@example.com", "--org", "acme", "--project", "web")

    run(
        "webhook",
        "--org",
        "acme",
        "--project",
        "web",
        "--slug",
        "deploys",
        "--url",
        "https://example.com/hook",
    )

    row = Webhook.objects.get()
    assert (row.project_id, row.slug, row.user_id) == (place["project_id"], "deploys", None)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--url", "https://example.com/hook"),
        ("--url", "https://example.com/hook", "--email", "nobody@example.com"),
        ("--url", "https://example.com/hook", "--org", "acme"),
        ("--url", "https://127.0.0.1/hook", "--email", "a@example.com"),
        ("--url", "https://example.com/hook", "--email", "a@example.com", "--event", "task.eaten"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(arguments: tuple[str, ...]) -> None:
    provision()

    with pytest.raises(CommandError):
        run("webhook", *arguments)

    assert not Webhook.objects.exists()
