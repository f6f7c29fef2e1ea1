"""The self-hosted runner: claims runs of a project and runs a command for each.

A program of its own. It speaks to a server over HTTP and to nothing else, so it needs neither the server's
settings nor its database, and no library: `python -m tasktracker.runner --help`, or `manage.py runner`.
Source: issue "Agent tasks", point 3; docs/dialects/agents.md, "Runners"; ADR 0044.
"""
