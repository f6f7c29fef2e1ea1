"""What a new API token may do.

Making it is accounts.operations.credentials; that a task is the caller's own is asked of tasks.queries.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from accounts.rules.names import CREDENTIAL_NAME_MAX_LENGTH
from accounts.rules.scopes import USER_SCOPE, task_scope
from tasks.rules.deadlines import END_OF_DAY
from tasktracker.web.forms.page_form import OneOf, PageForm
from tasktracker.web.forms.tasks import day_field

ONE_TASK = "task"


class TokenForm(PageForm):
    """Name, scope and an optional last day.

    tasks: (id, title) to choose from.
    """

    name = forms.CharField(
        label="Name",
        max_length=CREDENTIAL_NAME_MAX_LENGTH,
        help_text="Where it will be used: “doorbell”, “backup script”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        label="What it may do",
        choices=[
            (USER_SCOPE, "Trigger and complete every task of mine"),
            (ONE_TASK, "Trigger and complete one task"),
        ],
        initial=USER_SCOPE,
        widget=OneOf(),
    )
    task = forms.ChoiceField(label="Task", required=False)
    last_day = day_field("Last day", "Without one it works until you revoke it.")

    def __init__(self, *args: Any, tasks: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["task"].choices = [("", "Choose a task"), *tasks]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        needs_task = values.get("scope") == ONE_TASK and not self.has_error("task")
        if needs_task and not values.get("task"):
            self.add_error("task", forms.ValidationError("Choose the task.", "required"))
        return values

    def task_id(self) -> UUID | None:
        """Return the one task that it is for."""
        return UUID(self.cleaned_data["task"]) if self.cleaned_data["scope"] == ONE_TASK else None

    def scope_text(self) -> str:
        """Write the scope as tokens carry it."""
        task_id = self.task_id()
        return task_scope(task_id) if task_id else USER_SCOPE

    def expires_at(self) -> datetime | None:
        """Return the end of the last day, in the time zone of the page."""
        day = self.cleaned_data["last_day"]
        return timezone.make_aware(datetime.combine(day, END_OF_DAY)) if day else None
