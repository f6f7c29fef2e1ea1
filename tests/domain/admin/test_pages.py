"""Every page of the admin, opened over a filled database: no secret, nothing to delete, a fixed cost."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailConfirmation
from django.apps import apps
from django.contrib.admin import site
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import CredentialProject, GuessCounter, Membership, Session, SignUpCode, User
from tasktracker.core.admin import StaffPage, is_secret
from tasktracker.outbox.models import Attempt, Delivery
from tests.domain.admin.conftest import Filled, stored_secrets

pytestmark = pytest.mark.django_db
PAGES = list(site._registry.items())
# What staff has no page of its own for, and why.
ELSEWHERE = {
    Session: "its id is the digest of a cookie",
    SignUpCode: "its id is a digest",
    GuessCounter: "whom it is about is a digest",
    CredentialProject: "on the page of its key",
    Membership: "on the page of its organization",
    Attempt: "on the page of its delivery",
    Permission: "Django's own list, chosen from on the page of a group",
    ContentType: "Django's own list of models",
    EmailConfirmation: "stays empty: addresses are confirmed by signed links",
}


def address_of(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def pages_of(model: Any) -> Iterator[str]:
    """The list, and each row's page and history."""
    address = address_of(model)
    yield from (address, f"{address}?q=a")
    for row in model._default_manager.all()[:5]:
        key = quote(row.pk)  # as the admin spells keys of text in addresses
        yield from (f"{address}{key}/change/", f"{address}{key}/history/")


def test_every_model_has_a_page_or_a_reason() -> None:
    without = {model for model in apps.get_models() if model not in site._registry}

    assert without == set(ELSEWHERE)


@pytest.mark.usefixtures("filled")
def test_the_database_is_filled() -> None:
    empty = [model.__name__ for model in [*site._registry, *ELSEWHERE] if not model._default_manager.exists()]

    assert empty == ["EmailConfirmation"]


def test_no_page_shows_a_secret(filled: Filled, root: Client) -> None:
    secrets = filled.secrets()
    assert len(secrets) > 30
    addresses = ["/admin/", *(f"/admin/{label}/" for label in {model._meta.app_label for model, _ in PAGES})]
    addresses += [address for model, _ in PAGES for address in pages_of(model)]

    for address in addresses:
        answer = root.get(address)
        page = answer.content.decode()
        assert answer.status_code == 200, address
        assert [secret for secret in secrets if secret in page] == [], address


def test_secrets_are_known_by_their_column(filled: Filled) -> None:
    named = {
        f"{model.__name__}.{column.name}"
        for model in apps.get_models()
        for column in model._meta.concrete_fields
        if is_secret(column.name)
    }

    assert {"User.password", "Session.digest", "Webhook.previous_secret_sealed", "Delivery.payload"} <= named
    assert "Preferences.wants_daily_digest" not in named
    assert len(set(stored_secrets())) > 20


def test_what_was_sent_in_clear_is_shown_and_escaped(filled: Filled, root: Client) -> None:
    sent = Delivery.objects.filter(kind="webhook", is_sealed=False).first()
    assert sent is not None

    page = root.get(f"/admin/outbox/delivery/{sent.pk}/change/").content.decode()

    assert "&quot;task.triggered&quot;" in page
    assert "&lt;b&gt;no&lt;/b&gt;" in page


@pytest.mark.usefixtures("filled")
def test_lists_take_a_fixed_count_of_statements(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: dict[str, list[int]] = {model.__name__: [] for model, _ in PAGES}
    for model, shown_by in PAGES:
        assert model._default_manager.count() > 1, model
        root.get(address_of(model))  # what is looked up once for all
        for rows in (1, 100):
            monkeypatch.setattr(shown_by, "list_per_page", rows)
            with CaptureQueriesContext(connection) as queries:
                assert root.get(address_of(model)).status_code == 200
            counts[model.__name__].append(len(queries))

    assert {name: found for name, found in counts.items() if found[0] != found[1] or found[1] > 14} == {}


@pytest.mark.parametrize(("model", "shown_by"), PAGES, ids=[model.__name__ for model, _ in PAGES])
def test_pages_are_made_as_the_others(model: Any, shown_by: Any) -> None:
    page = shown_by
    assert page.list_editable == ()
    assert page.search_fields
    assert page.list_display != ("__str__",) or model.__name__ == "Group"
    if model.__name__ == "Group":  # Django's own page, for superusers
        return
    assert isinstance(page, StaffPage)
    shown = {*page.list_display, *page.get_fields(None), *page.search_fields, *map(str, page.list_filter)}
    assert [name for name in shown if is_secret(name.strip("=^@"))] == []
    assert page.ordering


@pytest.mark.usefixtures("filled")
def test_nothing_is_added_or_deleted_even_by_superusers(root: Client) -> None:
    for model in (model for model, shown_by in PAGES if isinstance(shown_by, StaffPage)):
        row, before = model._default_manager.first(), model._default_manager.count()
        address = address_of(model)
        chosen = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}

        answers = [
            root.get(f"{address}add/"),
            root.post(f"{address}add/", {}),
            root.get(f"{address}{row.pk}/delete/"),
            root.post(f"{address}{row.pk}/delete/", {"post": "yes"}),
        ]
        root.post(address, chosen)

        assert [answer.status_code for answer in answers] == [403] * 4, model
        assert model._default_manager.count() == before, model


@pytest.mark.usefixtures("filled")
def test_links_lead_on(root: Client, owner: User) -> None:
    page = root.get(f"/admin/accounts/user/{owner.pk}/change/").content.decode()
    wanted = [
        f"/admin/tasks/task/?owner__id={owner.pk}",
        f"/admin/charges/charge/?user__id={owner.pk}",
        f"/admin/outbox/delivery/?account_id={owner.pk}",
        f"/admin/accounts/credential/?user__id={owner.pk}",
        f"/admin/accounts/organization/?memberships__user__id={owner.pk}",
    ]

    for address in wanted:
        assert f'href="{address}"' in page
        listed = root.get(address)
        assert listed.status_code == 200, address  # a filter that is not allowed leads to ?e=1
        assert listed.context["cl"].result_count > 0


@pytest.mark.parametrize(
    "address",
    [
        "accounts/user/?password__startswith=a",
        "accounts/user/?credentials__digest__startswith=a",
        "accounts/user/?authenticator__data__contains=a",
        "accounts/credential/?user__password__startswith=a",
        "tasks/webhook/?secret_sealed__startswith=a",
        "tasks/task/?owner__beeminder__token_sealed__startswith=a",
        "outbox/delivery/?payload__contains=a",
        "mfa/authenticator/?data__contains=a",
    ],
)
def test_secrets_cannot_be_asked_for_letter_by_letter(address: str, root: Client) -> None:
    assert root.get(f"/admin/{address}").status_code == 400
