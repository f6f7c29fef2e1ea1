"""The paths of runs, below /api/."""

from django.urls import URLPattern, path

from tasktracker.dialects.agents.views import run_logs, runs

_PROJECT = "projects/<str:project_id>"
_TASK = f"{_PROJECT}/tasks/<str:task_id>"
_RUN = f"{_TASK}/runs/<str:run_id>"

urlpatterns: list[URLPattern] = [
    path(f"{_PROJECT}/runs/claim", runs.ClaimRun.as_view(), name="agents_claim"),
    path(f"{_TASK}/run", runs.StartRun.as_view(), name="agents_start_run"),
    path(f"{_TASK}/runs", runs.Runs.as_view(), name="agents_runs"),
    path(_RUN, runs.Run.as_view(), name="agents_run"),
    path(f"{_RUN}/start", runs.StartMadeRun.as_view(), name="agents_start_made_run"),
    path(f"{_RUN}/cancel", runs.CancelRun.as_view(), name="agents_cancel_run"),
    path(f"{_RUN}/resume_in_cloud", runs.ResumeRun.as_view(), name="agents_resume_run"),
    path(f"{_RUN}/renew", runs.RenewLease.as_view(), name="agents_renew_lease"),
    path(f"{_RUN}/set_output", runs.SetOutput.as_view(), name="agents_set_output"),
    path(f"{_RUN}/command", runs.CommandRun.as_view(), name="agents_command"),
    path(f"{_RUN}/relay_message", runs.RelayMessage.as_view(), name="agents_relay_message"),
    path(f"{_RUN}/connection_token", runs.ConnectionToken.as_view(), name="agents_connection_token"),
    path(f"{_RUN}/append_log", run_logs.AppendLog.as_view(), name="agents_append_log"),
    path(f"{_RUN}/logs", run_logs.Logs.as_view(), name="agents_logs"),
    path(f"{_RUN}/log_file", run_logs.LogFile.as_view(), name="agents_log_file"),
    path(f"{_RUN}/session_logs", run_logs.SessionLogs.as_view(), name="agents_session_logs"),
    path(f"{_RUN}/stream", run_logs.Stream.as_view(), name="agents_stream"),
]
