"""The Django app of money: what must be known before the first request.

Nothing but registration belongs here.
"""

from django.apps import AppConfig


class ChargesConfig(AppConfig):
    name = "charges"
    label = "charges"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the outbox send data points, hear of what happens to tasks, and let exports hold money."""
        # Models can be imported only now.
        from accounts.operations.export_sections import register_sections  # noqa: PLC0415
        from charges.operations.data_points import KIND, DataPointHandler, hear_of_tasks  # noqa: PLC0415
        from charges.operations.export_sections import SECTIONS  # noqa: PLC0415
        from tasks.operations.events import listen  # noqa: PLC0415
        from tasktracker.outbox.operations.handlers import register  # noqa: PLC0415

        register(KIND, DataPointHandler())
        listen(hear_of_tasks)
        register_sections(*SECTIONS)
