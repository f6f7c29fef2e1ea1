"""Mobile: `/internal_api/*` for first-party mobile apps.

Source: seed 0, "Internal API"; internal.md of the contract; rulings in docs/dialects/mobile.md.
"""
