"""Triggers: `POST /api/v1/tasks/:id/{trigger,complete}` for scripts, cron and home automation.

Source: seed 0; rulings in docs/dialects/triggers.md.
"""
