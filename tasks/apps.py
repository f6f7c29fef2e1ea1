"""The Django app of tasks: what must be known before the first request.

Nothing but registration belongs here.
"""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tasks"
    label = "tasks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the outbox send webhooks and pushes, and exports hold tasks."""
        # Models can be imported only now.
        from accounts.operations.export_sections import register_sections  # noqa: PLC0415
        from tasks.operations.events import KIND  # noqa: PLC0415
        from tasks.operations.export_sections import SECTIONS  # noqa: PLC0415
        from tasks.operations.push_deliveries import PushHandler  # noqa: PLC0415
        from tasks.operations.pushes import KIND as PUSH  # noqa: PLC0415
        from tasks.operations.webhook_deliveries import WebhookHandler  # noqa: PLC0415
        from tasktracker.outbox.operations.handlers import register  # noqa: PLC0415

        register(KIND, WebhookHandler())
        register(PUSH, PushHandler())
        register_sections(*SECTIONS)
