"""What staff see: asked of the admin's own pages."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.sites import site
from django.contrib.auth.models import Permission
from django.test import RequestFactory

from accounts.models import (
    Beeminder,
    Credential,
    Export,
    Invitation,
    Membership,
    Organization,
    Picture,
    Preferences,
    Project,
    PushToken,
    Session,
    User,
)
from accounts.operations.credentials import issue_triggers_token

pytestmark = pytest.mark.django_db
OWN = [
    User,
    Organization,
    Project,
    Credential,
    Beeminder,
    Preferences,
    Picture,
    PushToken,
    Export,
    Invitation,
]
SHOWN = [*OWN, EmailAddress, Authenticator]


@pytest.fixture
def staff(make_user):
    """Staff with every permission over accounts, short of being a superuser."""
    user = make_user("staff")
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    theirs = Permission.objects.filter(content_type__app_label__in=["accounts", "account", "mfa"])
    user.user_permissions.set(theirs)
    return user


def request_of(user):
    request = RequestFactory().get("/admin/")
    request.user = user
    return request


def test_sessions_and_guesses_are_not_shown():
    shown = {model for model in site._registry if model._meta.app_label == "accounts"}

    assert shown == set(OWN)


@pytest.mark.parametrize("model", SHOWN)
def test_nothing_is_added_or_deleted_around_the_operations(model, staff):
    page, request = site._registry[model], request_of(staff)

    assert not page.has_add_permission(request)
    assert not page.has_delete_permission(request)
    assert page.list_editable == ()


@pytest.mark.parametrize("model", [Credential, EmailAddress, Authenticator])
def test_what_decides_who_signs_in_is_read_only(model, staff):
    page = site._registry[model]

    assert page.has_view_permission(request_of(staff))
    assert not page.has_change_permission(request_of(staff))


def test_no_secret_column_is_shown():
    for model in SHOWN:
        page = site._registry[model]
        shown = {*page.list_display, *page.get_fields(None), *page.search_fields, *map(str, page.list_filter)}
        assert shown.isdisjoint({"password", "digest", "session_data", "data", "token_sealed"})


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (User, "password__startswith"),
        (User, "password"),
        (Credential, "digest__startswith"),
        (Credential, "user__password__startswith"),
        (User, "sessions__digest"),
        (Authenticator, "data__secret__startswith"),
        (Authenticator, "data"),
        (User, "authenticator__data__secret__startswith"),
        (User, "beeminder__token_sealed__startswith"),
    ],
)
def test_no_filter_on_a_secret_column(model, lookup, staff):
    assert not site._registry[model].lookup_allowed(lookup, "a", request_of(staff))


def test_other_filters_work(staff):
    assert site._registry[User].lookup_allowed("is_active__exact", "1", request_of(staff))


def test_staff_cannot_give_themselves_power(staff):
    page = site._registry[User]
    form = page.get_form(request_of(staff), staff)

    assert set(form.base_fields) == {"name", "time_zone", "is_active"}

    staff.is_superuser = True
    form = page.get_form(request_of(staff), staff)
    assert set(form.base_fields) == {"name", "time_zone", "is_active", "is_staff", "is_superuser", "groups"}


def test_roles_are_shown_not_edited(staff, organization):
    page = site._registry[Organization]
    (formset, inline) = next(iter(page.get_formsets_with_inlines(request_of(staff), organization)))

    assert inline.model is Membership
    assert formset.form.base_fields.keys() - {"id", "organization"} == set()
    assert not inline.has_add_permission(request_of(staff))
    assert not formset.can_delete


@pytest.mark.parametrize("model", SHOWN)
def test_lists_do_not_grow_their_statements(
    model, staff, organization, project, owner, principal_of, at, django_assert_num_queries
):
    issue_triggers_token(principal=principal_of(owner), name="script", scope="user", at=at)
    Beeminder.objects.create(user=owner, username="owner")
    PushToken.objects.create(user=owner, digest="d", platform="web", created_at=at, last_seen_at=at)
    Export.objects.create(user=owner, created_at=at, expires_at=at)
    said = {"email": "a@example.com", "role": "member", "digest": "i", "invited_by": owner}
    Invitation.objects.create(organization=organization, created_at=at, expires_at=at, **said)
    Picture.objects.create(name="x", user=owner, created_at=at)
    Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    page = site._registry[model]
    rows = page.get_queryset(request_of(staff)).select_related(*(page.list_select_related or ()))

    with django_assert_num_queries(1):
        shown = [str(getattr(row, name)) for row in rows for name in page.list_display]

    assert shown
    assert Session.objects.count() == 0
