import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.operations.accounts import (
    AddressNotAsked,
    AlreadyEnrolled,
    EmailNotConfirmed,
    EmailTaken,
    TermsNotAccepted,
    change_email,
    confirm_email,
    edit_profile,
    enroll,
)
from accounts.queries.accounts import account_by_email, account_of
from accounts.rules.emails import BadEmail
from accounts.rules.names import BadName
from accounts.rules.principal import NotForKeys
from tasktracker.core.errors import NotFound
from tasktracker.core.zones import UnknownZone
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import clear_payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def new(make_user):
    """Somebody who has signed up and not yet followed the link."""
    return make_user("new", confirmed=False)


def addresses(user):
    rows = EmailAddress.objects.filter(user=user).order_by("pk")
    return list(rows.values_list("email", "verified", "primary"))


def enrolment(user):
    return User.objects.values_list("name", "time_zone", "terms_accepted_at", "enrolled_at").get(pk=user.pk)


# --- confirming ---
def test_confirming_marks_the_address_here_and_for_allauth(new, at):
    confirm_email(user_id=new.pk, email="New@example.com", at=at)

    new.refresh_from_db()
    assert new.email_verified_at == at
    assert addresses(new) == [("new@example.com", True, True)]


def test_confirming_twice_keeps_the_first_moment(new, at):
    confirm_email(user_id=new.pk, email=new.email, at=at)

    confirm_email(user_id=new.pk, email=new.email, at=at + timedelta(hours=1))

    new.refresh_from_db()
    assert new.email_verified_at == at


def test_confirming_an_address_that_was_not_asked_for_changes_nothing(new, owner, at):
    with pytest.raises(AddressNotAsked):
        confirm_email(user_id=new.pk, email=owner.email, at=at)

    new.refresh_from_db()
    assert (new.email, new.email_verified_at) == ("new@example.com", None)


def test_confirming_for_nobody_is_not_found(at):
    with pytest.raises(NotFound):
        confirm_email(user_id=10**9, email="new@example.com", at=at)


# --- changing the address ---
def test_new_address_signs_in_only_once_confirmed(owner, principal_of, at):
    change_email(principal=principal_of(owner), email="Next@Example.com", at=at)

    assert account_of(principal_of(owner)).pending_email == "next@example.com"
    assert account_by_email("next@example.com") is None
    assert addresses(owner) == [("owner@example.com", True, True)]

    confirm_email(user_id=owner.pk, email="next@example.com", at=at + timedelta(days=1))

    moved = account_by_email("next@example.com")
    assert (moved, moved.pending_email, moved.email_verified_at) == (owner, "", at + timedelta(days=1))
    assert account_by_email("owner@example.com") is None
    assert addresses(owner) == [("next@example.com", True, True)]


def test_taken_address_is_told_only_to_who_confirms_it(owner, outsider, principal_of, at):
    change_email(principal=principal_of(owner), email=outsider.email, at=at)

    with pytest.raises(EmailTaken):
        confirm_email(user_id=owner.pk, email=outsider.email, at=at)

    owner.refresh_from_db()
    assert owner.email == "owner@example.com"
    assert addresses(owner) == [("owner@example.com", True, True)]
    assert addresses(outsider) == [("outsider@example.com", True, True)]


def test_asking_for_the_current_address_takes_the_request_back(owner, principal_of, at):
    change_email(principal=principal_of(owner), email="next@example.com", at=at)

    change_email(principal=principal_of(owner), email=owner.email, at=at)

    with pytest.raises(AddressNotAsked):
        confirm_email(user_id=owner.pk, email="next@example.com", at=at)


def test_bad_address_and_keys_are_refused(owner, principal_of, at):
    with pytest.raises(BadEmail):
        change_email(principal=principal_of(owner), email="next", at=at)
    with pytest.raises(NotForKeys):
        change_email(principal=principal_of(owner, kind="triggers_token"), email="next@example.com", at=at)

    owner.refresh_from_db()
    assert owner.pending_email == ""
    assert Delivery.objects.count() == 0


def test_current_address_is_told_of_the_change(owner, principal_of, at):
    change_email(principal=principal_of(owner), email="next@example.com", at=at)

    mail = Delivery.objects.get()
    message = json.loads(clear_payload(mail))
    assert (mail.kind, mail.event, mail.account_id) == ("mail", "account.email_change_asked", owner.pk)
    assert message["to"] == ["owner@example.com"]
    assert "to next@example.com." in message["text"]
    assert "next@example.com" not in mail.payload


# --- enrolment ---
def test_enrolment_records_name_zone_and_terms(owner, principal_of, at):
    user = enroll(
        principal=principal_of(owner),
        name=" Ann ",
        time_zone="Europe/Berlin",
        has_accepted_terms=True,
        at=at,
    )

    assert user.is_enrolled
    assert enrolment(owner) == ("Ann", "Europe/Berlin", at, at)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"name": "  "}, BadName),
        ({"time_zone": "Mars/Olympus"}, UnknownZone),
        ({"has_accepted_terms": False}, TermsNotAccepted),
    ],
)
def test_incomplete_enrolment_is_refused_and_changes_nothing(owner, principal_of, at, values, refusal):
    whole = {"name": "Ann", "time_zone": "UTC", "has_accepted_terms": True, **values}

    with pytest.raises(refusal):
        enroll(principal=principal_of(owner), at=at, **whole)

    assert enrolment(owner) == ("Owner", "UTC", None, None)


def test_enrolment_waits_for_the_confirmed_address(new, principal_of, at):
    with pytest.raises(EmailNotConfirmed):
        enroll(principal=principal_of(new), name="New", time_zone="UTC", has_accepted_terms=True, at=at)

    assert enrolment(new) == ("New", "UTC", None, None)


def test_second_enrolment_is_a_conflict(owner, principal_of, at):
    whole = {"name": "Ann", "time_zone": "UTC", "has_accepted_terms": True}
    enroll(principal=principal_of(owner), at=at, **whole)

    with pytest.raises(AlreadyEnrolled):
        enroll(principal=principal_of(owner), at=at + timedelta(days=1), **whole)

    assert enrolment(owner) == ("Ann", "UTC", at, at)


# --- profile ---
def test_profile_changes_only_what_is_given(owner, principal_of):
    edit_profile(principal=principal_of(owner), time_zone="Asia/Tokyo")
    owner.refresh_from_db()
    assert (owner.name, owner.time_zone) == ("Owner", "Asia/Tokyo")

    edit_profile(principal=principal_of(owner), name="Ann")
    owner.refresh_from_db()
    assert (owner.name, owner.time_zone) == ("Ann", "Asia/Tokyo")


def test_bad_profile_changes_nothing(owner, principal_of):
    with pytest.raises(UnknownZone):
        edit_profile(principal=principal_of(owner), name="Ann", time_zone="")

    owner.refresh_from_db()
    assert (owner.name, owner.time_zone) == ("Owner", "UTC")


def test_closed_account_is_not_found(owner, principal_of):
    principal = principal_of(owner)
    User.objects.filter(pk=owner.pk).delete()

    with pytest.raises(NotFound):
        account_of(principal)
    with pytest.raises(NotFound):
        edit_profile(principal=principal, name="Ann")
