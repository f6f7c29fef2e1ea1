"""The paths of agents, below /api/. Runs and artifacts have lists of their own."""

from tasktracker.dialects.agents import urls_artifacts, urls_runs

urlpatterns = [*urls_runs.urlpatterns, *urls_artifacts.urlpatterns]
