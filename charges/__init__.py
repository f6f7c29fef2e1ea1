"""Money: charges, the month's ledger, cards, recurring stakes and the closing of accounts, above tasks.

The stand-in for the card processor in fake_stripe/ is a program of its own; nothing here imports it.
"""
