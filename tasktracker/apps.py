"""Start-up of the composition root: production checks, the bell, which door /admin/ has, what exports hold.

Nothing else belongs here.
"""

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
        _let_exports_hold_the_calendar()
        if settings.TASKTRACKER_BACKGROUND == "celery":
            import_module("tasktracker.celery")  # needs the models, and names the app that rings


class StaffAdminConfig(admin_apps.AdminConfig):
    """Django's admin, behind a door of our own."""

    default_site = "tasktracker.staff.StaffSite"
    default = False


def _let_exports_hold_the_calendar() -> None:
    # Models can be imported only now.
    from accounts.operations.export_sections import register_file  # noqa: PLC0415
    from calendarfeed import ics  # noqa: PLC0415
    from tasks.queries.deadlines import open_deadlines  # noqa: PLC0415

    def calendar(user_id: int) -> bytes:
        return ics.render(open_deadlines(user_id), base_url=settings.TASKTRACKER_BASE_URL)

    register_file("calendar.ics", calendar)
