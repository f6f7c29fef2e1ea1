"""The composition root: settings, the list of dialects, URLs and the glue between them.

Business rules do not belong here; they live in accounts, tasks and charges.
"""
