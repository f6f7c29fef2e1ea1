"""What people ask of a run, and files that they give it.

How large a file may be is decided in tasks.rules.artifacts; how large a request, in http/page_uploads.py.
"""

from typing import Any

from django import forms

from tasks.rules.runs import MAX_BRANCH
from tasktracker.web.forms.page_form import PageForm

_MESSAGE_MAX = 10_000
_FILES_MOST = 20


class _FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once."""

    widget = _FilesInput(attrs={"class": "file-input w-full"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files that were sent."""
        given = [each for each in (data or []) if each] if isinstance(data, list | tuple) else [data]
        if len(given) > _FILES_MOST:
            raise forms.ValidationError(f"Choose at most {_FILES_MOST} files.", "too_many")
        kept = [super(FilesField, self).clean(each, initial) for each in given or [None]]
        return [each for each in kept if each]


class RunForm(PageForm):
    """A new run."""

    message = forms.CharField(
        label="Message",
        help_text="What this run is told beside the task's own text.",
        max_length=_MESSAGE_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    branch = forms.CharField(
        label="Branch",
        max_length=MAX_BRANCH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    uploads = FilesField(label="Files", required=False, allow_empty_file=True)


class FilesForm(PageForm):
    """Files for a run that there is."""

    uploads = FilesField(label="Files", allow_empty_file=True)

    def first_error(self) -> str:
        """Say what is wrong."""
        return next(str(error) for errors in self.errors.values() for error in errors)
