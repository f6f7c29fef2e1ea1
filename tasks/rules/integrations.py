"""Where an action can send: to a few e-mail addresses, or to a webhook of the project.

Whether a webhook of that name exists is asked in operations. Source: progress.md B5.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from accounts.rules.emails import BadEmail, normal_email
from tasks.rules.progress import MAX_JSON_BYTES
from tasktracker.core.errors import Problem

EMAIL = "email"
WEBHOOK_PREFIX = "webhook:"
MAX_INTEGRATION = 50
MAX_RECIPIENTS = 5


def webhook_slug(integration: str) -> str | None:
    """Read the project's name for a webhook out of `webhook:<slug>`; None for other integrations."""
    return integration.removeprefix(WEBHOOK_PREFIX) if integration.startswith(WEBHOOK_PREFIX) else None


def recipients(config: Any) -> list[str]:
    """List the addresses of an e-mail action's config, each once, as they are stored. Raises BadEmail."""
    texts = config["to"].split(",")
    return list(dict.fromkeys(normal_email(text) for text in texts if text.strip()))


def integration_problems(integration: str, config: Any) -> Iterator[Problem]:
    """List what is wrong with an action's integration and its config, as far as they tell themselves."""
    if len(orjson.dumps(config)) > MAX_JSON_BYTES:
        yield Problem("config", "max_length", "This is larger than 256 KiB.")
    elif integration == EMAIL:
        yield from _email_problems(config)
    elif not webhook_slug(integration):
        yield Problem("integration", "invalid", "The integration is “email” or “webhook:” and a slug.")


def _email_problems(config: Any) -> Iterator[Problem]:
    if not isinstance(config, dict) or not isinstance(config.get("to"), str):
        yield Problem("config", "required", 'An e-mail action needs {"to": "address, address"}.')
        return
    try:
        found = recipients(config)
    except BadEmail:
        yield Problem("config", "invalid", "Each recipient must be an e-mail address.")
        return
    if not found:
        yield Problem("config", "required", "Name at least one recipient.")
    elif len(found) > MAX_RECIPIENTS:
        yield Problem("config", "max_length", f"Name at most {MAX_RECIPIENTS} recipients.")
