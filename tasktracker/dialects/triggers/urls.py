"""The paths of triggers, below /api/v1/."""

from django.urls import path

from tasktracker.dialects.triggers.views import CompleteTask, TriggerTask

urlpatterns = [
    path("tasks/<str:task_id>/trigger", TriggerTask.as_view(), name="trigger_task"),
    path("tasks/<str:task_id>/complete", CompleteTask.as_view(), name="complete_task"),
]
