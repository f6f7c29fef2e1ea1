"""Two people at once: one account per address, one slug, and an organization that keeps an owner."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Membership, Organization, Project, User
from accounts.operations.accounts import open_account
from accounts.operations.credentials import check_triggers_claims, issue_triggers_token, revoke_credential
from accounts.operations.organizations import (
    add_member,
    create_organization,
    create_project,
    remove_member,
)
from tasktracker.core.errors import BadCredential, DomainError

ROUNDS = 5


def together(*calls: Callable[[], Any]) -> list[str]:
    """Run all calls at the same moment; returns "" for each that worked, else the name of its refusal."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> str:
        gate.wait(timeout=10)
        try:
            call()
        except DomainError as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_one_address_opens_one_account(at):
    def open_it():
        open_account(email="ann@example.com", password=None, at=at)

    assert together(*[open_it] * 4) == ["", "EmailTaken", "EmailTaken", "EmailTaken"]
    assert (User.objects.count(), Organization.objects.count(), Project.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_both_leave(owner, teammate, principal_of, at):
    for number in range(ROUNDS):
        place = create_organization(principal=principal_of(owner), name=f"Org {number}", at=at)
        add_member(
            principal=principal_of(owner),
            organization_id=place.pk,
            user_id=teammate.pk,
            role="owner",
            at=at,
        )

        def leave(user, place=place):
            remove_member(principal=principal_of(user), organization_id=place.pk, user_id=user.pk)

        assert together(lambda: leave(owner), lambda: leave(teammate)) == ["", "LastOwner"]
        assert Membership.objects.filter(organization=place, role="owner").count() == 1


@pytest.mark.django_db(transaction=True)
def test_projects_of_one_name_get_slugs_of_their_own(owner, principal_of, at):
    home = owner.personal_organization

    def make():
        create_project(principal=principal_of(owner), organization_id=home.pk, name="Web", at=at)

    assert together(*[make] * 4) == [""] * 4
    slugs = home.projects.order_by("slug").values_list("slug", flat=True)
    assert list(slugs) == ["inbox", "web", "web-2", "web-3", "web-4"]


@pytest.mark.django_db(transaction=True)
def test_no_check_passes_after_the_revocation_is_committed(owner, principal_of, at):
    issued = issue_triggers_token(principal=principal_of(owner), name="script", scope="user", at=at)
    revoked = []
    accepted_later = []

    def revoke():
        revoke_credential(principal=principal_of(owner), credential_id=issued.credential.pk, at=at)
        revoked.append(True)

    def check_often():
        for _ in range(100):
            was_revoked = bool(revoked)
            try:
                check_triggers_claims(issued.claims)
            except BadCredential:
                continue
            if was_revoked:
                accepted_later.append(True)

    assert together(revoke, check_often, check_often) == ["", "", ""]
    assert accepted_later == []
