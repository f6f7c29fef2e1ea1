"""Start-up of the composition root: production checks and the bell. Nothing else belongs here."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings

from tasktracker.checks import register_checks


class TaskTrackerConfig(AppConfig):
    name = "tasktracker"
    verbose_name = "Task Tracker"

    def ready(self) -> None:
        register_checks()
        if settings.TASKTRACKER_BACKGROUND == "celery":
            import_module("tasktracker.celery")  # needs the models, and names the app that rings
