"""Beeminder: one data point, posted through the guarded client of the outbox.

What is posted comes from operations; when again is the outbox's decision.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from tasktracker.outbox.gateways.safe_http import Reply, Unreachable, post
from tasktracker.outbox.rules.outcomes import Outcome

_GONE: Final = frozenset({401, 403, 404, 410})  # the token was taken back, or there is no such goal
_EXCERPT_CHARACTERS: Final = 200


def post_data_point(
    base_url: str, *, username: str, goal: str, token: str, point: Mapping[str, str]
) -> Outcome:
    """Add a data point to a goal. Its requestid makes Beeminder keep one of several tries."""
    place = f"users/{quote(username, safe='')}/goals/{quote(goal, safe='')}/datapoints.json"
    url = f"{base_url.rstrip('/')}/{place}"
    body = urlencode({**point, "auth_token": token}).encode()
    try:
        reply = post(url, body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    except Unreachable as failure:
        return Outcome("retry", error=failure.reason)
    return _outcome(reply, token)


def _outcome(reply: Reply, token: str) -> Outcome:
    if 200 <= reply.status < 300:
        return Outcome("delivered", reply.status, duration_ms=reply.duration_ms)
    excerpt = reply.body.decode(errors="replace").replace(token, "...")[:_EXCERPT_CHARACTERS]
    return Outcome(
        "rejected" if reply.status in _GONE else "retry",
        reply.status,
        error=f"status {reply.status}",
        duration_ms=reply.duration_ms,
        reply_excerpt=excerpt,
    )
