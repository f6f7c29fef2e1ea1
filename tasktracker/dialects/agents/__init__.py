"""Agents: `/api/projects/{id}/tasks` for agent desktops, mobile apps and runners; `@posthog/agent` speaks it.

Source: seed 4 and the client itself (agents.md); rulings in docs/dialects/agents.md.
"""
