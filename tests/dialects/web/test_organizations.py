"""Organizations: made, joined by a mailed link, run by owners and admins, closed to everybody else."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Invitation, Membership, Organization, Project, User
from accounts.operations import invitations
from accounts.operations.organizations import add_member
from accounts.rules.principal import Principal
from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import clear_payload
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
NEW = "newcomer@example.com"
SignIn = Callable[[User], Client]


@pytest.fixture
def path(organization: Organization) -> str:
    """Acme's page; the owner owns it, the team-mate is a member."""
    return f"/organizations/{organization.pk}"


def roles(organization: Organization) -> dict[str, str]:
    rows = Membership.objects.filter(organization=organization).values_list("user__email", "role")
    return {email.partition("@")[0]: role for email, role in rows}


def mailed_link() -> str:
    """The path in the newest invitation."""
    mail = Delivery.objects.filter(event="organization.invitation").latest("created_at", "pk")
    text = json.loads(clear_payload(mail))["text"]
    return re.search(r"http://\S+(/invitations/\S+)", text)[1]


def said(answer: Any) -> str:
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def test_one_is_made_by_anybody_who_then_owns_it(person: Client, owner: User) -> None:
    assert said(person.post("/organizations/new", {"name": "New Ventures", "slug": ""})).startswith(
        "/organizations/"
    )

    made = Organization.objects.get(slug="new-ventures")
    assert roles(made) == {"owner": "owner"}
    page = person.get("/organizations/").content.decode()
    assert "New Ventures" in page
    assert "personal" in page


@pytest.mark.parametrize(("name", "slug"), [("", ""), ("N", "projects"), ("N", "no good"), ("N", "acme")])
def test_a_bad_one_is_not_made(person: Client, organization: Organization, name: str, slug: str) -> None:
    before = Organization.objects.count()

    assert person.post("/organizations/new", {"name": name, "slug": slug}).status_code in {409, 422}
    assert Organization.objects.count() == before


def test_members_see_it_and_strangers_do_not(
    path: str, person: Client, teammate: User, outsider: User, sign_in: SignIn
) -> None:
    managed = person.get(path).content.decode()
    assert "Send an invitation" in managed
    assert "Save<span" in managed
    seen = sign_in(teammate).get(path).content.decode()
    assert "owner@example.com" in seen
    assert "Send an invitation" not in seen
    assert "Rename" not in seen
    assert sign_in(outsider).get(path).status_code == 404
    assert Client().get(path).status_code == 302


def test_an_invitation_is_mailed_and_joins_once(
    path: str, person: Client, organization: Organization, make_user: Callable[..., User], sign_in: SignIn
) -> None:
    assert said(person.post(f"{path}/invite", {"email": " Newcomer@Example.com ", "role": "admin"})) == path
    invitation = Invitation.objects.get()
    mail = Delivery.objects.get(event="organization.invitation")
    assert (invitation.email, invitation.role, mail.is_sealed) == (NEW, "admin", True)
    assert NEW in person.get(path).content.decode()
    link = mailed_link()
    assert link.split("/")[2] not in invitation.digest

    browser = sign_in(make_user("newcomer"))
    shown = browser.get(link)
    assert "Join Acme?" in shown.content.decode()
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert roles(organization) == {"owner": "owner", "teammate": "member"}, "looking changes nothing"
    assert said(browser.post(link)) == path
    assert roles(organization) == {"owner": "owner", "teammate": "member", "newcomer": "admin"}
    assert browser.post(link).status_code == 404
    assert browser.get(link).status_code == 404


def test_a_stranger_is_asked_to_sign_in_first(path: str, person: Client) -> None:
    person.post(f"{path}/invite", {"email": NEW, "role": "member"})

    assert said(Client().get(mailed_link())).startswith("/accounts/login/?next=/invitations/")


