"""What every page for staff is: rows to look at, no secret among them, and commands that act once.

How an app's admin.py uses it:

    @admin.register(Run)
    class RunAdmin(LookOnly):
        list_display = ("id", "task", "status", "created_at")
        list_filter = ("status",)
        list_select_related = ("task",)         # every relation of list_display: lists take a fixed count
        search_fields = ("=id", "=task__id", "task__title")
        ordering = ("-id",)                     # unique: pages must not overlap

Columns whose names tell that they hold a secret (is_secret) are never shown, searched or filtered by; name
others in `secret_columns`. tests/domain/admin opens every page of a filled database and looks for the values.
Who may enter at all is decided by tasktracker/staff.py.
"""

from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html

from tasktracker.core.errors import Conflict, DomainError

_SECRET_ENDINGS = ("_sealed", "_digest", "password")
_SECRET_NAMES = frozenset({"digest", "session_data", "payload"})
_SAYS_YES_OR_NO = ("is_", "has_", "wants_")


def is_secret(column: str) -> bool:
    """Say whether a column holds a secret, a digest or something sealed, by its name."""
    is_named_so = column in _SECRET_NAMES or column.endswith(_SECRET_ENDINGS)
    return is_named_so and not column.startswith(_SAYS_YES_OR_NO)


def rows_link(view: str, text: object, **filters: object) -> str:
    """Link to the rows of another page. view: "tasks_task"; filters: owner__id=7 and the like."""
    address = f"{reverse(f'admin:{view}_changelist')}?{urlencode(filters)}"
    return format_html('<a href="{}">{}</a>', address, text)


def row_link(view: str, pk: int | str | UUID, text: object) -> str:
    """Link to one row of another page; the text alone where staff has no such page."""
    try:
        address = reverse(f"admin:{view}_change", args=[quote(pk)])
    except NoReverseMatch:
        return str(text)
    return format_html('<a href="{}">{}</a>', address, text)


class StaffPage(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic outside of the stubs
    """Rows that staff sees. Adding and deleting are operations' work: what happened stays written down.

    secret_columns: names that is_secret does not know. links: methods that lead to other rows; they are shown
    below the columns.
    """

    secret_columns: ClassVar[frozenset[str]] = frozenset()
    links: ClassVar[tuple[str, ...]] = ()
    show_full_result_count = False  # no COUNT(*) over everybody's rows
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER  # a COUNT(*) for each choice of each filter

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show what the page names, or every column; a secret is left out either way."""
        named: Any = self.fields or [each.name for each in self.model._meta.concrete_fields]
        return [*(name for name in named if not self._is_secret(name)), *self.links]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return (*self.readonly_fields, *self.links)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Refuse filters on secret columns, which would tell them letter by letter (reliability.md 8)."""
        if any(self._is_secret(part) for part in lookup.split("__")) or self._reaches_secret(lookup):
            return False
        return super().lookup_allowed(lookup, value, request)

    def _is_secret(self, name: str) -> bool:
        return name in self.secret_columns or is_secret(name)

    def _reaches_secret(self, lookup: str) -> bool:
        """Follow a lookup's relations: a page further on may keep more columns to itself than this one."""
        model: Any = self.model
        for part in lookup.split("__"):
            page = self.admin_site._registry.get(model)
            if isinstance(page, StaffPage) and part in page.secret_columns:
                return True
            field = next((each for each in model._meta.get_fields() if each.name == part), None)
            if field is None or field.related_model is None:
                return False
            model = field.related_model
        return False


class LookOnly(StaffPage):
    """Rows that staff only looks at."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class LookOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that belong to another one, below it."""

    can_delete = False
    extra = 0
    show_change_link = False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fields or ()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class CommandForm(forms.Form):
    """One command. command_id: made with the page, so that submitting twice acts once; why: kept with it."""

    why = forms.CharField(max_length=300, required=False)
    command_id = forms.UUIDField(widget=forms.HiddenInput)


class CommandPage(LookOnly):
    """Rows that staff looks at, with a form of commands below. Permission to change them is what it takes.

    command_form: a CommandForm, with a choice where there are several. command_title, command_help: above it.
    """

    change_form_template = "admin/with_command.html"
    command_form: ClassVar[type[CommandForm]] = CommandForm
    command_title: ClassVar[str]
    command_help: ClassVar[str] = ""

    def carry_out(self, request: HttpRequest, pk: str, said: dict[str, Any]) -> str:
        """Do what was asked for, and write down who asked. Returns what to say. Raises DomainError."""
        raise Conflict("There is nothing to do here.")

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.model._meta.app_label}_{self.model._meta.model_name}_command"
        own = path("<path:pk>/command/", self.admin_site.admin_view(self.command), name=name)
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a row with the commands, where the reader may give them."""
        form = self.command_form(initial={"command_id": uuid4()}) if self._may_command(request) else None
        shown = {"command": form, "command_title": self.command_title, "command_help": self.command_help}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def command(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Carry out one command. Only by POST; the admin's own guard has asked who it is."""
        if not self._may_command(request):
            raise PermissionDenied
        form = self.command_form(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            shown = {**self.admin_site.each_context(request), "errors": form.errors}
            return TemplateResponse(request, "admin/command_refused.html", shown, status=400)
        if self.get_object(request, pk) is None:
            raise Http404
        try:
            messages.success(request, self.carry_out(request, pk, form.cleaned_data))
        except DomainError as refusal:
            messages.error(request, refusal.message)
        meta = self.model._meta
        return HttpResponseRedirect(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[pk]))

    def _may_command(self, request: HttpRequest) -> bool:
        meta = self.model._meta
        user: Any = request.user
        return bool(user.is_staff and user.has_perm(f"{meta.app_label}.change_{meta.model_name}"))
