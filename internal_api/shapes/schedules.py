"""When a task comes round, as mobile writes it: only the fields of its frequency.

Source: internal.md, Schedule. What a plan means is tasks.rules.schedule.
"""

import re
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from internal_api.shapes.reading import Body
from internal_api.shapes.showing import NUMBER, TEXT, thing, words
from tasks.rules.schedule import LAST, MAX_INTERVAL, MAX_RUN_LIMIT, Frequency, Plan
from tasktracker.core.zones import allowed_zones
from tasktracker.http.fields import Day, WholeNumber

_LAST_WORD: Final = "last"
_ONE_TO_FIVE: Final = {**NUMBER, "minimum": 1, "maximum": 5}
_LAST: Final = words(_LAST_WORD)
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


class ClockTime(serializers.CharField):
    """A time of day in whole minutes: "09:00"."""

    default_error_messages = {"invalid": "This must be a local time in whole minutes, HH:MM."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or not _CLOCK.fullmatch(data):
            self.fail("invalid")
        return time.fromisoformat(data)


@extend_schema_field({"oneOf": [_ONE_TO_FIVE, _LAST]})
class Nth(serializers.Field[int, Any, Any, Any]):
    """1 to 5, or "last"."""

    default_error_messages = {"invalid": 'This must be 1 to 5 or "last".'}

    def to_internal_value(self, data: Any) -> int:
        if data == _LAST_WORD:
            return LAST
        if isinstance(data, bool) or not isinstance(data, int) or not 1 <= data <= 5:
            self.fail("invalid")
        return int(data)


class ScheduleIn(serializers.Serializer[Any]):
    """Read as keywords of Plan, but for its first day."""

    frequency = serializers.ChoiceField(choices=[str(frequency) for frequency in Frequency])
    interval = WholeNumber(min_value=1, max_value=MAX_INTERVAL, default=1)
    time_of_day = ClockTime()
    time_zone = serializers.CharField(max_length=64, trim_whitespace=False)
    weekday = WholeNumber(min_value=0, max_value=6, required=False, allow_null=True)
    month_day = WholeNumber(min_value=1, max_value=31, required=False, allow_null=True)
    nth = Nth(required=False, allow_null=True)
    end_date = Day(required=False, allow_null=True)
    run_limit = WholeNumber(min_value=1, max_value=MAX_RUN_LIMIT, required=False, allow_null=True)

    def validate_time_zone(self, value: str) -> str:
        if value not in allowed_zones():
            raise serializers.ValidationError("This is not a known time zone.", code="unknown_zone")
        return value


def plan_of(given: Body, at: datetime) -> Plan:
    """Make the plan that was written, from the day on that it is in its time zone."""
    values = {**given, "frequency": Frequency(given["frequency"])}
    return Plan(**values, anchor_date=at.astimezone(ZoneInfo(given["time_zone"])).date())


def schedule_out(plan: Plan) -> Body:
    """Show a plan; end_date and run_limit only where it has one."""
    chosen = {"weekday": plan.weekday, "month_day": plan.month_day, "run_limit": plan.run_limit}
    shown: Body = {
        "frequency": str(plan.frequency),
        "interval": plan.interval,
        "time_of_day": f"{plan.time_of_day:%H:%M}",
        "time_zone": plan.time_zone,
        **{name: value for name, value in chosen.items() if value is not None},
    }
    if plan.nth is not None:
        shown["nth"] = _LAST_WORD if plan.nth == LAST else plan.nth
    if plan.end_date is not None:
        shown["end_date"] = plan.end_date.isoformat()
    return shown


SCHEDULE: Final = thing(
    ("weekday", "month_day", "nth", "end_date", "run_limit"),
    frequency=words(*(str(frequency) for frequency in Frequency)),
    interval={**NUMBER, "minimum": 1, "maximum": MAX_INTERVAL},
    time_of_day={**TEXT, "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
    time_zone=TEXT,
    weekday={**NUMBER, "minimum": 0, "maximum": 6},
    month_day={**NUMBER, "minimum": 1, "maximum": 31},
    nth={"oneOf": [_ONE_TO_FIVE, _LAST]},
    end_date={**TEXT, "format": "date"},
    run_limit=NUMBER,
)
