"""The Django app of accounts: what must be known before the first request.

Nothing but registration belongs here.
"""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let exports hold what accounts have."""
        # Models can be imported only now.
        from accounts.operations.account_sections import SECTIONS  # noqa: PLC0415
        from accounts.operations.export_sections import register_sections  # noqa: PLC0415

        register_sections(*SECTIONS)
