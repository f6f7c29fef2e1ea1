"""The tab of a project that shows what agents do: its tasks, by how their newest runs stand.

Runs themselves are runs.py.
"""

from dataclasses import replace
from typing import Any, Final

from tasks.queries.briefs import BriefedTask, agent_tasks
from tasks.rules.runs import RunStatus
from tasktracker.web.views.project import ProjectTab

_SHOWN = 100
_NEVER_RUN: Final = ""
# What somebody should look at first.
_COLUMNS: Final = (
    ("Running", (RunStatus.IN_PROGRESS,)),
    ("Queued", (RunStatus.QUEUED,)),
    ("Failed", (RunStatus.FAILED,)),
    ("Not started", (RunStatus.NOT_STARTED, _NEVER_RUN)),
    ("Completed", (RunStatus.COMPLETED,)),
    ("Cancelled", (RunStatus.CANCELLED,)),
)


class AgentBoard(ProjectTab):
    """The newest tasks of agents, by the status of their newest run."""

    template_name = "web/projects/agents.html"
    tab = "agents"
    opens = True

    def contents(self) -> dict[str, Any]:
        narrowed = replace(self.principal, project_id=self.project.pk)
        tasks = agent_tasks(narrowed, limit=_SHOWN)
        columns = [
            (name, [task for task in tasks if _status(task) in statuses]) for name, statuses in _COLUMNS
        ]
        return {
            "columns": [(name, found) for name, found in columns if found],
            "is_full": len(tasks) == _SHOWN,
        }


class LiveAgentBoard(AgentBoard):
    """The board alone, for a page that is open. It counts in the limit of fragments (urls.py)."""

    http_method_names = ["get"]
    template_name = "web/projects/agent_board.html"
    opens = False


def _status(task: BriefedTask) -> str:
    return task.latest_run.run.status if task.latest_run else _NEVER_RUN
