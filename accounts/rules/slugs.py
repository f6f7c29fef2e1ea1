"""Slugs: the names of organizations and projects as they stand in paths.

Source: contract, "Names and ids". `/api/{org}/{project}/tasks` must not be taken for another dialect's path.
"""

import re
from collections.abc import Collection
from typing import Final

from django.utils.text import slugify

SLUG_MAX_LENGTH: Final = 63
_STEM_MAX_LENGTH: Final = 54  # leaves room for a number or a random ending

# First path segments under /api of other dialects and of ours to come; no organization may be called so.
RESERVED: Final = frozenset(
    """admin api api1 api2 auth auth-check billing calendar charges dev docs environments health healthz help
    internal internal_api login logout me metrics new null openapi organizations orgs payments projects public
    readyz redoc runs schema schemas sessions settings signin signout signup static stats support swagger
    system tasks teams undefined user users webhooks www""".split()  # noqa: SIM905  # one word a line would hide the list
)
_VERSION = re.compile(r"v\d+", re.ASCII)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


def is_slug(text: str) -> bool:
    """Say whether `text` is spelled as a slug: a-z, 0-9 and inner hyphens, at most 63 characters."""
    return _SLUG.fullmatch(text) is not None


def is_reserved(slug: str) -> bool:
    """Say whether an organization may not be called so, because it is, or may become, another path."""
    return slug in RESERVED or _VERSION.fullmatch(slug) is not None


def slug_stem(name: str) -> str:
    """Turn a name into what its slugs begin with; `x` where nothing of it is left in ASCII."""
    return slugify(name.replace("_", " "))[:_STEM_MAX_LENGTH].strip("-") or "x"


def slugify_unique(name: str, taken: Collection[str]) -> str:
    """Make a slug of `name` that is neither reserved nor taken, by counting up: acme, acme-2, acme-3.

    taken: at least those in use that begin with slug_stem(name).
    """
    stem = slug_stem(name)
    slug, count = stem, 1
    while slug in taken or is_reserved(slug):
        count += 1
        slug = f"{stem}-{count}"
    return slug
