"""Schedules against a slow exact model: every day from the anchor on, every offset of the zone.

Tables of single cases belong in test_schedule.py.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.rules.schedule import LAST, Frequency, Plan, next_slot, slots, validate


def model(schedule: Plan, until: date) -> Iterator[tuple[date, datetime]]:
    """Yield (local day, instant); two days may mean one instant."""
    day, weeks, months = schedule.anchor_date, 0, 0
    while day <= min(until, schedule.end_date or until):
        if model_fires(schedule, day, weeks, months):
            yield (
                day,
                model_instant(datetime.combine(day, schedule.time_of_day), schedule.time_zone),
            )
        day += timedelta(days=1)
        weeks += day.weekday() == 0
        months += day.day == 1


def model_fires(schedule: Plan, day: date, weeks: int, months: int) -> bool:
    days = (day - schedule.anchor_date).days
    ends_month = (day + timedelta(days=1)).day == 1
    on_weekday = day.weekday() == schedule.weekday
    match schedule.frequency:
        case Frequency.WEEKLY:
            return on_weekday and weeks % schedule.interval == 0
        case Frequency.MONTHLY_BY_DAY:
            wanted = schedule.month_day or 0
            hit = day.day == wanted or (ends_month and day.day < wanted)
            return hit and months % schedule.interval == 0
        case Frequency.MONTHLY_BY_WEEKDAY:
            is_last = (day + timedelta(days=7)).month != day.month
            hit = is_last if schedule.nth == LAST else -(-day.day // 7) == schedule.nth
            return on_weekday and hit and months % schedule.interval == 0
        case _:
            return days % schedule.interval == 0


def model_instant(wall: datetime, zone: str) -> datetime:
    """Try each offset in force around that day: the first to show this wall time, else the gap."""
    clock, middle = ZoneInfo(zone), wall.replace(tzinfo=UTC)
    around = [(middle + timedelta(hours=hours)).astimezone(clock).utcoffset() for hours in range(-40, 41)]
    tried = [middle - offset for offset in around if offset is not None]
    exact = [moment for moment in tried if moment.astimezone(clock).replace(tzinfo=None) == wall]
    return min(exact) if exact else max(tried)


ZONES = [
    *["UTC", "America/New_York", "Europe/Berlin", "Europe/Dublin", "Asia/Kathmandu", "Africa/Cairo"],
    *["America/Havana", "Asia/Beirut", "America/Santiago", "America/Asuncion", "Australia/Lord_Howe"],
    *["Pacific/Apia", "Pacific/Chatham", "Antarctica/Troll", "America/Nuuk", "Africa/Casablanca"],
]

# What each frequency needs, and a strategy for it.
FIELDS: dict[Frequency, dict[str, st.SearchStrategy[int]]] = {
    Frequency.DAILY: {},
    Frequency.EVERY_N_DAYS: {},
    Frequency.WEEKLY: {"weekday": st.integers(0, 6)},
    Frequency.MONTHLY_BY_DAY: {"month_day": st.integers(1, 31)},
    Frequency.MONTHLY_BY_WEEKDAY: {
        "weekday": st.integers(0, 6),
        "nth": st.sampled_from([1, 2, 3, 4, 5, LAST]),
    },
}

instants = st.integers(1_230_000_000, 1_930_000_000).map(lambda epoch: datetime.fromtimestamp(epoch, UTC))
anchors = st.dates(date(2010, 1, 1), date(2030, 1, 1)) | st.dates(date(2011, 11, 1), date(2012, 1, 5))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    frequency = draw(st.sampled_from(Frequency))
    anchor = draw(anchors)
    days = draw(st.none() | st.integers(0, 700))
    return Plan(
        frequency=frequency,
        interval=draw(st.integers(1, 4) | st.sampled_from([7, 30])),
        time_of_day=time(draw(st.sampled_from([0, 1, 2, 3, 9, 22, 23])), draw(st.integers(0, 59))),
        time_zone=draw(st.sampled_from(ZONES)),
        anchor_date=anchor,
        end_date=None if days is None else anchor + timedelta(days=days),
        **{field: draw(values) for field, values in FIELDS[frequency].items()},
    )


@given(schedule=plans(), hours=st.integers(-300, 15_000), minutes=st.integers(0, 59))
@settings(max_examples=150)
def test_slots_equal_the_slow_model(schedule: Plan, hours: int, minutes: int) -> None:
    start = datetime.combine(schedule.anchor_date, schedule.time_of_day, UTC)
    after = start + timedelta(hours=hours, minutes=minutes)
    until = start + timedelta(days=800)

    found = list(takewhile(lambda slot: slot < until, slots(schedule, after)))

    known = dict(model(schedule, until.date() + timedelta(days=2)))
    assert validate(schedule) == ()
    assert found == sorted({moment for moment in known.values() if after < moment < until})


@given(schedule=plans())
@settings(max_examples=150)
def test_slots_rise_at_the_right_wall_time_once_a_day(schedule: Plan) -> None:
    clock = ZoneInfo(schedule.time_zone)

    found = list(islice(slots(schedule, datetime(2000, 1, 1, tzinfo=UTC)), 400))

    walls = [slot.astimezone(clock) for slot in found]
    days = [wall.date() for wall in walls if wall.time() == schedule.time_of_day]
    moved = [wall for wall in walls if wall.time() != schedule.time_of_day]
    assert all(earlier < later for earlier, later in pairwise(found))
    assert len(set(days)) == len(days)
    assert all(was_skipped(wall, schedule.time_of_day) for wall in moved)


def was_skipped(wall: datetime, time_of_day: time) -> bool:
    """Whether that local time does not exist on this day, or on the one before."""
    clock, eve = wall.tzinfo, wall - timedelta(days=1)
    planned = [datetime.combine(day, time_of_day, clock) for day in (wall, eve)]
    return any(moment.astimezone(UTC).astimezone(clock).time() != time_of_day for moment in planned)


@given(schedule=plans(), at=instants)
@settings(max_examples=100)
def test_starting_anywhere_gives_the_same_sequence(schedule: Plan, at: datetime) -> None:
    following = next_slot(schedule, at)

    if following is not None:
        just_before = following - timedelta(microseconds=1)
        assert next_slot(schedule, just_before) == following
        assert list(islice(slots(schedule, at), 1, 3)) == list(islice(slots(schedule, following), 2))
