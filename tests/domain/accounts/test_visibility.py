import pytest

from accounts.models import Project
from accounts.operations.organizations import create_organization, remove_member
from accounts.queries.organizations import (
    members_visible_to,
    memberships_of,
    organizations_visible_to,
    own_role,
)
from accounts.queries.projects import (
    inbox_of,
    project_visible_to,
    projects_visible_to,
    writable_project_ids,
)
from tasktracker.core.errors import NotFound

pytestmark = pytest.mark.django_db


def slugs(projects):
    return [project.slug for project in projects]


def test_members_see_the_projects_of_their_organizations(project, owner, teammate, outsider, principal_of):
    assert slugs(projects_visible_to(principal_of(owner))) == ["inbox", "web"]
    assert slugs(projects_visible_to(principal_of(teammate))) == ["inbox", "web"]
    assert slugs(projects_visible_to(principal_of(outsider))) == ["inbox"]


def test_inboxes_are_private(project, owner, teammate, principal_of):
    with pytest.raises(NotFound):
        project_visible_to(principal_of(teammate), project_id=inbox_of(owner.pk).pk)

    assert project_visible_to(principal_of(owner), project_id=inbox_of(owner.pk).pk) == inbox_of(owner.pk)


def test_project_is_found_by_members_only(project, owner, teammate, outsider, principal_of):
    for user in (owner, teammate):
        assert project_visible_to(principal_of(user), project_id=project.pk) == project
    with pytest.raises(NotFound):
        project_visible_to(principal_of(outsider), project_id=project.pk)
    with pytest.raises(NotFound):
        project_visible_to(principal_of(owner), project_id=10**12)


def test_credential_narrows_what_is_seen(project, organization, owner, principal_of):
    home = owner.personal_organization
    by_organization = principal_of(owner, organization_id=home.pk)
    by_project = principal_of(owner, organization_id=organization.pk, project_id=project.pk)
    contradiction = principal_of(owner, organization_id=home.pk, project_id=project.pk)

    assert slugs(projects_visible_to(by_organization)) == ["inbox"]
    assert slugs(projects_visible_to(by_project)) == ["web"]
    assert slugs(projects_visible_to(contradiction)) == []
    assert [row.slug for row in organizations_visible_to(by_project)] == ["acme"]
    with pytest.raises(NotFound):
        own_role(by_project, home.pk)


def test_who_leaves_sees_no_more(project, organization, owner, teammate, principal_of):
    remove_member(principal=principal_of(owner), organization_id=organization.pk, user_id=teammate.pk)

    assert slugs(projects_visible_to(principal_of(teammate))) == ["inbox"]


def test_every_member_may_write(project, owner, teammate, outsider):
    def writable(user):
        return set(Project.objects.filter(pk__in=writable_project_ids(user.pk)))

    assert writable(owner) == {inbox_of(owner.pk), project}
    assert writable(teammate) == {inbox_of(teammate.pk), project}
    assert writable(outsider) == {inbox_of(outsider.pk)}


def test_own_role(organization, owner, teammate, outsider, principal_of):
    assert own_role(principal_of(owner), organization.pk) == "owner"
    assert own_role(principal_of(teammate), organization.pk) == "member"
    with pytest.raises(NotFound):
        own_role(principal_of(outsider), organization.pk)


def test_members_are_listed_for_members_only(organization, owner, teammate, outsider, principal_of):
    for user in (owner, teammate):
        listed = members_visible_to(principal_of(user), organization_id=organization.pk)
        assert [(row.user.email, row.role) for row in listed] == [
            ("owner@example.com", "owner"),
            ("teammate@example.com", "member"),
        ]
    with pytest.raises(NotFound):
        members_visible_to(principal_of(outsider), organization_id=organization.pk)


@pytest.mark.parametrize("count", [1, 3])
def test_lists_are_one_statement(owner, principal_of, at, count, django_assert_num_queries):
    principal = principal_of(owner)
    for number in range(count):
        create_organization(principal=principal, name=f"Org {number}", at=at)

    with django_assert_num_queries(1):
        listed = [(row.organization.slug, row.role) for row in memberships_of(principal)]
    with django_assert_num_queries(1):
        seen = [(row.slug, row.organization.slug) for row in projects_visible_to(principal)]

    home = owner.personal_organization.slug
    assert listed == [(home, "owner"), *((f"org-{number}", "owner") for number in range(count))]
    assert seen == [("inbox", home)]
