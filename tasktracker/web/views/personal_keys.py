"""Personal keys: the list, a new one that is shown once, and its end.

What a key is good for is decided in accounts.operations.personal_keys.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from accounts.operations.credentials import revoke_credential
from accounts.operations.personal_keys import issue_personal_key
from accounts.queries.credentials import personal_keys_of
from accounts.queries.projects import projects_visible_to
from tasktracker.core.errors import DomainError
from tasktracker.web.forms.keys import PersonalKeyForm
from tasktracker.web.views.page import FormPage, Page, status_of

_PAGE = 50


class PersonalKeyList(Page):
    """All keys, revoked and expired ones too; never their text."""

    template_name = "web/keys/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show_keys()

    def show_keys(self, *, status: int = 200, refusal: str = "") -> HttpResponse:
        """Show the list as it is now."""
        page = Paginator(personal_keys_of(self.principal), _PAGE).get_page(self.request.GET.get("page"))
        return self.show(status=status, page=page, refusal=refusal)


class NewPersonalKey(FormPage):
    """A new key. It is in the answer to this form, and nowhere else."""

    template_name = "web/keys/new.html"

    def make_form(self, data: Any = None) -> PersonalKeyForm:
        projects = projects_visible_to(self.principal)
        offered = [(project.pk, f"{project.organization.name} / {project.name}") for project in projects]
        return PersonalKeyForm(data, projects=offered)

    def act(self, form: PersonalKeyForm) -> HttpResponse:
        issued = issue_personal_key(
            principal=self.principal,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            project_ids=form.project_ids(),
            expires_at=form.expires_at(),
            at=self.at,
        )
        return self.show_once("web/keys/made.html", issued=issued, host=settings.TASKTRACKER_BASE_URL)


class RevokePersonalKey(PersonalKeyList):
    """End a key."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, key_id: UUID) -> HttpResponse:
        revoke_credential(principal=self.principal, credential_id=key_id, at=self.at)
        return self.go("personal_keys", say="The key is revoked. Calls with it are refused from now on.")

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self.show_keys(status=status_of(refusal), refusal=refusal.message)
