"""Small pieces of HTML that every page uses: icons, form fields, badges, moments.

What words mean stands in shapes.py.
"""

from datetime import datetime
from typing import Any

import lucide
from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tasks.rules.schedule import Plan
from tasktracker.core.money import dollars
from tasktracker.web import shapes
from tasktracker.web.forms.page_form import dress

register = template.Library()

_TABLES = {
    "task": shapes.TASK_WORDS,
    "occurrence": shapes.OCCURRENCE_WORDS,
    "delivery": shapes.DELIVERY_WORDS,
    "charge": shapes.CHARGE_WORDS,
    "run": shapes.RUN_WORDS,
}


@register.simple_tag
def icon(name: str, size: int = 18, extra: str = "") -> SafeString:
    """Draw an icon that says nothing by itself: the text beside it does."""
    options: dict[str, Any] = {"class": f"shrink-0 {extra}".strip(), "aria_hidden": "true"}
    return mark_safe(lucide._render_icon(name + "", size, **options))  # noqa: S308  # the package's own drawing


@register.simple_tag
def badge(kind: str, status: str) -> SafeString:
    """Show a status of a "task", an "occurrence", a "delivery", a "charge" or a "run"."""
    word = _TABLES[kind][status]
    return format_html(
        '<span class="badge badge-soft {}">{}{}</span>', word.tone, icon(word.icon, 14), word.text
    )


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField, wrapper: str = "") -> dict[str, Any]:
    """Show a form field with its label, help and errors. wrapper: classes for the whole."""
    dress(bound.field)  # not every form is one of ours
    kind = getattr(bound.field.widget, "input_type", "")
    is_asked = bound.field.required or kind == "select" or getattr(bound.field, "is_conditional", False)
    return {"field": bound, "wrapper": wrapper, "kind": kind, "is_optional": not is_asked}


@register.inclusion_tag("web/parts/errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """Show what is wrong with a form as a whole."""
    return {"errors": form.non_field_errors()}


@register.filter
def moment(at: datetime | None, empty: str = "") -> str | SafeString:
    """Show an instant in the reader's time zone: "Mon 2 Mar 2026, 12:00"."""
    if at is None:
        return empty
    text = date_format(timezone.localtime(at), "D j M Y, H:i")
    return format_html('<time datetime="{}">{}</time>', at.isoformat(timespec="seconds"), text)


@register.filter
def day(at: datetime | None, empty: str = "") -> str | SafeString:
    """Show the day of an instant in the reader's time zone."""
    if at is None:
        return empty
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}">{}</time>', local.date().isoformat(), date_format(local, "D j M Y")
    )


@register.filter
def channel(kind: str) -> shapes.Word:
    """Say by which way a delivery goes."""
    return shapes.CHANNEL_WORDS[kind]


@register.filter
def moment_word(kind: int) -> shapes.Word:
    """Say what a moment of a task's history is."""
    return shapes.MOMENT_WORDS[kind]


@register.filter
def sentence(plan: Plan) -> str:
    """Say when a plan fires."""
    return shapes.schedule_sentence(plan)


@register.filter
def left(until: datetime, at: datetime) -> str:
    """Say how much time there is until an instant: "5 hours left"."""
    return shapes.time_left_words(until - at)


@register.filter
def recurrence(agenda: Any) -> str:
    """Say how a to-do comes again; nothing where it does not."""
    pattern = agenda.recurrence_pattern if agenda else ""
    return shapes.recurrence_sentence(pattern, agenda.recurrence_interval) if pattern else ""


@register.filter
def duration(seconds: int) -> str:
    """Say a length of time."""
    return shapes.duration_words(seconds)


@register.filter
def plain(number: float) -> str:
    """Write a number as SVG reads it, whatever the reader's language is."""
    return f"{number:g}"


@register.filter
def money(cents: int | None, empty: str = "no limit") -> str:
    """Write whole cents for people; `empty` where there are none."""
    return empty if cents is None else dollars(cents)


@register.filter
def step_words(kind: str) -> str:
    """Say what a step of a charge is."""
    return shapes.STEP_WORDS[kind]


@register.filter
def file_size(size: int) -> str:
    """Say how large a file is."""
    return shapes.size_words(size)


@register.filter
def source_words(source: str) -> str:
    """Say what made an occurrence."""
    return shapes.SOURCE_WORDS[source]


@register.filter
def reason_words(reason: str) -> str:
    """Say why a webhook is off."""
    return shapes.REASON_WORDS[reason]


@register.simple_tag(takes_context=True)
def current(context: template.Context, *prefixes: str) -> SafeString:
    """Mark a link of the navigation as the place where the reader is."""
    is_here = context["request"].path.startswith(prefixes)
    return mark_safe('aria-current="page"') if is_here else SafeString("")  # constant
