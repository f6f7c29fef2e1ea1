"""What people say of mail and of Beeminder.

What each may be is decided in accounts.operations.integrations.
"""

from typing import Any, Final

from django import forms

from tasktracker.core.unset import UNSET
from tasktracker.web.forms.page_form import PageForm

_NAME_MAX: Final = 100
_PLAIN: Final = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class MailForm(PageForm):
    """What is mailed that may be left out."""

    wants_digest = forms.BooleanField(
        label="What is at stake, once a day",
        required=False,
        help_text="A morning mail with your open stakes, when there are any.",
    )


class BeeminderForm(PageForm):
    """An account at Beeminder. The fields are named as the operation's problems name them."""

    beeminder_username = forms.CharField(
        label="User name", max_length=_NAME_MAX, required=False, widget=forms.TextInput(attrs=_PLAIN)
    )
    beeminder_token = forms.CharField(
        label="Auth token",
        max_length=500,
        required=False,
        help_text="Kept sealed and never shown again. Empty: the one that is there stays.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    beeminder_goal_new_tasks = forms.CharField(
        label="Goal for new tasks",
        max_length=_NAME_MAX,
        required=False,
        help_text="Every new staked task is a data point of it.",
        widget=forms.TextInput(attrs=_PLAIN),
    )

    def values(self) -> dict[str, Any]:
        """Return what the operation takes."""
        said = self.cleaned_data
        return {
            "username": said["beeminder_username"],
            "token": said["beeminder_token"] or UNSET,
            "goal_new_tasks": said["beeminder_goal_new_tasks"],
        }
