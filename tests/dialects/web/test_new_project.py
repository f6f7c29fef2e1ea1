"""/projects/new: a project in an organization that one manages."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Organization, Project, User
from accounts.operations.organizations import change_role
from accounts.rules.principal import Principal

pytestmark = pytest.mark.django_db

PATH = "/projects/new"


def slugs() -> list[str]:
    """Every project, as its addresses begin; Inboxes left out."""
    made = Project.objects.filter(is_default=False).order_by("pk").select_related("organization")
    return [f"{project.organization.slug}/{project.slug}" for project in made]


def test_a_new_project_is_opened(person: Client, organization: Organization) -> None:
    answer = person.post(PATH, {"name": " Nightly jobs ", "organization": organization.pk, "slug": ""})

    project = Project.objects.get(slug="nightly-jobs")
    assert answer["Location"] == f"/projects/{project.pk}"
    assert (project.name, project.organization_id, slugs()) == (
        "Nightly jobs",
        organization.pk,
        ["acme/nightly-jobs"],
    )
    assert b"The project is made." in person.get(answer["Location"]).content


def test_the_slug_can_be_chosen(person: Client, organization: Organization) -> None:
    person.post(PATH, {"name": "Nightly jobs", "organization": organization.pk, "slug": "night"})

    assert slugs() == ["acme/night"]


def test_somebody_alone_makes_it_at_home(outsider: User, sign_in: Callable[[User], Client]) -> None:
    home = outsider.personal_organization
    browser = sign_in(outsider)
    assert browser.get(PATH).context["form"].fields["organization"].choices == [(str(home.pk), home.name)]

    browser.post(PATH, {"name": "Mine", "organization": home.pk})

    assert slugs() == [f"{home.slug}/mine"]


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"name": "   "}, 422, "name"),
        ({"name": "x" * 201}, 422, "name"),
        ({"slug": "Not a slug"}, 422, "slug"),
        ({"organization": ""}, 422, "organization"),
        ({"organization": "12345"}, 422, "organization"),
        ({"slug": "web"}, 409, "__all__"),
    ],
)
def test_what_is_wrong_is_said(
    given: dict[str, str],
    status: int,
    field: str,
    person: Client,
    project: Project,
) -> None:
    said = {"name": "New", "organization": str(project.organization_id), "slug": "", **given}

    answer = person.post(PATH, said)

    assert (answer.status_code, list(answer.context["form"].errors)) == (status, [field])
    assert slugs() == ["acme/web"]


def test_owners_and_admins_make_them_members_and_outsiders_do_not(
    organization: Organization,
    owner: User,
    teammate: User,
    outsider: User,
    sign_in: Callable[[User], Client],
    principal_of: Callable[..., Principal],
) -> None:
    said = {"name": "Web", "organization": organization.pk}
    for user in (teammate, outsider):
        somebody = sign_in(user)
        page = somebody.get(PATH).content
        assert (b"Acme" in page, somebody.post(PATH, said).status_code) == (False, 422)
    assert slugs() == []

    change_role(
        principal=principal_of(owner), organization_id=organization.pk, user_id=teammate.pk, role="admin"
    )

    assert sign_in(teammate).post(PATH, said).status_code == 302
    assert sign_in(owner).post(PATH, said).status_code == 302
    assert slugs() == ["acme/web", "acme/web-2"]


def test_strangers_sign_in_first() -> None:
    assert Client().get(PATH)["Location"] == f"/accounts/login/?next={PATH}"
    assert Client().post(PATH, {"name": "x"})["Location"] == "/accounts/login/?next=/tasks/"