def test_it_is_for_the_address_that_it_was_mailed_to(
    path: str, person: Client, organization: Organization, outsider: User, sign_in: SignIn
) -> None:
    person.post(f"{path}/invite", {"email": NEW, "role": "member"})

    answer = sign_in(outsider).post(mailed_link())

    assert answer.status_code == 403
    assert "This invitation is for another address." in answer.content.decode()
    assert roles(organization) == {"owner": "owner", "teammate": "member"}
    assert Invitation.objects.get().accepted_at is None


def test_an_address_that_is_not_confirmed_joins_nothing(
    path: str, person: Client, organization: Organization, make_user: Callable[..., User], sign_in: SignIn
) -> None:
    person.post(f"{path}/invite", {"email": NEW, "role": "member"})

    assert sign_in(make_user("newcomer", confirmed=False)).post(mailed_link()).status_code == 403
    assert "newcomer" not in roles(organization)


def test_an_old_link_joins_nothing(
    path: str, person: Client, organization: Organization, make_user: Callable[..., User], sign_in: SignIn
) -> None:
    person.post(f"{path}/invite", {"email": NEW, "role": "member"})
    link = mailed_link()
    browser = sign_in(make_user("newcomer"))

    Invitation.objects.update(expires_at=clock.now())
    assert browser.post(link).status_code == 404
    Invitation.objects.update(expires_at=clock.now() + timedelta(days=1))
    person.post(f"{path}/invite", {"email": NEW, "role": "admin"})  # another one takes its place
    assert browser.post(link).status_code == 404
    newer = mailed_link()
    invitation = Invitation.objects.get(revoked_at=None)
    assert said(person.post(f"{path}/invitations/{invitation.pk}/revoke")) == path
    assert browser.post(newer).status_code == 404
    assert "newcomer" not in roles(organization)


def test_an_answer_does_not_tell_who_has_an_account(path: str, person: Client, outsider: User) -> None:
    known = person.post(f"{path}/invite", {"email": outsider.email, "role": "member"}, follow=True)
    unknown = person.post(f"{path}/invite", {"email": "nobody@example.com", "role": "member"}, follow=True)

    assert known.status_code == unknown.status_code == 200
    assert "An invitation is on its way to outsider@example.com." in known.content.decode()
    assert "An invitation is on its way to nobody@example.com." in unknown.content.decode()


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"email": "no address", "role": "member"}, 422),
        ({"email": NEW, "role": "king"}, 422),
        ({"email": NEW}, 422),
        ({"email": "teammate@example.com", "role": "member"}, 409),
    ],
)
def test_a_bad_invitation_is_not_sent(path: str, person: Client, values: dict[str, str], status: int) -> None:
    assert person.post(f"{path}/invite", values).status_code == status
    assert not Invitation.objects.exists()
    assert not Delivery.objects.filter(event="organization.invitation").exists()


def test_a_personal_organization_invites_nobody(person: Client, owner: User) -> None:
    path = f"/organizations/{owner.personal_organization.pk}"

    assert "Send an invitation" not in person.get(path).content.decode()
    assert person.post(f"{path}/invite", {"email": NEW, "role": "member"}).status_code in {409, 422}
    assert not Invitation.objects.exists()


def test_nobody_mails_the_world_in_our_name(path: str, person: Client, settings: Any) -> None:
    settings.TASKTRACKER_GUESS_LIMITS = {**settings.TASKTRACKER_GUESS_LIMITS, "invite.account": (2, 60)}

    answers = [
        person.post(f"{path}/invite", {"email": f"n{number}@example.com", "role": "member"}).status_code
        for number in range(3)
    ]

    assert answers == [302, 302, 429]
    assert Invitation.objects.count() == 2


