"""The calendar feed: `GET /api2/calendar/:token[.ics]`, tasks with deadlines as iCalendar, for calendar apps.

Source: seed 1; reliability.md P28; rulings in docs/dialects/stakes.md, "The calendar feed".
"""
