"""Amounts as people write them, and the forms of money: stakes, limits, what speaks against a charge.

How much is too much stands in charges.rules.limits; whether it is allowed, in charges.operations.
"""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from charges.rules.limits import MAX_LIMIT_CENTS, MAX_NOTE
from tasks.rules.limits import MAX_STAKE_CENTS, MIN_STAKE_CENTS
from tasktracker.core.money import dollars
from tasktracker.web.forms.page_form import PageForm
from tasktracker.web.forms.tasks import TimeInput, day_field

_AMOUNT = re.compile(r"\$?\s*(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d{1,2}))?", re.ASCII)
_LONGEST = 24


def cents_of(text: str) -> int | None:
    """Read an amount in dollars: "5", "$5", "5.5", "1,234.50" are 500, 500, 550 and 123450 cents.

    Returns None for what is no amount, or not in whole cents.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    whole, rest = found[1].replace(",", ""), (found[2] or "").ljust(2, "0")
    return int(whole) * 100 + int(rest)


class _AtLeast(MinValueValidator):
    def __init__(self, cents: int) -> None:
        super().__init__(cents, f"This must be {dollars(cents)} or more.")


class _AtMost(MaxValueValidator):
    def __init__(self, cents: int) -> None:
        super().__init__(cents, f"This must be {dollars(cents)} or less.")


class CentsField(forms.CharField):
    """Dollars for people, whole cents for operations; None where it was left empty."""

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=_LONGEST, widget=widget, **options)
        self.validators += [_AtLeast(least), _AtMost(most)]

    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value) or "")
        if not text:
            return None
        cents = cents_of(text) if len(text) <= _LONGEST else None
        if cents is None:
            raise forms.ValidationError("Write an amount in dollars, as 5 or 12.50.", "invalid")
        return cents

    def run_validators(self, value: Any) -> None:
        """Check the amount alone: the length of its text was looked at before."""
        self.validators = [each for each in self.validators if isinstance(each, (_AtLeast, _AtMost))]
        super().run_validators(value)

    def prepare_value(self, value: Any) -> Any:
        return dollars(value).removeprefix("$") if isinstance(value, int) else value


class StakeForm(PageForm):
    """What hangs on a task; with its deadline where it has none. Names as the operations have them."""

    stake_cents = CentsField(
        label="Stake in dollars", least=MIN_STAKE_CENTS, most=MAX_STAKE_CENTS, help_text="$1 or more."
    )
    due_date = day_field("Deadline")
    due_time = forms.TimeField(label="At", widget=TimeInput())

    def __init__(self, *args: Any, zone: ZoneInfo, needs_deadline: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self._zone = zone
        self.fields["due_date"].required = True
        if not needs_deadline:
            del self.fields["due_date"], self.fields["due_time"]

    def due_at(self) -> datetime | None:
        """Return the deadline that was asked for; None where the task has its own."""
        if "due_date" not in self.fields:
            return None
        day, at_time = self.cleaned_data["due_date"], self.cleaned_data["due_time"]
        return datetime.combine(day, at_time, self._zone).astimezone(UTC)


class LimitsForm(PageForm):
    """The monthly caps of an account. Names as the operation has them."""

    monthly_stake_limit_cents = CentsField(
        label="Stakes per month, in dollars",
        least=0,
        most=MAX_LIMIT_CENTS,
        required=False,
        help_text="All tasks made in a month together, whatever becomes of them. Empty: no limit.",
    )
    monthly_charge_limit_cents = CentsField(
        label="Direct charges per month, in dollars",
        least=0,
        most=MAX_LIMIT_CENTS,
        required=False,
        help_text="What programs with your key may charge. 0 allows none. Empty: no limit.",
    )


class ContestForm(PageForm):
    """Why a charge is not fair."""

    reason = forms.CharField(
        label="What happened?",
        max_length=MAX_NOTE,
        help_text="For example: it was done in time, and not ticked off. A person will read this.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_reason(self) -> str:
        return str(self.cleaned_data["reason"]).replace("\r\n", "\n")
