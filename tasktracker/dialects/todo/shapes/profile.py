"""The bodies of profile, name, password and preferences.

What they may be is decided in accounts.
"""

import re
from datetime import time
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rules.names import NAME_MAX_LENGTH
from accounts.rules.preferences import MOST_REMINDER_MINUTES
from tasktracker.dialects.todo.shapes.answers import moment
from tasktracker.http.fields import Flag, Text, WholeNumber

_LONGEST_PASSWORD: Final = 4096
_TIME_OF_DAY = re.compile(r"[0-2][0-9]:[0-5][0-9]")


# --- profile ------------------------------------------------------------------------------------------------
class NameIn(serializers.Serializer[Any]):
    name = Text(max_length=NAME_MAX_LENGTH)


# What OpenAPI says of a form; the texts are NameIn's, the picture is read by accounts.rules.pictures.
PROFILE_FORM: Final = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": NAME_MAX_LENGTH},
        "image": {"type": "string", "format": "binary", "description": "JPEG or PNG, 5 MiB at most."},
    },
    "required": ["name"],
}


class UserOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField(allow_null=True)
    email = serializers.EmailField()
    image = serializers.URLField(allow_null=True)
    isPasswordSet = serializers.BooleanField()  # noqa: N815  # the document's spelling, as below
    isOAuthLinked = serializers.BooleanField()  # noqa: N815
    provider = serializers.CharField(allow_null=True)
    createdAt = serializers.DateTimeField()  # noqa: N815


class ProfileOut(serializers.Serializer[Any]):
    user = UserOut()


def profile_out(account: Any, picture_name: str | None) -> dict[str, Any]:
    """Show an account to its owner. Nobody signs in through another provider here."""
    return {
        "user": {
            "id": account.pk,
            "name": account.name or None,
            "email": account.email,
            "image": _picture_url(picture_name) if picture_name else None,
            "isPasswordSet": account.has_usable_password(),
            "isOAuthLinked": False,
            "provider": None,
            "createdAt": moment(account.date_joined),
        }
    }


def _picture_url(name: str) -> str:
    return f"{settings.TASKTRACKER_BASE_URL}{reverse('todo_picture', args=[name])}"


# --- password -----------------------------------------------------------------------------------------------
class PasswordIn(serializers.Serializer[Any]):
    """currentPassword: left out where the account has none yet."""

    currentPassword = Text(  # noqa: N815
        max_length=_LONGEST_PASSWORD, required=False, allow_blank=True, default="", source="current_password"
    )
    newPassword = Text(max_length=_LONGEST_PASSWORD, source="new_password")  # noqa: N815
    confirmNewPassword = Text(max_length=_LONGEST_PASSWORD)  # noqa: N815

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.pop("confirmNewPassword") != attrs["new_password"]:
            problem = serializers.ErrorDetail("The two new passwords differ.", code="passwords_differ")
            raise serializers.ValidationError({"confirmNewPassword": problem})
        return attrs


# --- preferences --------------------------------------------------------------------------------------------
@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
class TimeOfDay(serializers.TimeField):
    """A time of day as "09:30"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **options)

    def to_internal_value(self, value: Any) -> time:
        if not isinstance(value, str) or not _TIME_OF_DAY.fullmatch(value):
            self.fail("invalid", format="hh:mm")
        return super().to_internal_value(value)


class PreferencesOut(serializers.Serializer[Any]):
    """Reminders are spelled with an a in the document."""

    emailEnabled = Flag(source="wants_email")  # noqa: N815
    reminderBefore = WholeNumber(  # noqa: N815
        min_value=0, max_value=MOST_REMINDER_MINUTES, source="reminder_before_minutes"
    )
    taskRemainders = Flag(source="wants_task_reminders")  # noqa: N815
    automaticRemainder = Flag(source="wants_automatic_reminders")  # noqa: N815
    dailyDigest = Flag(source="wants_daily_digest")  # noqa: N815
    digestTime = TimeOfDay(allow_null=True, source="digest_time")  # noqa: N815


class PreferencesIn(PreferencesOut):
    """Any of them, at least one."""
