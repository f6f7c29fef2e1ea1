"""Money: charges, the month's ledger, cards and recurring stakes belong here, above tasks.

The package is empty until the stakes dialect needs it; nothing else may be put here.
"""
