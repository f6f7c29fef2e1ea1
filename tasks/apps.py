"""The Django app of tasks: what must be known before the first request.

Nothing but registration belongs here.
"""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tasks"
    label = "tasks"
    default_auto_field = "django.db.models.BigAutoField"
