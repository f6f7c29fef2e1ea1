"""The Django app of the outbox: at start it registers the one kind of delivery that is its own."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "tasktracker.outbox"
    label = "outbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tasktracker.outbox.operations.handlers import register  # noqa: PLC0415  # needs models
        from tasktracker.outbox.operations.mail import KIND, MailHandler  # noqa: PLC0415

        register(KIND, MailHandler())
