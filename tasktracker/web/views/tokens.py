"""API tokens: the list, a new one that is shown once, and its end.

What a token is good for is decided in accounts.operations.credentials.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from accounts.operations.credentials import issue_triggers_token, revoke_credential
from accounts.queries.credentials import credentials_of
from accounts.rules.scopes import task_of_scope
from tasks.queries.tasks import reachable, task_page, titles_of
from tasktracker.core.errors import DomainError
from tasktracker.http.tokens import sign
from tasktracker.web.filters import cursor
from tasktracker.web.forms.tokens import ONE_TASK, TokenForm
from tasktracker.web.views.page import FormPage, Page, status_of

_PAGE = 50
_TASKS_OFFERED = 200


class TokenList(Page):
    """All tokens, revoked and expired ones too; never their text."""

    template_name = "web/tokens/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show_tokens()

    def show_tokens(self, *, status: int = 200, refusal: str = "") -> HttpResponse:
        """Show the list as it is now."""
        page = Paginator(credentials_of(self.principal), _PAGE).get_page(self.request.GET.get("page"))
        task_ids = {token.pk: task_of_scope(token.scope) for token in page}
        titles = titles_of(self.principal, filter(None, task_ids.values()))
        named = [(token, task_ids[token.pk]) for token in page]
        tokens = [(token, task_id, titles.get(task_id) if task_id else None) for token, task_id in named]
        return self.show(status=status, tokens=tokens, page=page, refusal=refusal)


class NewToken(FormPage):
    """A new token. Its text is in the answer to this form, and nowhere else."""

    template_name = "web/tokens/new.html"

    def make_form(self, data: Any = None) -> TokenForm:
        newest = task_page(principal=self.principal, limit=_TASKS_OFFERED).tasks
        offered = {str(task.pk): str(task) for task in newest}
        proposed = cursor((data or {}).get("task", "") or self.request.GET.get("task", ""))
        if proposed and str(proposed) not in offered:
            offered[str(proposed)] = str(reachable(self.principal, proposed))
        initial = {"scope": ONE_TASK, "task": str(proposed)} if proposed and data is None else {}
        return TokenForm(data, tasks=list(offered.items()), initial=initial)

    def act(self, form: TokenForm) -> HttpResponse:
        issued = issue_triggers_token(
            principal=self.principal,
            name=form.cleaned_data["name"],
            scope=form.scope_text(),
            expires_at=form.expires_at(),
            at=self.at,
        )
        task_id = form.task_id() or next(
            (task.pk for task in task_page(principal=self.principal, limit=1).tasks), "TASK_ID"
        )
        url = f"{settings.TASKTRACKER_BASE_URL}/api/v1/tasks/{task_id}/trigger"
        shown = {"token": issued.credential, "text": sign(issued.claims), "url": url}
        return self.show_once("web/tokens/made.html", **shown)


class RevokeToken(TokenList):
    """End a token."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, token_id: UUID) -> HttpResponse:
        revoke_credential(principal=self.principal, credential_id=token_id, at=self.at)
        return self.go("tokens", say="The token is revoked. Calls with it are refused from now on.")

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self.show_tokens(status=status_of(refusal), refusal=refusal.message)
