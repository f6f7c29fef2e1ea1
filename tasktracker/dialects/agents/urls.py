"""The paths of agents, below /api/. Runs and artifacts have lists of their own."""

from django.urls import path

from tasktracker.dialects.agents import urls_artifacts, urls_runs
from tasktracker.dialects.agents.views import devices, tasks

_TASKS = "projects/<str:project_id>/tasks"
_TOKENS = "users/<str:user>/push_tokens"

urlpatterns = [
    path(_TOKENS, devices.PushTokens.as_view(), name="agents_push_tokens"),
    path(f"{_TOKENS}/unregister", devices.UnregisterPushToken.as_view(), name="agents_unregister_push_token"),
    path(_TASKS, tasks.Tasks.as_view(), name="agents_tasks"),
    path(f"{_TASKS}/repositories", tasks.Repositories.as_view(), name="agents_repositories"),
    path(f"{_TASKS}/summaries", tasks.Summaries.as_view(), name="agents_summaries"),
    path(
        f"{_TASKS}/repository_readiness",
        tasks.RepositoryReadiness.as_view(),
        name="agents_repository_readiness",
    ),
    path(f"{_TASKS}/<str:task_id>", tasks.Task.as_view(), name="agents_task"),
    path(f"{_TASKS}/<str:task_id>/presence", devices.Presence.as_view(), name="agents_presence"),
    *urls_runs.urlpatterns,
    *urls_artifacts.urlpatterns,
]
