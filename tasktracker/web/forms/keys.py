"""What a new personal key may do, and where.

Making it is accounts.operations.personal_keys.
"""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils import timezone

from accounts.rules.names import CREDENTIAL_NAME_MAX_LENGTH
from accounts.rules.personal_keys import EVERYTHING, READ, USER_WRITE, WRITE
from tasks.rules.deadlines import END_OF_DAY
from tasktracker.web.forms.page_form import PageForm, SomeOf
from tasktracker.web.forms.tasks import day_field

_SCOPES: Final = (
    (READ, "Read tasks, runs, their logs and files"),
    (WRITE, "Write them, too: this is what a runner needs"),
    (USER_WRITE, "Register devices for push"),
    (EVERYTHING, "Everything, also what comes later"),
)


class PersonalKeyForm(PageForm):
    """Name, scopes, the projects that it reaches and an optional last day.

    projects: (id, name) to choose from.
    """

    name = forms.CharField(
        label="Name",
        max_length=CREDENTIAL_NAME_MAX_LENGTH,
        help_text="Where it will be used: “laptop”, “build server”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do", choices=_SCOPES, initial=[WRITE], widget=SomeOf()
    )
    projects = forms.MultipleChoiceField(
        label="Projects that it reaches",
        help_text="Choose none for all of them, also later ones.",
        required=False,
        widget=SomeOf(),
    )
    last_day = day_field("Last day", "Without one it works until you revoke it.")

    def __init__(self, *args: Any, projects: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["projects"].choices = projects  # type: ignore[attr-defined]

    def project_ids(self) -> list[int] | None:
        """Return the projects that it is tied to; None for all."""
        return [int(text) for text in self.cleaned_data["projects"]] or None

    def expires_at(self) -> datetime | None:
        """Return the end of the last day, in the time zone of the page."""
        day = self.cleaned_data["last_day"]
        return timezone.make_aware(datetime.combine(day, END_OF_DAY)) if day else None
