"""Searching for text: the same answer on both databases, which fold letters each in its own way.

Which tasks are searched is decided in queries.
"""

from unicodedata import normalize


def folded(*texts: str) -> str:
    """Write texts as they are stored for searching and looked for: without case, accents spelled one way.

    Several stand on lines of their own, so that a find does not reach from a title into a description.
    Source: README.md of the contract, "Search".
    """
    return "\n".join(normalize("NFC", normalize("NFD", text).casefold()) for text in texts)
