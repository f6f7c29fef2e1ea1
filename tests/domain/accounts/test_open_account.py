import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.models import Membership, Organization, Project, User
from accounts.operations.accounts import EmailTaken, WeakPassword, open_account
from accounts.queries.accounts import account_by_email
from accounts.queries.projects import inbox_of
from accounts.rules.emails import BadEmail
from accounts.rules.names import BadName
from tasktracker.core.errors import NotFound
from tasktracker.core.zones import UnknownZone

pytestmark = pytest.mark.django_db
GOOD = "Passw0rdPassw0rd"


def test_account_gets_personal_organization_and_inbox(at):
    user = open_account(email=" Ann.Lee@Example.COM ", password=GOOD, name=" Ann Lee ", at=at)

    assert (user.email, user.name, user.time_zone, user.date_joined) == (
        "ann.lee@example.com",
        "Ann Lee",
        "UTC",
        at,
    )
    assert (user.email_verified_at, user.enrolled_at, user.is_staff) == (None, None, False)
    assert user.check_password(GOOD)
    home = user.personal_organization
    assert home.slug.startswith("annlee-")
    assert list(Membership.objects.values_list("organization", "user", "role")) == [
        (home.pk, user.pk, "owner")
    ]
    assert list(Project.objects.values_list("organization", "slug", "name", "is_default")) == [
        (home.pk, "inbox", "Inbox", True)
    ]
    assert inbox_of(user.pk) == Project.objects.get()


def test_allauth_knows_the_address(at):
    new = open_account(email="new@example.com", password=GOOD, at=at)
    known = open_account(email="known@example.com", password=GOOD, at=at, confirmed=True)

    assert list(EmailAddress.objects.order_by("pk").values_list("user", "email", "verified", "primary")) == [
        (new.pk, "new@example.com", False, True),
        (known.pk, "known@example.com", True, True),
    ]
    assert known.email_verified_at == at


def test_account_without_password_matches_none(at):
    user = open_account(email="code@example.com", password=None, at=at)

    assert not user.has_usable_password()
    assert not user.check_password("")


def test_taken_address_in_any_spelling_is_refused_and_changes_nothing(at, owner):
    before = (User.objects.count(), Organization.objects.count(), Project.objects.count())

    with pytest.raises(EmailTaken):
        open_account(email=owner.email.upper(), password=GOOD, at=at)

    assert before == (User.objects.count(), Organization.objects.count(), Project.objects.count())


def test_taken_address_costs_a_hash_too(at, owner, settings, monkeypatch):
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda self, raw: hashed.append(raw))

    with pytest.raises(EmailTaken):
        open_account(email=owner.email, password=GOOD, at=at)

    assert hashed == [GOOD]


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"email": "nobody"}, BadEmail),
        ({"email": "a@b@example.com"}, BadEmail),
        ({"email": ""}, BadEmail),
        ({"email": "ann@exämple.com"}, BadEmail),
        ({"email": f"{'a' * 250}@example.com"}, BadEmail),
        ({"email": "a\0b@example.com"}, BadEmail),
        ({"name": "n" * 201}, BadName),
        ({"name": "a\0b"}, BadName),
        ({"time_zone": "localtime"}, UnknownZone),
        ({"time_zone": "../UTC"}, UnknownZone),
        ({"password": "Sh0rt"}, WeakPassword),
    ],
)
def test_bad_value_is_refused_and_nothing_is_made(at, values, refusal):
    with pytest.raises(refusal):
        open_account(**{"email": "ann@example.com", "password": GOOD, "at": at, **values})

    assert User.objects.count() == 0


def test_weak_password_names_every_fault(at):
    with pytest.raises(WeakPassword) as refusal:
        open_account(email="ann@example.com", password="!" * 8, at=at)

    assert [(problem.field, problem.code) for problem in refusal.value.problems] == [
        ("password", "password_without_digit"),
        ("password", "password_without_lower_case"),
        ("password", "password_without_upper_case"),
    ]


def test_operator_may_give_a_weak_password(at):
    user = open_account(email="ann@example.com", password="weak", at=at, allow_weak_password=True)

    assert user.check_password("weak")


def test_namesakes_get_slugs_that_tell_nothing_of_each_other(at):
    slugs = {
        open_account(email=f"ann@{host}.example.com", password=None, at=at).personal_organization.slug
        for host in ("a", "b", "c")
    }

    assert len(slugs) == 3
    assert {slug.rpartition("-")[0] for slug in slugs} == {"ann"}


def test_account_is_found_by_its_address_in_any_spelling(owner):
    assert account_by_email(" OWNER@example.com ") == owner
    assert account_by_email("nobody@example.com") is None
    assert account_by_email("not an address") is None


def test_account_without_a_home_has_no_inbox():
    user = User.objects.create_superuser("root@example.com", GOOD)

    assert (user.is_staff, user.is_superuser) == (True, True)
    assert User.objects.get_by_natural_key("ROOT@example.com") == user
    with pytest.raises(NotFound):
        inbox_of(user.pk)


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "Ann@example.com"},
        {"email": ""},
        {"email": "owner@example.com"},
        {"pending_email": "Ann@example.com"},
        {"enrolled_at": "2026-03-02T12:00Z"},
    ],
)
def test_database_refuses_impossible_users(owner, outsider, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=outsider.pk).update(**{"email_verified_at": None, **changes})


def test_database_keeps_one_default_project(owner):
    home = owner.personal_organization

    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.create(organization=home, slug="second", name="Second", is_default=True)