def test_only_managers_change_anything(
    path: str, organization: Organization, owner: User, teammate: User, outsider: User, sign_in: SignIn
) -> None:
    for user, status in ((teammate, 403), (outsider, 404)):
        browser = sign_in(user)
        for call, values in (
            ("invite", {"email": NEW, "role": "member"}),
            ("rename", {"name": "Taken over"}),
            (f"members/{owner.pk}/role", {"role": "member"}),
            (f"members/{owner.pk}/remove", {}),
        ):
            assert browser.post(f"{path}/{call}", values).status_code == status, call
    assert roles(organization) == {"owner": "owner", "teammate": "member"}
    organization.refresh_from_db()
    assert organization.name == "Acme"
    assert not Invitation.objects.exists()


def test_an_admin_makes_no_owner(
    path: str, organization: Organization, owner: User, teammate: User, sign_in: SignIn
) -> None:
    Membership.objects.filter(user=teammate, organization=organization).update(role="admin")
    admin = sign_in(teammate)

    assert admin.post(f"{path}/members/{teammate.pk}/role", {"role": "owner"}).status_code == 403
    assert admin.post(f"{path}/members/{owner.pk}/remove").status_code == 403
    assert admin.post(f"{path}/invite", {"email": NEW, "role": "owner"}).status_code == 422
    assert roles(organization) == {"owner": "owner", "teammate": "admin"}


def test_roles_change_and_members_go(
    path: str, person: Client, organization: Organization, owner: User, teammate: User, sign_in: SignIn
) -> None:
    assert said(person.post(f"{path}/members/{teammate.pk}/role", {"role": "admin"})) == path
    assert roles(organization)["teammate"] == "admin"
    assert said(sign_in(teammate).post(f"{path}/members/{teammate.pk}/remove")) == "/organizations/"
    assert roles(organization) == {"owner": "owner"}
    refused = person.post(f"{path}/members/{owner.pk}/remove")
    assert (refused.status_code, roles(organization)) == (409, {"owner": "owner"})
    assert "at least one owner" in refused.content.decode()


def test_names_change_and_slugs_stay(
    path: str,
    person: Client,
    organization: Organization,
    project: Project,
    teammate: User,
    outsider: User,
    sign_in: SignIn,
) -> None:
    assert said(person.post(f"{path}/rename", {"name": "Acme & Sons"})) == path
    assert person.post(f"{path}/rename", {"name": " "}).status_code == 422
    organization.refresh_from_db()
    assert (organization.name, organization.slug) == ("Acme & Sons", "acme")

    rename = f"/projects/{project.pk}/rename"
    assert said(person.post(rename, {"name": "Site"})) == f"/projects/{project.pk}/settings"
    assert person.post(rename, {"name": ""}).status_code == 422
    assert sign_in(teammate).post(rename, {"name": "Mine"}).status_code == 403
    assert sign_in(outsider).post(rename, {"name": "Mine"}).status_code == 404
    project.refresh_from_db()
    assert (project.name, project.slug) == ("Site", "web")


def test_its_page_takes_as_many_statements_as_any(
    path: str,
    person: Client,
    owner: User,
    organization: Organization,
    make_user: Callable[..., User],
    principal_of: Callable[..., Principal],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(12):
        user = make_user(f"member{number}")
        place = {"organization_id": organization.pk, "user_id": user.pk}
        add_member(principal=principal_of(owner), **place, role="member", at=NOW)
        invited = f"guest{number}@example.com"
        invitations.invite(
            principal=principal_of(owner),
            organization_id=organization.pk,
            email=invited,
            role="member",
            at=clock.now(),
        )

    with django_assert_max_num_queries(10):
        page = person.get(path).content.decode()

    assert "guest11@example.com" in page
    assert "member11@example.com" in page


def test_old_invitations_are_forgotten(path: str, person: Client) -> None:
    person.post(f"{path}/invite", {"email": NEW, "role": "member"})
    ends_at = Invitation.objects.get().expires_at

    assert invitations.sweep_invitations(ends_at + timedelta(days=29)) == 0
    assert invitations.sweep_invitations(ends_at + timedelta(days=30)) == 1
    assert not Invitation.objects.exists()
