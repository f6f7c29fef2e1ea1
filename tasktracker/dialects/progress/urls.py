"""The paths of progress, below /api/. Most specific first: organizations never shadow other dialects."""

from django.urls import path, register_converter

from accounts.rules.slugs import is_reserved
from tasktracker.dialects.progress.views import (
    ActionDetail,
    ActionList,
    DocumentPage,
    DocumentText,
    TaskDetail,
    TaskList,
)


class OrganizationConverter:
    """The first segment, unless it is another dialect's."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        if is_reserved(value):
            raise ValueError
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(OrganizationConverter, "organization")
_TASKS = "<organization:org>/<str:project>/tasks"

urlpatterns = [
    path("schema.json", DocumentText.as_view(), name="progress_document"),
    path("docs", DocumentPage.as_view(), name="progress_document_page"),
    path(_TASKS, TaskList.as_view(), name="progress_tasks"),
    path(f"{_TASKS}/<str:task_id>", TaskDetail.as_view(), name="progress_task"),
    path(f"{_TASKS}/<str:task_id>/actions", ActionList.as_view(), name="progress_actions"),
    path(f"{_TASKS}/<str:task_id>/actions/<str:action_id>", ActionDetail.as_view(), name="progress_action"),
]
