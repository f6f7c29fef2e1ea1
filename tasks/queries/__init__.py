"""What can be read of tasks, and by whom.

Nothing here changes a row.
"""
