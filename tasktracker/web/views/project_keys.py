"""The keys of a project: the list, a new one that is shown once, and its end.

What a key is good for is decided in accounts.operations.project_keys.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from accounts.operations.project_keys import issue_project_key, revoke_project_key
from accounts.queries.credentials import project_keys_visible_to
from tasktracker.web.forms.projects import KeyForm
from tasktracker.web.views.page import FormPage
from tasktracker.web.views.project import ProjectPage, ProjectTab

_PAGE = 50


class KeyList(ProjectTab):
    """All keys, revoked ones too; never their text."""

    template_name = "web/projects/keys.html"
    tab = "keys"

    def contents(self) -> dict[str, Any]:
        keys = project_keys_visible_to(self.principal, project_id=self.project.pk)
        return {"page": Paginator(keys, _PAGE).get_page(self.request.GET.get("page"))}


class NewKey(ProjectPage, FormPage):
    """A new key, which every member can make. It is in the answer to this form, and nowhere else."""

    template_name = "web/projects/new_key.html"
    tab = "keys"

    def make_form(self, data: Any = None) -> KeyForm:
        return KeyForm(data)

    def act(self, form: KeyForm) -> HttpResponse:
        issued = issue_project_key(
            principal=self.principal,
            project_id=self.project.pk,
            name=form.cleaned_data["name"],
            at=self.at,
        )
        return self.show_once("web/projects/key.html", issued=issued, host=settings.TASKTRACKER_BASE_URL)


class RevokeKey(KeyList):
    """End a key."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, project_id: int, key_id: UUID) -> HttpResponse:
        revoke_project_key(principal=self.principal, credential_id=key_id, at=self.at)
        return self.go("project_keys", project_id, say="The key is revoked. Calls with it are refused now.")
