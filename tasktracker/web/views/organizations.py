"""Organizations: which there are, who belongs, who is invited; and the page behind an invitation's link.

Their projects have views of their own.
"""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from accounts.operations.invitations import accept_invitation, invite, revoke_invitation
from accounts.operations.organizations import (
    RoleTooSmall,
    change_role,
    create_organization,
    remove_member,
    rename_organization,
)
from accounts.queries.invitations import invitation_of, open_invitations
from accounts.queries.organizations import (
    members_visible_to,
    memberships_of,
    organization_visible_to,
    own_role,
)
from accounts.queries.projects import projects_visible_to
from accounts.rules.roles import may_give, may_manage
from tasktracker.core.errors import DomainError
from tasktracker.web.forms.organizations import InvitationForm, OrganizationForm, role_choices
from tasktracker.web.views.page import FormPage, Page, status_of


class OrganizationList(Page):
    """Every organization that the caller belongs to."""

    template_name = "web/organizations/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(memberships=list(memberships_of(self.principal)))


class NewOrganization(FormPage):
    """One more, which the caller owns."""

    template_name = "web/organizations/new.html"

    def make_form(self, data: Any = None) -> OrganizationForm:
        return OrganizationForm(data)

    def act(self, form: OrganizationForm) -> HttpResponse:
        name, slug = form.cleaned_data["name"], form.cleaned_data["slug"] or None
        made = create_organization(principal=self.principal, name=name, slug=slug, at=self.at)
        return self.go("organization", made.pk, say="The organization is made.")


class OrganizationPage(Page):
    """Members, invitations and projects of one. What is refused on it is said at its top."""

    template_name = "web/organizations/organization.html"

    @cached_property
    def organization(self) -> Any:
        """The organization; a stranger finds none."""
        return organization_visible_to(self.principal, organization_id=self.kwargs["organization_id"])

    @cached_property
    def own_role(self) -> str:
        """The caller's role in it."""
        return own_role(self.principal, self.organization.pk)

    def get(self, request: HttpRequest, organization_id: int) -> HttpResponse:
        return self.show_all()

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self.show_all(status=status_of(refusal), refusal=refusal.message)

    def show_all(self, *, form: InvitationForm | None = None, **context: Any) -> HttpResponse:
        """Show the page. form: an invitation that was refused."""
        found = self.organization
        members = members_visible_to(self.principal, organization_id=found.pk)
        return self.show(
            organization=found,
            own_role=self.own_role,
            is_manager=may_manage(self.own_role),
            is_shared=found.personal_of_id is None,
            members=[(each, may_give(self.own_role, each.role)) for each in members],
            roles=role_choices(self.own_role),
            invitations=open_invitations(self.principal, organization_id=found.pk, at=self.at),
            projects=projects_visible_to(self.principal).filter(organization_id=found.pk),
            form=form or InvitationForm(own_role=self.own_role),
            **context,
        )

    def back(self, say: str) -> HttpResponse:
        """Go back to the organization's page, and say what was done."""
        return self.go("organization", self.kwargs["organization_id"], say=say)


class Rename(OrganizationPage):
    """Another name; the slug stays."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, organization_id: int) -> HttpResponse:
        name = request.POST.get("name", "")
        rename_organization(principal=self.principal, organization_id=organization_id, name=name)
        return self.back("The organization has another name.")


class Invite(OrganizationPage):
    """Mail somebody a link."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, organization_id: int) -> HttpResponse:
        if not may_manage(self.own_role):
            raise RoleTooSmall
        form = InvitationForm(request.POST, own_role=self.own_role)
        if not form.is_valid():
            return self.show_all(form=form, status=422)
        invite(principal=self.principal, organization_id=organization_id, at=self.at, **form.cleaned_data)
        return self.back(f"An invitation is on its way to {form.cleaned_data['email']}.")


class RevokeInvitation(OrganizationPage):
    """Take one back."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, organization_id: int, invitation_id: UUID) -> HttpResponse:
        revoke_invitation(
            principal=self.principal,
            organization_id=organization_id,
            invitation_id=invitation_id,
            at=self.at,
        )
        return self.back("The invitation is taken back.")


class ChangeRole(OrganizationPage):
    """Another role for a member."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, organization_id: int, user_id: int) -> HttpResponse:
        change_role(
            principal=self.principal,
            organization_id=organization_id,
            user_id=user_id,
            role=request.POST.get("role", ""),
        )
        return self.back("The role is changed.")


class RemoveMember(OrganizationPage):
    """Take a member out, or oneself."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, organization_id: int, user_id: int) -> HttpResponse:
        remove_member(principal=self.principal, organization_id=organization_id, user_id=user_id)
        if user_id == self.principal.user_id:
            return self.go("organizations", say="You have left the organization.")
        return self.back("The member is taken out.")


class AcceptInvitation(Page):
    """What a link invites to, and the button that joins. Looking changes nothing."""

    template_name = "web/organizations/invitation.html"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.show_it(token)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        joined = accept_invitation(principal=self.principal, token=token, at=self.at)
        return self.go("organization", joined.pk, say=f"Welcome to {joined.name}.")

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self.show_it(self.kwargs["token"], status=status_of(refusal), refusal=refusal.message)

    def show_it(self, token: str, **context: Any) -> HttpResponse:
        response = self.show(invitation=invitation_of(token, at=self.at), **context)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
