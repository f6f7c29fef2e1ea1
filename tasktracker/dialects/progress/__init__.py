"""Progress: `/api/{org}/{project}/tasks` for job runners, with actions; the `taskbadger` client speaks it.

Source: seed 2 and the client itself (progress.md); rulings in docs/dialects/progress.md.
"""
