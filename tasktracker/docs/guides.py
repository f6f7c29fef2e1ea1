"""The guides: Markdown of the repository, drawn as pages.

The same files are read in the repository, so their links are relative there; here they become paths.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

from tasktracker.registry import DIALECTS

# Guides that belong to no dialect: the last part of their path, and their file.
SHARED = {
    "one-task": "docs/one-task.md",
    "webhooks": "docs/webhooks.md",
    "changelog": "CHANGELOG.md",
}
FILES = {**SHARED, **{dialect.name: f"docs/dialects/{dialect.name}.md" for dialect in DIALECTS}}
WRITTEN_BASE = "http://127.0.0.1:8000"
_GUIDE = re.compile(r"(?:.*/)?([\w-]+)\.md(#.*)?")
_DOCUMENT = re.compile(r"(?:.*/)?openapi/([\w-]+)\.json")


@dataclass(frozen=True)
class Guide:
    """One page. title: its first heading; html: written by us; contents: (anchor, text) of its sections."""

    title: str
    html: SafeString
    contents: Sequence[tuple[str, str]]


@cache  # files do not change while the process lives
def guide(name: str) -> Guide:
    """Draw the guide `name`. Raises KeyError where there is none."""
    text = (settings.BASE_DIR / FILES[name]).read_text(encoding="utf-8")
    return draw(
        text.replace(WRITTEN_BASE, settings.TASKTRACKER_BASE_URL)
    )  # commands can be copied as they are


def draw(text: str) -> Guide:
    """Draw Markdown as a page: headings get anchors, links to files become links to pages."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    reader.use(anchors_plugin, max_level=3, slug_func=slugify)
    tokens = reader.parse(text)
    for token in tokens:
        for part in (token, *(token.children or ())):
            _point_at_pages(part)
    headings = [
        (str(token.attrs["id"]), tokens[place + 1].content, token.tag)
        for place, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    html = reader.renderer.render(tokens, reader.options, {})
    html = html.replace("<pre>", '<pre tabindex="0">')  # wide code scrolls, by keyboard too
    return Guide(
        title=headings[0][1],
        html=mark_safe(html),  # noqa: S308  # our own files, not a caller's words
        contents=[(anchor, heading) for anchor, heading, tag in headings if tag == "h2"],
    )


def _point_at_pages(token: Token) -> None:
    if token.type != "link_open":
        return
    target = str(token.attrs["href"])
    if found := _GUIDE.fullmatch(target):
        token.attrs["href"] = f"/docs/{found[1].lower()}/{found[2] or ''}"
    elif found := _DOCUMENT.fullmatch(target):
        token.attrs["href"] = f"/docs/{found[1]}/openapi.json"
