"""Start-up of the composition root: it registers the production checks. Nothing else belongs here."""

from django.apps import AppConfig

from tasktracker.checks import register_checks


class TaskTrackerConfig(AppConfig):
    name = "tasktracker"
    verbose_name = "Task Tracker"

    def ready(self) -> None:
        register_checks()
