"""The calendar feed: a read-only interface that renders tasks with deadlines as iCalendar bytes.

The package is empty until the feed is built; what is shown comes from tasks' queries, never from models.
"""
