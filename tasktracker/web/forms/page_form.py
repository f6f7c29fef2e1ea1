"""The form that every page's form is: it looks like ours and can show what an operation refused.

Fields and their rules belong to the form of each page.
"""

from typing import Any

from django import forms
from django.forms.widgets import ChoiceWidget

from tasktracker.core.errors import DomainError, Invalid, Problem

_CLASSES = {
    "select": "select",
    "textarea": "textarea min-h-24 leading-relaxed",
    "checkbox": "checkbox checkbox-primary checkbox-sm mt-0.5",
}


class _Choices(ChoiceWidget):
    """Several boxes: the class on the widget is their list's, each box has its own."""

    box = ""

    def __init__(self) -> None:
        super().__init__(attrs={"class": "choices"})

    def create_option(self, *args: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(*args, **options)
        option["attrs"]["class"] = self.box
        return option


class OneOf(_Choices, forms.RadioSelect):
    box = "radio radio-primary radio-sm mt-0.5"


class SomeOf(_Choices, forms.CheckboxSelectMultiple):
    box = "checkbox checkbox-primary checkbox-sm mt-0.5"


def dress(field: forms.Field) -> None:
    """Give a field's widget the classes of its kind."""
    widget = field.widget
    widget.attrs.setdefault("class", _CLASSES.get(_kind(widget), "input"))


def _kind(widget: forms.Widget) -> str:
    if isinstance(widget, forms.Textarea):
        return "textarea"
    return str(getattr(widget, "input_type", ""))


class PageForm(forms.Form):
    """A form of a page. `refused` shows a refusal beside the fields that it is about."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            dress(field)

    def refused(self, refusal: DomainError) -> None:
        """Take a refusal in as errors: of its fields where they are here, else of the whole form."""
        problems = refusal.problems if isinstance(refusal, Invalid) else ()
        for problem in problems or [Problem(None, refusal.code, refusal.message)]:
            error = forms.ValidationError(problem.detail, code=problem.code)
            self.add_error(self._place(problem.field), error)

    def _place(self, path: str | None) -> str | None:
        """Find the field of a dotted path: "schedule.weekday" is weekday, "events.0" is events."""
        return next((part for part in reversed((path or "").split(".")) if part in self.fields), None)
