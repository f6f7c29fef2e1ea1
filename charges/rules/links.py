"""Links in mails: where they lead. What makes them theirs is a derived secret (core/derived.py).

Query strings never reach a log, so that is where the secret stands.
"""

from uuid import UUID

CONTEST_PURPOSE = "charges.contest"
UNSUBSCRIBE_PURPOSE = "charges.unsubscribe"


def contest_url(base_url: str, charge_id: UUID, key: str) -> str:
    """Return the address at which an owner contests a charge."""
    return f"{base_url}/charges/{charge_id}/contest/?key={key}"


def unsubscribe_url(base_url: str, user_id: int, key: str) -> str:
    """Return the address that ends digests: a page for people, and one-click for mail programs (RFC 8058)."""
    return f"{base_url}/digest/unsubscribe/{user_id}/?key={key}"


def billing_url(base_url: str) -> str:
    """Return the address of the page with card, charges and limits."""
    return f"{base_url}/settings/billing/"
