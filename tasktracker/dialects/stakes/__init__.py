"""Stakes: `/api2`, money on tasks, for `@taskratchet/sdk`, curl and integrations.

Source: seed 1 and contract/stakes.md; rulings in docs/dialects/stakes.md.
"""
