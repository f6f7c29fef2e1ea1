"""What is asked of a run when it is made, and the state that it carries: free JSON with a few keys of ours.

Source: agents.md A.5.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tasks.rules.runs import Environment
from tasktracker.core.errors import Problem

MAX_ARTIFACT_ID: Final = 128
MAX_JSON_BYTES: Final = 256 * 1024  # of output and state each (ruling "Size caps")
MAX_ERROR: Final = 10_000
MAX_RELAYED: Final = 10_000


class Mode(StrEnum):
    """Whether somebody sits in front of a run."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


class Adapter(StrEnum):
    """Which agent runs."""

    CLAUDE = "claude"
    CODEX = "codex"


class Effort(StrEnum):
    """How long it may think."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    XHIGH = "xhigh"
    MAX = "max"


class Authorship(StrEnum):
    """In whose name a pull request is opened."""

    USER = "user"
    BOT = "bot"


class RunSource(StrEnum):
    """What made a run."""

    MANUAL = "manual"
    SIGNAL_REPORT = "signal_report"


PROVIDERS: Final[Mapping[str, str]] = {Adapter.CLAUDE: "anthropic", Adapter.CODEX: "openai"}
PERMISSION_MODES: Final[Mapping[str, tuple[str, ...]]] = {
    Adapter.CLAUDE: ("default", "acceptEdits", "plan", "bypassPermissions", "auto"),
    Adapter.CODEX: ("plan", "auto", "read-only", "full-access"),
}
# The server's own: a client's word on them is dropped.
SERVER_KEYS: Final = frozenset({"github_credential_source", "pr_authorship_mode", "sandbox_id"})
# What a run that carries on another takes over from it, where it is not told otherwise.
INHERITED: Final = (
    "runtime_adapter",
    "provider",
    "model",
    "reasoning_effort",
    "sandbox_environment_id",
    "pr_base_branch",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What is asked of a new run; None = not said.

    user_message: trimmed. artifact_ids: of staged files, as they were written.
    has_user_token: a token to act for the user came with the request; the token itself is kept nowhere.
    """

    mode: str = Mode.BACKGROUND
    environment: str = Environment.CLOUD
    branch: str | None = None
    resume_from_run_id: UUID | None = None
    user_message: str | None = None
    artifact_ids: tuple[str, ...] = ()
    sandbox_environment_id: UUID | None = None
    authorship: str | None = None
    source: str | None = None
    signal_report_id: str | None = None
    adapter: str | None = None
    model: str | None = None
    effort: str | None = None
    permission_mode: str | None = None
    has_user_token: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    def state(self) -> dict[str, Any]:
        """Write what a run carries of this; keys that nothing was said of are not there."""
        said = {
            "mode": self.mode,
            "pr_base_branch": self.branch,
            "pending_user_message": self.user_message,
            "pending_user_artifact_ids": list(self.artifact_ids) or None,
            "resume_from_run_id": str(self.resume_from_run_id) if self.resume_from_run_id else None,
            "pr_authorship_mode": self.authorship,
            "run_source": self.source,
            "signal_report_id": self.signal_report_id,
            "runtime_adapter": self.adapter,
            "provider": PROVIDERS[self.adapter] if self.adapter else None,
            "model": self.model,
            "reasoning_effort": self.effort,
            "initial_permission_mode": self.permission_mode,
        }
        return {**self.extra, **{name: value for name, value in said.items() if value is not None}}


def runtime_problems(request: RunRequest) -> Iterator[Problem]:
    """List what is wrong with the choice of an agent: its parts come together or not at all."""
    if request.adapter or request.model or request.effort:
        for name, value in (("runtime_adapter", request.adapter), ("model", request.model)):
            if not value:
                detail = "This field is required when selecting a cloud runtime."
                yield Problem(name, "invalid_input", detail)
    if request.permission_mode and not request.adapter:
        detail = "This field requires runtime_adapter to be set."
        yield Problem("initial_permission_mode", "invalid_input", detail)
    elif request.permission_mode and request.permission_mode not in PERMISSION_MODES[request.adapter or ""]:
        detail = f'"{request.permission_mode}" is not a valid choice.'
        yield Problem("initial_permission_mode", "invalid_choice", detail)


def inherited(state: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """Complete the state of a run by that of the run it carries on: its agent is taken over as a whole."""
    names = [name for name in INHERITED if name in earlier and name not in state]
    if "runtime_adapter" in state:  # another agent was chosen: nothing of the earlier one fits it
        names = [name for name in names if name in {"sandbox_environment_id", "pr_base_branch"}]
    return {**{name: earlier[name] for name in names}, **state}


def merged_state(
    state: Mapping[str, Any], changes: Mapping[str, Any], removed: Iterable[str] = ()
) -> dict[str, Any]:
    """Take keys out of a state, then put others in: one level deep, and none of the server's own."""
    kept = {name: value for name, value in state.items() if name not in set(removed) - SERVER_KEYS}
    return kept | {name: value for name, value in changes.items() if name not in SERVER_KEYS}


def merged_output(output: Any, change: Any) -> Any:
    """Put an output's keys into what was there; anything but two objects replaces it."""
    return {**output, **change} if isinstance(output, dict) and isinstance(change, dict) else change
