"""What people say of an organization: its name, and whom they invite.

What each may be is decided in accounts.rules.
"""

from typing import Any, Final

from django import forms

from accounts.rules.emails import EMAIL_MAX_LENGTH
from accounts.rules.names import NAME_MAX_LENGTH
from accounts.rules.roles import MEMBER, ROLES, may_give
from accounts.rules.slugs import SLUG_MAX_LENGTH
from tasktracker.web.forms.page_form import PageForm

ROLE_WORDS: Final = {
    "owner": "Owner: everything, also other owners",
    "admin": "Admin: projects, members, how they work",
    "member": "Member: works in the projects",
}


def role_choices(own_role: str) -> list[tuple[str, str]]:
    """List the roles that somebody may give."""
    return [(role, ROLE_WORDS[role]) for role in ROLES if may_give(own_role, role)]


class OrganizationForm(PageForm):
    """A new organization."""

    name = forms.CharField(
        label="Name",
        max_length=NAME_MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    slug = forms.CharField(
        label="Slug",
        max_length=SLUG_MAX_LENGTH,
        required=False,
        help_text="What it is called in addresses: letters, digits and hyphens. Empty: made of the name.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )


class InvitationForm(PageForm):
    """Somebody to invite. own_role: of who invites."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=EMAIL_MAX_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="Role", initial=MEMBER)

    def __init__(self, *args: Any, own_role: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = role_choices(own_role)  # type: ignore[attr-defined]  # a ChoiceField's
