"""The webhooks of a project: the list and a new one. What can be done to one is webhooks.py.

Which actions send to them is project_actions.py.
"""

from typing import Any

from django.http import HttpResponse

from tasks.operations.webhooks import register_project_webhook
from tasks.queries.webhooks import project_webhooks
from tasktracker.web.forms.projects import ProjectWebhookForm
from tasktracker.web.views.project import ProjectForm, ProjectTab


class ProjectWebhookList(ProjectTab):
    """Where its actions can send; shown to those who manage it."""

    template_name = "web/projects/webhooks.html"
    tab = "webhooks"

    def contents(self) -> dict[str, Any]:
        return {"webhooks": list(project_webhooks(self.principal, self.project.pk))}


class NewProjectWebhook(ProjectForm):
    """A new webhook. Its secret is in the answer to this form, and nowhere else."""

    template_name = "web/projects/new_webhook.html"
    tab = "webhooks"

    def make_form(self, data: Any = None) -> ProjectWebhookForm:
        return ProjectWebhookForm(data)

    def act(self, form: ProjectWebhookForm) -> HttpResponse:
        webhook, secret = register_project_webhook(
            principal=self.principal, project_id=self.project.pk, at=self.at, **form.cleaned_data
        )
        return self.show_once("web/webhooks/secret.html", webhook=webhook, secret=secret, is_new=True)
