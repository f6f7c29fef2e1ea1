"""The monitors of a project: which runs are expected, which came, and which are missing.

When one is missing is decided in tasks.operations.monitors.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from tasks.operations.monitors import (
    add_monitor,
    delete_monitor,
    edit_monitor,
    rhythm_of,
    switch_monitor,
)
from tasks.queries.monitors import check_ins_of, monitor_visible_to, monitors_of
from tasks.queries.webhooks import project_webhooks
from tasktracker.core.errors import NotFound
from tasktracker.web.forms.projects import MonitorForm, rhythm_initial, tell_initial
from tasktracker.web.views.project import ProjectForm, ProjectPage, ProjectTab

_CHECK_INS_SHOWN = 20


class MonitorList(ProjectTab):
    """All of them with their state."""

    template_name = "web/projects/monitors.html"
    tab = "monitors"

    def contents(self) -> dict[str, Any]:
        return {"monitors": list(monitors_of(self.principal, project_id=self.project.pk))}


class MonitorPlace(ProjectPage):
    """A page of one monitor."""

    tab = "monitors"

    def monitor(self) -> Any:
        """Find it in this project. Raises NotFound."""
        monitor = monitor_visible_to(self.principal, self.kwargs["monitor_id"])
        if monitor.project_id != self.project.pk:
            raise NotFound
        return monitor


class MonitorPage(MonitorPlace, ProjectTab):
    """One monitor with the runs that came by."""

    template_name = "web/projects/monitor.html"

    def contents(self) -> dict[str, Any]:
        monitor = self.monitor()
        return {"monitor": monitor, "check_ins": check_ins_of(monitor, limit=_CHECK_INS_SHOWN)}


class NewMonitor(ProjectForm):
    """One more."""

    template_name = "web/projects/new_monitor.html"
    tab = "monitors"

    def make_form(self, data: Any = None, initial: dict[str, Any] | None = None) -> MonitorForm:
        slugs = [webhook.slug for webhook in project_webhooks(self.principal, self.project.pk)]
        return MonitorForm(data, slugs=slugs, initial=initial or {"time_zone": self.user.time_zone})

    def act(self, form: MonitorForm) -> HttpResponse:
        project_id = self.project.pk
        monitor = add_monitor(principal=self.principal, project_id=project_id, at=self.at, **form.values())
        return self.go("monitor", project_id, monitor.pk, say="The monitor is made.")


class EditMonitor(MonitorPlace, NewMonitor):
    """What one says. Its state begins anew."""

    template_name = "web/projects/edit_monitor.html"

    def make_form(self, data: Any = None, initial: dict[str, Any] | None = None) -> MonitorForm:
        monitor = self.monitor()
        said = {"name": monitor.name, **rhythm_initial(rhythm_of(monitor))}
        return super().make_form(data, {**said, **tell_initial(monitor.integration, monitor.config)})

    def act(self, form: MonitorForm) -> HttpResponse:
        monitor = self.monitor()
        edit_monitor(
            principal=self.principal,
            monitor_id=monitor.pk,
            is_enabled=monitor.is_enabled,
            at=self.at,
            **form.values(),
        )
        return self.go("monitor", self.project.pk, monitor.pk, say="Saved. Runs are expected from now on.")


class SwitchMonitor(MonitorPage):
    """On or off."""

    http_method_names = ["post"]
    is_enabled = True

    def post(self, request: HttpRequest, project_id: int, monitor_id: UUID) -> HttpResponse:
        monitor = self.monitor()
        switch_monitor(
            principal=self.principal, monitor_id=monitor.pk, is_enabled=self.is_enabled, at=self.at
        )
        said = "on: runs are expected from now on." if self.is_enabled else "off."
        return self.go("monitor", project_id, monitor.pk, say=f"The monitor is {said}")


class DeleteMonitor(MonitorPage):
    """Remove one."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, project_id: int, monitor_id: UUID) -> HttpResponse:
        delete_monitor(principal=self.principal, monitor_id=self.monitor().pk)
        return self.go("project_monitors", project_id, say="The monitor is deleted.")
