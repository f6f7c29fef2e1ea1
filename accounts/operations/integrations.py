"""Connecting an account to Beeminder: who it is there, the token that lets us act, the goal for new tasks.

What is sent there, and when, belongs to charges.
"""

import re
from typing import Final

from accounts.models import Beeminder
from accounts.rules.principal import Principal, require_own_account
from tasktracker.core.errors import Invalid, Problem
from tasktracker.core.sealing import seal
from tasktracker.core.unset import Unset

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{0,100}", flags=re.ASCII)
_TOKEN: Final = re.compile(r"[\x21-\x7e]{0,500}", flags=re.ASCII)


class BadBeeminder(Invalid):
    """A name, goal or token that cannot be one."""

    code = "bad_beeminder"


def connect_beeminder(
    *,
    principal: Principal,
    username: str | Unset | None,
    token: str | Unset | None,
    goal_new_tasks: str | Unset | None,
) -> None:
    """Change the parts that are given; "" and None clear one, what is UNSET stays.

    The token is sealed and never shown again.  Raises NotForKeys, BadBeeminder.
    Source: stakes.md, "partial PUT /me must merge".
    """
    require_own_account(principal)
    given = {"username": username, "token": token, "goal_new_tasks": goal_new_tasks}
    changes = {name: value or "" for name, value in given.items() if not isinstance(value, Unset)}
    problems = [_problem(name) for name, value in changes.items() if not _pattern(name).fullmatch(value)]
    if problems:
        raise BadBeeminder(*problems)
    if not changes:
        return
    if "token" in changes:
        changes["token_sealed"] = _sealed(changes.pop("token"), principal.user_id)
    Beeminder.objects.update_or_create(user_id=principal.user_id, defaults=changes)


def token_purpose(user_id: int) -> str:
    """Return the purpose with which a Beeminder token is sealed."""
    return f"beeminder:{user_id}"


def _sealed(token: str, user_id: int) -> str:
    return seal(token.encode(), purpose=token_purpose(user_id)) if token else ""


def _pattern(name: str) -> re.Pattern[str]:
    return _TOKEN if name == "token" else _NAME


def _problem(name: str) -> Problem:
    return Problem(f"beeminder_{name}", "invalid", "This is not what Beeminder calls it.")
