import pytest
from django.db import IntegrityError, transaction

from accounts.models import Membership, Organization, Project
from accounts.operations.organizations import (
    AlreadyMember,
    BadRole,
    BadSlug,
    LastOwner,
    PersonalOrganization,
    RoleTooSmall,
    SlugTaken,
    add_member,
    change_role,
    create_organization,
    create_project,
    remove_member,
)
from accounts.rules.names import BadName
from accounts.rules.principal import NotForKeys
from accounts.rules.slugs import RESERVED
from tasktracker.core.errors import NotFound

pytestmark = pytest.mark.django_db


def roles(organization):
    rows = Membership.objects.filter(organization=organization).order_by("pk")
    return list(rows.values_list("user__email", "role"))


@pytest.fixture
def acme(owner, teammate, make_user, principal_of, at):
    """Acme: owner (owner), admin (admin), team-mate (member)."""
    acme = create_organization(principal=principal_of(owner), name="Acme", at=at)
    for user, role in ((make_user("admin"), "admin"), (teammate, "member")):
        add_member(principal=principal_of(owner), organization_id=acme.pk, user_id=user.pk, role=role, at=at)
    return acme


@pytest.fixture
def admin(acme):
    return Membership.objects.get(organization=acme, role="admin").user


WHOLE = [("owner@example.com", "owner"), ("admin@example.com", "admin"), ("teammate@example.com", "member")]


# --- organizations ---
def test_creator_owns_the_organization(owner, principal_of, at):
    acme = create_organization(principal=principal_of(owner), name=" Acme Ltd ", at=at)

    assert (acme.slug, acme.name, acme.personal_of, acme.created_at) == ("acme-ltd", "Acme Ltd", None, at)
    assert roles(acme) == [("owner@example.com", "owner")]


def test_slug_is_made_unique_and_never_reserved(owner, principal_of, at):
    names = ["Acme", "Acme", "ACME!", "Projects", "v2", "日本"]

    made = [create_organization(principal=principal_of(owner), name=name, at=at).slug for name in names]

    assert made == ["acme", "acme-2", "acme-3", "projects-2", "v2-2", "x"]


@pytest.mark.parametrize("slug", [*sorted(RESERVED), "v1", "v99"])
def test_reserved_slug_is_refused(owner, principal_of, at, slug):
    before = Organization.objects.count()

    with pytest.raises(BadSlug):
        create_organization(principal=principal_of(owner), name="Acme", slug=slug, at=at)

    assert Organization.objects.count() == before


@pytest.mark.parametrize("slug", ["", "Acme", "a_b", "-a", "a-", "a/b", "ä", "a" * 64, "a\n", "a b"])
def test_misspelled_slug_is_refused(owner, principal_of, at, slug):
    with pytest.raises(BadSlug):
        create_organization(principal=principal_of(owner), name="Acme", slug=slug, at=at)


def test_taken_slug_is_a_conflict(owner, outsider, principal_of, at):
    create_organization(principal=principal_of(owner), name="Acme", slug="acme", at=at)

    with pytest.raises(SlugTaken):
        create_organization(principal=principal_of(outsider), name="Acme", slug="acme", at=at)

    assert Organization.objects.filter(slug="acme").count() == 1


def test_nameless_organization_and_keys_are_refused(owner, principal_of, at):
    before = Organization.objects.count()

    with pytest.raises(BadName):
        create_organization(principal=principal_of(owner), name=" ", at=at)
    with pytest.raises(NotForKeys):
        create_organization(principal=principal_of(owner, kind="project_key"), name="Acme", at=at)

    assert Organization.objects.count() == before


# --- members ---
@pytest.mark.parametrize("role", ["admin", "member"])
def test_owner_and_admin_add_members(acme, admin, owner, outsider, make_user, principal_of, at, role):
    second = make_user("second")

    add_member(principal=principal_of(owner), organization_id=acme.pk, user_id=outsider.pk, role=role, at=at)
    add_member(principal=principal_of(admin), organization_id=acme.pk, user_id=second.pk, role=role, at=at)

    assert roles(acme) == [*WHOLE, ("outsider@example.com", role), ("second@example.com", role)]


def test_only_owners_make_owners(acme, admin, owner, outsider, principal_of, at):
    values = {"organization_id": acme.pk, "user_id": outsider.pk, "role": "owner", "at": at}

    with pytest.raises(RoleTooSmall):
        add_member(principal=principal_of(admin), **values)
    assert roles(acme) == WHOLE

    add_member(principal=principal_of(owner), **values)
    assert roles(acme) == [*WHOLE, ("outsider@example.com", "owner")]


def test_member_cannot_add_and_outsider_finds_nothing(acme, teammate, outsider, principal_of, at):
    values = {"organization_id": acme.pk, "user_id": outsider.pk, "role": "member", "at": at}

    with pytest.raises(RoleTooSmall):
        add_member(principal=principal_of(teammate), **values)
    with pytest.raises(NotFound):
        add_member(principal=principal_of(outsider), **values)
    with pytest.raises(NotFound):
        add_member(principal=principal_of(outsider), **{**values, "organization_id": 10**9})

    assert roles(acme) == WHOLE


def test_bad_additions_are_refused(acme, owner, outsider, teammate, principal_of, at):
    asks = principal_of(owner)

    with pytest.raises(BadRole):
        add_member(principal=asks, organization_id=acme.pk, user_id=outsider.pk, role="king", at=at)
    with pytest.raises(AlreadyMember):
        add_member(principal=asks, organization_id=acme.pk, user_id=teammate.pk, role="admin", at=at)
    with pytest.raises(NotFound):
        add_member(principal=asks, organization_id=acme.pk, user_id=10**9, role="member", at=at)

    assert roles(acme) == WHOLE


