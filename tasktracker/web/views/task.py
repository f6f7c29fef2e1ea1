"""The page of one task: what it says, its parts, its history, and everything that can be done to it.

The list is tasks.py, its stake stakes.py; what its history holds is decided in charges.queries.timeline.
"""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django_htmx.http import trigger_client_event

from charges.queries.timeline import History, history_of, read_place
from tasks.operations.editing import create_task, edit_task
from tasks.operations.lifecycle import trigger_task
from tasks.operations.schedules import clear_schedule, set_schedule
from tasks.operations.shelving import delete_task
from tasks.operations.tagging import tag_task
from tasks.queries.actions import actions_on
from tasks.queries.family import children_of, tags_on
from tasks.queries.runs import run_page
from tasks.queries.tasks import reachable
from tasktracker.core.errors import DomainError
from tasktracker.web.forms.tasks import PlanForm, QuickTaskForm, TaskFields, plan_initial
from tasktracker.web.views.page import FormPage, Operation, Page, status_of
from tasktracker.web.views.stakes import stake_panel

_RUNS_SHOWN = 5
_PLACES = {"task", "child"}  # what the ids of a list's lines begin with


class TaskPage(Page):
    """One task with its history."""

    template_name = "web/tasks/task.html"

    def get(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        return self.show_task()

    def show_task(self, *, status: int = 200, refusal: str = "") -> HttpResponse:
        """Show the task as it is now."""
        before = read_place(self.request.GET.get("before", ""))
        history = history_of(principal=self.principal, task_id=self.kwargs["task_id"], before=before)
        return self.show(status=status, refusal=refusal, history=history, **self._beside(history))

    def _beside(self, history: History) -> dict[str, Any]:
        """Read what stands beside the history."""
        task = history.task
        return {
            "task": task,
            "progress": history.progress,
            "actions": actions_on(task) if history.progress.has_facet else (),
            "children": children_of(self.principal, task),
            "tags": tags_on(self.principal, task),
            "runs": run_page(self.principal, task.pk, limit=_RUNS_SHOWN, offset=0),
            "stake_panel": stake_panel(self.principal, task.pk, at=self.at),
            "here": resolve_url("task", task.pk),
        }


class TaskAction(TaskPage):
    """One thing done to a task, or to an occurrence of it. Where it is not possible, the page says why.

    operation: takes principal, at, and the id of the task, or of the occurrence where the path has one.
    """

    http_method_names = ["post"]
    operation: Operation = staticmethod(trigger_task)
    said: str = ""

    def post(self, request: HttpRequest, task_id: UUID, **occurrence: UUID) -> HttpResponse:
        self.operation(principal=self.principal, at=self.at, **(occurrence or {"task_id": task_id}))
        if self.is_htmx:
            return self._show_part()
        return self.go(self.next_url("task", task_id), say=self.said)

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self._show_part(status=status_of(refusal), refusal=refusal.message)

    def _show_part(self, *, status: int = 200, refusal: str = "") -> HttpResponse:
        """Show the task's line of a list where the request came from one, else its page."""
        place = self.request.POST.get("row")
        if not (self.is_htmx and place in _PLACES):
            return self.show_task(status=status, refusal=refusal)
        answer = self.show(
            status=status,
            template="web/tasks/row.html",
            task=reachable(self.principal, self.kwargs["task_id"]),
            refusal=refusal,
            place=place,
            here=self.next_url("task_list"),
            can_pick=self.request.POST.get("can_pick"),
        )
        return trigger_client_event(answer, "task-changed")


class AddPart(TaskPage):
    """A sub-task, in one line: its words are its title."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        form = QuickTaskForm(request.POST)
        if not form.is_valid():
            return self.show_task(status=422, refusal=" ".join(map(str, form.errors["title"])))
        title = form.cleaned_data["title"]
        create_task(principal=self.principal, title=title, parent_id=task_id, at=self.at)
        return self.go("task", task_id, say=f"Added “{title}”.")

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self.show_task(status=status_of(refusal), refusal=refusal.message)


class TagTask(AddPart):
    """The tags of an own task, by their names."""

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        names = request.POST.get("tags", "").split(",")
        tag_task(principal=self.principal, task_id=task_id, names=names, at=self.at)
        return self.go("task", task_id, say="The tags are saved.")


class EditTask(FormPage):
    """What a task says. Only what was changed is written."""

    template_name = "web/tasks/edit.html"

    def make_form(self, data: Any = None) -> TaskFields:
        task = self.task = reachable(self.principal, self.kwargs["task_id"])
        zone = ZoneInfo(task.owner.time_zone)
        due_at = task.due_at.astimezone(zone) if task.due_at else None
        initial: dict[str, Any] = {
            "title": task.title,
            "description": task.description,
            "due_date": due_at.date() if due_at else None,
            "due_time": due_at.time().replace(second=0, microsecond=0)
            if due_at and not task.is_all_day
            else None,
            "cooldown": task.notification_cooldown_seconds,
        }
        return TaskFields(data, zone=zone, cooldown=initial["cooldown"], initial=initial)

    def act(self, form: TaskFields) -> HttpResponse:
        edit_task(principal=self.principal, task_id=self.task.pk, at=self.at, **form.changes())
        return self.go("task", self.task.pk, say="Saved.")

    def extras(self) -> dict[str, Any]:
        return {"task": self.task}


class ScheduleTask(FormPage):
    """When a task comes round."""

    template_name = "web/tasks/schedule.html"

    def make_form(self, data: Any = None) -> PlanForm:
        task = self.task = reachable(self.principal, self.kwargs["task_id"])
        schedule = getattr(task, "schedule", None)
        initial = plan_initial(schedule.plan) if schedule else {}
        return PlanForm(data, time_zone=self.user.time_zone, at=self.at, initial=initial)

    def act(self, form: PlanForm) -> HttpResponse:
        plan, task_id = form.plan(), self.task.pk
        if plan is None:
            clear_schedule(principal=self.principal, task_id=task_id, at=self.at)
        else:
            set_schedule(principal=self.principal, task_id=task_id, plan=plan, at=self.at)
        return self.go("task", task_id, say="The schedule is saved." if plan else "It repeats no more.")

    def extras(self) -> dict[str, Any]:
        return {"task": self.task}


class DeleteTask(TaskPage):
    """Ask first, then delete."""

    def get(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        return self.show(template="web/tasks/delete.html", task=reachable(self.principal, task_id))

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        delete_task(principal=self.principal, task_id=task_id, at=self.at)
        return self.go("task_list", say="The task is deleted.")

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self.show_task(status=status_of(refusal), refusal=refusal.message)
