"""What is to be done: tasks and all that hangs on them (occurrences, schedules, runs, webhooks).

Money belongs in charges, people and projects in accounts, HTTP in the dialects.
"""
