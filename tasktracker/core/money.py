"""Money: whole cents in an int, and how they are written for people.

Limits and ledgers do not belong here (they are charges').
"""

Cents = int


def dollars(cents: Cents) -> str:
    """Write whole cents for people: 123456 -> "$1,234.56"."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}${whole:,}.{rest:02d}"
