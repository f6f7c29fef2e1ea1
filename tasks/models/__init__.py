"""The rows of tasks, and what the database itself must refuse.

Behaviour does not belong here: operations change rows, queries find them.
"""

from tasks.models.action import Action, ProjectAction
from tasks.models.action_mail import ActionMailCount, ActionMailOptOut
from tasks.models.agenda import Agenda
from tasks.models.artifact import Artifact
from tasks.models.brief import Brief
from tasks.models.monitor import CheckIn, Monitor
from tasks.models.occurrence import Occurrence
from tasks.models.presence import Presence
from tasks.models.progress import Progress
from tasks.models.run import LogChunk, PushCoolDown, Run
from tasks.models.schedule import Schedule
from tasks.models.section import ProjectDisplay, Section
from tasks.models.stream import StreamPlace
from tasks.models.tag import Tag, TaskTag
from tasks.models.task import Task
from tasks.models.webhook import Webhook

__all__ = [
    "Action",
    "ActionMailCount",
    "ActionMailOptOut",
    "Agenda",
    "Artifact",
    "Brief",
    "CheckIn",
    "LogChunk",
    "Monitor",
    "Occurrence",
    "Presence",
    "Progress",
    "ProjectAction",
    "ProjectDisplay",
    "PushCoolDown",
    "Run",
    "Schedule",
    "Section",
    "StreamPlace",
    "Tag",
    "Task",
    "TaskTag",
    "Webhook",
]
