"""The path of the feed, below /api2/calendar/; the ending .ics is optional."""

from django.urls import path

from calendarfeed.views import Feed

urlpatterns = [path("<str:token>", Feed.as_view(), name="calendar_feed")]
