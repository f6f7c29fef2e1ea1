"""Making and changing tasks.

When a schedule fires, and what a task may be, is decided in tasks.rules.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from tasks.rules.deadlines import END_OF_DAY
from tasks.rules.limits import MAX_DESCRIPTION, MAX_TITLE
from tasks.rules.schedule import MAX_INTERVAL, MAX_RUN_LIMIT, Frequency, Plan
from tasktracker.core.zones import allowed_zones
from tasktracker.web.forms.page_form import PageForm
from tasktracker.web.shapes import NTHS, WEEKDAYS, duration_words

Choices = list[tuple[Any, Any]]

_FIRST, _LAST = date(1970, 1, 2), date(9998, 12, 31)  # a day inside what can be stored, in every zone
_HOUR, _DAY = 3600, 24 * 3600
_COOLDOWNS = (15 * 60, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY)
_FREQUENCIES: Choices = [
    ("", "Only when I trigger it"),
    (Frequency.DAILY, "Daily"),
    (Frequency.WEEKLY, "Weekly"),
    (Frequency.EVERY_N_DAYS, "Every few days"),
    (Frequency.MONTHLY_BY_DAY, "Monthly, by day of the month"),
    (Frequency.MONTHLY_BY_WEEKDAY, "Monthly, by weekday"),
]
_NEEDS: dict[str, tuple[str, ...]] = {
    Frequency.DAILY: (),
    Frequency.EVERY_N_DAYS: (),
    Frequency.WEEKLY: ("weekday",),
    Frequency.MONTHLY_BY_DAY: ("month_day",),
    Frequency.MONTHLY_BY_WEEKDAY: ("weekday", "nth"),
}

_DEADLINE = ("due_at", "is_all_day")
_WRITES: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "description": ("description",),
    "due_date": _DEADLINE,
    "due_time": _DEADLINE,
    "cooldown": ("notification_cooldown_seconds",),
}


@cache
def zone_choices() -> Choices:
    """List the time zones by region, for a select."""
    regions: dict[str, Choices] = {}
    plain: Choices = [("UTC", "UTC")]
    for name in sorted(allowed_zones() - {"UTC"}):
        region, _, place = name.partition("/")
        if place:
            regions.setdefault(region, []).append((name, place.replace("_", " ")))
    return plain + list(regions.items())


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def day_field(label: str, help_text: str = "") -> forms.DateField:
    """Make an optional day that can be stored in every time zone."""
    return forms.DateField(
        label=label,
        required=False,
        help_text=help_text,
        widget=DayInput(),
        validators=[MinValueValidator(_FIRST), MaxValueValidator(_LAST)],
    )


def _whole(values: Sequence[tuple[int, str]], label: str) -> forms.TypedChoiceField:
    choices = [(str(value), text) for value, text in values]
    return forms.TypedChoiceField(label=label, choices=choices, coerce=int, required=False, empty_value=None)


class PlanForm(PageForm):
    """When a task comes round. plan() is None for "only when I trigger it"."""

    frequency = forms.ChoiceField(label="Repeats", choices=_FREQUENCIES, required=False)
    interval = forms.IntegerField(
        label="Every", min_value=1, max_value=MAX_INTERVAL, initial=1, help_text="days, weeks or months"
    )
    weekday = _whole(list(enumerate(WEEKDAYS)), "Weekday")
    nth = _whole([(nth, word.capitalize()) for nth, word in NTHS.items()], "Which one of the month")
    month_day = forms.IntegerField(
        label="Day of the month",
        min_value=1,
        max_value=31,
        required=False,
        initial=1,
        help_text="In a shorter month, its last day.",
    )
    time_of_day = forms.TimeField(label="At", required=False, widget=TimeInput(), initial=time(9))
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices)
    anchor_date = day_field("First day")
    end_date = day_field("Last day")
    run_limit = forms.IntegerField(
        label="At most so many times", min_value=1, max_value=MAX_RUN_LIMIT, required=False
    )

    def __init__(self, *args: Any, time_zone: str, at: datetime, **options: Any) -> None:
        today = at.astimezone(ZoneInfo(time_zone)).date()
        initial = {"time_zone": time_zone, "anchor_date": today, "weekday": today.weekday()}
        super().__init__(*args, initial={**initial, **options.pop("initial", {})}, **options)
        self._today = today
        for name in ("time_of_day", "month_day"):
            self.fields[name].is_conditional = True  # type: ignore[attr-defined]  # asked for by some frequencies

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if (
            values.get("frequency")
            and values.get("time_of_day") is None
            and not self.has_error("time_of_day")
        ):
            self.add_error("time_of_day", forms.ValidationError("A repeating task needs a time.", "required"))
        return values

    def plan(self) -> Plan | None:
        """Return the schedule as written; only what its frequency needs is looked at."""
        values = self.cleaned_data
        if not values["frequency"]:
            return None
        needed = _NEEDS[values["frequency"]]
        return Plan(
            frequency=Frequency(values["frequency"]),
            interval=values["interval"],
            time_of_day=values["time_of_day"],
            time_zone=values["time_zone"],
            anchor_date=values["anchor_date"] or self._today,
            end_date=values["end_date"],
            run_limit=values["run_limit"],
            **{name: values[name] for name in needed},
        )


def plan_initial(plan: Plan) -> dict[str, Any]:
    """Turn a schedule into what the form shows first."""
    return {name: value for name, value in vars(plan).items() if value is not None}


class TaskFields(PageForm):
    """What a task says."""

    title = forms.CharField(
        label="Title",
        max_length=MAX_TITLE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(
        label="Notes", max_length=MAX_DESCRIPTION, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    due_date = day_field("Due")
    due_time = forms.TimeField(
        label="At", required=False, widget=TimeInput(), help_text="Without a time: all day."
    )
    cooldown = forms.TypedChoiceField(
        label="Notification cooldown",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="So long after a completion its schedule stays quiet: no webhook, nothing to do.",
    )

    def __init__(self, *args: Any, zone: ZoneInfo, cooldown: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._zone = zone
        known = sorted({*_COOLDOWNS, *([cooldown] if cooldown else [])})
        choices: Choices = [("", "None"), *((str(seconds), duration_words(seconds)) for seconds in known)]
        self.fields["cooldown"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField's

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("due_time") and not values.get("due_date"):
            self.add_error("due_date", forms.ValidationError("A time needs a day.", "required"))
        return values

    def clean_description(self) -> str:
        return str(self.cleaned_data["description"]).replace("\r\n", "\n")

    def changes(self) -> dict[str, Any]:
        """Return what the operations take, of what was changed: a moment's seconds survive an edit."""
        changed = {name for field in self.changed_data for name in _WRITES[field]}
        return {name: value for name, value in self.values().items() if name in changed}

    def values(self) -> dict[str, Any]:
        """Return what the operations take."""
        day, at_time = self.cleaned_data["due_date"], self.cleaned_data["due_time"]
        due_at = datetime.combine(day, at_time or END_OF_DAY, self._zone).astimezone(UTC) if day else None
        return {
            "title": self.cleaned_data["title"],
            "description": self.cleaned_data["description"],
            "due_at": due_at,
            "is_all_day": day is not None and at_time is None,
            "notification_cooldown_seconds": self.cleaned_data["cooldown"],
        }


class NewTaskForm(TaskFields, PlanForm):
    """A new task with everything that it can have."""

    project = forms.TypedChoiceField(label="Project", coerce=int, required=False, empty_value=None)
    field_order = ("title", "description", "project", "due_date", "due_time", "cooldown")

    def __init__(self, *args: Any, projects: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["project"].choices = projects  # type: ignore[attr-defined]  # a ChoiceField's


class QuickTaskForm(PageForm):
    """A task in one line."""

    title = forms.CharField(label="New task", max_length=MAX_TITLE)