def test_personal_organization_stays_personal(owner, outsider, principal_of, at):
    home = owner.personal_organization

    with pytest.raises(PersonalOrganization):
        add_member(
            principal=principal_of(owner), organization_id=home.pk, user_id=outsider.pk, role="member", at=at
        )
    with pytest.raises(LastOwner):
        remove_member(principal=principal_of(owner), organization_id=home.pk, user_id=owner.pk)

    assert roles(home) == [("owner@example.com", "owner")]


def test_owner_changes_roles(acme, owner, teammate, principal_of):
    change_role(principal=principal_of(owner), organization_id=acme.pk, user_id=teammate.pk, role="owner")
    change_role(principal=principal_of(teammate), organization_id=acme.pk, user_id=owner.pk, role="member")

    assert roles(acme) == [
        ("owner@example.com", "member"),
        ("admin@example.com", "admin"),
        ("teammate@example.com", "owner"),
    ]


def test_admin_neither_makes_nor_unmakes_owners(acme, admin, owner, teammate, principal_of):
    asks = principal_of(admin)

    with pytest.raises(RoleTooSmall):
        change_role(principal=asks, organization_id=acme.pk, user_id=teammate.pk, role="owner")
    with pytest.raises(RoleTooSmall):
        change_role(principal=asks, organization_id=acme.pk, user_id=owner.pk, role="member")
    with pytest.raises(RoleTooSmall):
        remove_member(principal=asks, organization_id=acme.pk, user_id=owner.pk)

    assert roles(acme) == WHOLE


def test_last_owner_stays(acme, owner, principal_of):
    asks = principal_of(owner)

    with pytest.raises(LastOwner):
        change_role(principal=asks, organization_id=acme.pk, user_id=owner.pk, role="admin")
    with pytest.raises(LastOwner):
        remove_member(principal=asks, organization_id=acme.pk, user_id=owner.pk)

    assert roles(acme) == WHOLE


def test_members_can_leave_and_be_removed(acme, admin, owner, teammate, principal_of):
    remove_member(principal=principal_of(teammate), organization_id=acme.pk, user_id=teammate.pk)
    assert roles(acme) == WHOLE[:2]

    remove_member(principal=principal_of(owner), organization_id=acme.pk, user_id=admin.pk)
    assert roles(acme) == WHOLE[:1]


def test_member_and_outsider_change_nobody(acme, admin, owner, teammate, outsider, principal_of):
    for asks, refusal in ((teammate, RoleTooSmall), (outsider, NotFound)):
        with pytest.raises(refusal):
            change_role(
                principal=principal_of(asks), organization_id=acme.pk, user_id=admin.pk, role="member"
            )
        with pytest.raises(refusal):
            remove_member(principal=principal_of(asks), organization_id=acme.pk, user_id=admin.pk)

    assert roles(acme) == WHOLE


def test_changing_somebody_who_is_no_member_is_not_found(acme, owner, outsider, principal_of):
    with pytest.raises(NotFound):
        change_role(
            principal=principal_of(owner), organization_id=acme.pk, user_id=outsider.pk, role="member"
        )


def test_database_keeps_memberships_single_and_roles_known(acme, owner):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(organization=acme, user=owner, role="member")
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(organization=acme).update(role="king")


# --- projects ---
def test_owner_and_admin_make_projects(acme, admin, owner, principal_of, at):
    web = create_project(principal=principal_of(owner), organization_id=acme.pk, name=" Web ", at=at)
    second = create_project(principal=principal_of(admin), organization_id=acme.pk, name="Web", at=at)
    third = create_project(
        principal=principal_of(admin), organization_id=acme.pk, name="Jobs", slug="projects", at=at
    )

    assert [(row.slug, row.name, row.is_default, row.created_at) for row in (web, second, third)] == [
        ("web", "Web", False, at),
        ("web-2", "Web", False, at),
        ("projects", "Jobs", False, at),
    ]


def test_same_slug_lives_in_two_organizations(owner, principal_of, at):
    made = []
    for name in ("One", "Two"):
        place = create_organization(principal=principal_of(owner), name=name, at=at)
        made.append(
            create_project(principal=principal_of(owner), organization_id=place.pk, name="Web", at=at)
        )

    assert [project.slug for project in made] == ["web", "web"]


def test_owner_makes_projects_at_home(owner, principal_of, at):
    home = owner.personal_organization

    create_project(principal=principal_of(owner), organization_id=home.pk, name="Garden", at=at)

    assert list(home.projects.order_by("pk").values_list("slug", "is_default")) == [
        ("inbox", True),
        ("garden", False),
    ]


def test_member_outsider_and_key_make_no_project(acme, owner, teammate, outsider, principal_of, at):
    before = Project.objects.count()

    for asks, refusal in (
        (principal_of(teammate), RoleTooSmall),
        (principal_of(outsider), NotFound),
        (principal_of(owner, kind="personal_key"), NotForKeys),
    ):
        with pytest.raises(refusal):
            create_project(principal=asks, organization_id=acme.pk, name="Web", at=at)

    assert Project.objects.count() == before


@pytest.mark.parametrize(
    ("values", "refusal"),
    [({"name": ""}, BadName), ({"slug": "A b"}, BadSlug), ({"slug": "taken"}, SlugTaken)],
)
def test_bad_project_is_refused(acme, owner, principal_of, at, values, refusal):
    asks = principal_of(owner)
    create_project(principal=asks, organization_id=acme.pk, name="Taken", at=at)
    before = Project.objects.count()

    with pytest.raises(refusal):
        create_project(principal=asks, organization_id=acme.pk, at=at, **{"name": "Web", **values})

    assert Project.objects.count() == before
