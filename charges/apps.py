"""The Django app of money: what must be known before the first request.

Nothing but registration belongs here.
"""

from django.apps import AppConfig


class ChargesConfig(AppConfig):
    name = "charges"
    label = "charges"
    default_auto_field = "django.db.models.BigAutoField"
