"""The actions of a project: what happens when any of its tasks passes a point.

When they fire is decided in tasks.operations.firing.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse

from tasks.operations.project_actions import (
    add_project_action,
    delete_project_action,
    edit_project_action,
    switch_project_action,
)
from tasks.queries.actions import project_actions
from tasks.queries.webhooks import project_webhooks
from tasktracker.core.errors import NotFound
from tasktracker.web.forms.projects import ActionForm, tell_initial
from tasktracker.web.views.project import ProjectForm, ProjectTab


class ActionList(ProjectTab):
    """All of them, with those of the whole organization."""

    template_name = "web/projects/actions.html"
    tab = "actions"

    def contents(self) -> dict[str, Any]:
        return {"actions": list(project_actions(self.principal, project_id=self.project.pk))}

    def done(self, say: str) -> HttpResponse:
        """Show the list after a change."""
        return self.go("project_actions", self.project.pk, say=say)


class NewAction(ProjectForm):
    """One more."""

    template_name = "web/projects/new_action.html"
    tab = "actions"

    def make_form(self, data: Any = None, initial: dict[str, Any] | None = None) -> ActionForm:
        slugs = [webhook.slug for webhook in project_webhooks(self.principal, self.project.pk)]
        return ActionForm(data, slugs=slugs, initial=initial)

    def act(self, form: ActionForm) -> HttpResponse:
        add_project_action(principal=self.principal, project_id=self.project.pk, at=self.at, **form.values())
        return self.go("project_actions", self.project.pk, say="The action is made.")


class EditAction(NewAction):
    """What one says."""

    template_name = "web/projects/edit_action.html"

    def make_form(self, data: Any = None, initial: dict[str, Any] | None = None) -> ActionForm:
        found = project_actions(self.principal, project_id=self.project.pk)
        action = found.filter(pk=self.kwargs["action_id"]).first()
        if action is None:
            raise NotFound
        said = {name: getattr(action, name) for name in ("name", "pattern", "trigger")}
        said |= tell_initial(action.integration, action.config)
        return super().make_form(data, {**said, "is_for_all_projects": action.project_id is None})

    def act(self, form: ActionForm) -> HttpResponse:
        edit_project_action(
            principal=self.principal,
            project_id=self.project.pk,
            action_id=self.kwargs["action_id"],
            at=self.at,
            **form.values(),
        )
        return self.go("project_actions", self.project.pk, say="Saved.")


class SwitchAction(ActionList):
    """On or off."""

    http_method_names = ["post"]
    is_enabled = True

    def post(self, request: HttpRequest, project_id: int, action_id: int) -> HttpResponse:
        switch_project_action(
            principal=self.principal,
            project_id=project_id,
            action_id=action_id,
            is_enabled=self.is_enabled,
            at=self.at,
        )
        return self.done("The action is on." if self.is_enabled else "The action is off.")


class DeleteAction(ActionList):
    """Remove one."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, project_id: int, action_id: int) -> HttpResponse:
        delete_project_action(principal=self.principal, project_id=project_id, action_id=action_id)
        return self.done("The action is deleted.")
