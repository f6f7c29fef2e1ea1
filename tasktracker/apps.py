"""Start-up of the composition root: production checks, the bell, and which door /admin/ has. Nothing else."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin_apps

from tasktracker.checks import register_checks


class TaskTrackerConfig(AppConfig):
    name = "tasktracker"
    verbose_name = "Task Tracker"
    default = True

    def ready(self) -> None:
        register_checks()
        if settings.TASKTRACKER_BACKGROUND == "celery":
            import_module("tasktracker.celery")  # needs the models, and names the app that rings


class StaffAdminConfig(admin_apps.AdminConfig):
    """Django's admin, behind a door of our own."""

    default_site = "tasktracker.staff.StaffSite"
    default = False
