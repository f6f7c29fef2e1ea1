"""The paths of the pages, in the spelling that links show; both spellings answer (middleware.py)."""

from django.urls import include, path, re_path

from tasks.operations import lifecycle, shelving
from tasktracker.http.page_limits import budget
from tasktracker.web.views import (
    accounts,
    agents,
    billing,
    bulk,
    closing,
    connections,
    contest,
    dev,
    devices,
    exports,
    monitors,
    numbers,
    organizations,
    personal_keys,
    project_actions,
    project_keys,
    project_webhooks,
    projects,
    public,
    quick_add,
    runs,
    settings,
    stakes,
    task,
    tasks,
    today,
    tokens,
    webhooks,
)

_TASK = "tasks/<uuid:task_id>"
_OCCURRENCE = f"{_TASK}/occurrences/<uuid:occurrence_id>"
_RUN = f"{_TASK}/runs/<uuid:run_id>"
_WEBHOOK = "webhooks/<uuid:webhook_id>"
_PROJECT = "projects/<int:project_id>"
_ORGANIZATION = "organizations/<int:organization_id>"
_MEMBER = f"{_ORGANIZATION}/members/<int:user_id>"
_ACTION = f"{_PROJECT}/actions/<int:action_id>"
_MONITOR = f"{_PROJECT}/monitors/<uuid:monitor_id>"

urlpatterns = [
    path("", accounts.home, name="home"),
    path("terms", accounts.terms, name="terms"),
    path("public/tasks/<uuid:task_id>/", public.public_task, name="public_task"),
    path("a/<slug:org>/tasks/<uuid:task_id>/", public.progress_page, name="progress_page"),
    path("unsubscribe/<str:key>/", public.unsubscribe, name="unsubscribe"),
    # --- doors ----------------------------------------------------------------------------------------------
    path("accounts/login/", accounts.sign_in, name="account_login"),
    path("accounts/logout/", accounts.sign_out, name="account_logout"),
    path("accounts/signup/", accounts.sign_up, name="account_signup"),
    path("accounts/inactive/", accounts.inactive, name="account_inactive"),
    path("accounts/reauthenticate/", accounts.reauthenticate, name="account_reauthenticate"),
    path("accounts/confirm-email/", accounts.confirmation_sent, name="account_email_verification_sent"),
    path("accounts/confirm-email/change/<str:key>/", settings.ConfirmChange.as_view(), name="confirm_change"),
    re_path(r"^accounts/confirm-email/(?P<key>[-:\w]+)/$", accounts.confirm, name="account_confirm_email"),
    path("accounts/password/reset/", accounts.reset, name="account_reset_password"),
    path("accounts/password/reset/done/", accounts.reset_sent, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        accounts.reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        accounts.reset_done,
        name="account_reset_password_from_key_done",
    ),
    path("accounts/2fa/webauthn/login/", accounts.sign_in_with_passkey, name="mfa_login_webauthn"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    # --- today and tasks ------------------------------------------------------------------------------------
    path("today/", today.TodayPage.as_view(), name="today"),
    path("today/aside", budget("fragment")(today.Aside.as_view()), name="today_aside"),
    path("tasks/understood", budget("fragment")(quick_add.Understood.as_view()), name="understood"),
    path("tasks/", tasks.TaskList.as_view(), name="task_list"),
    path("tasks/bulk", bulk.BulkAction.as_view(), name="bulk_tasks"),
    path("tasks/new", tasks.NewTask.as_view(), name="new_task"),
    path(_TASK, task.TaskPage.as_view(), name="task"),
    path(f"{_TASK}/edit", task.EditTask.as_view(), name="edit_task"),
    path(f"{_TASK}/schedule", task.ScheduleTask.as_view(), name="schedule_task"),
    path(f"{_TASK}/parts", task.AddPart.as_view(), name="add_part"),
    path(f"{_TASK}/tags", task.TagTask.as_view(), name="tag_task"),
    path(f"{_TASK}/delete", task.DeleteTask.as_view(), name="delete_task"),
    path(
        f"{_TASK}/trigger",
        task.TaskAction.as_view(operation=lifecycle.trigger_task, limit="trigger", said="Triggered."),
        name="trigger_task_page",
    ),
    path(
        f"{_TASK}/complete",
        task.TaskAction.as_view(operation=lifecycle.complete_task, limit="complete", said="Done."),
        name="complete_task_page",
    ),
    path(
        f"{_TASK}/uncomplete",
        task.TaskAction.as_view(operation=lifecycle.uncomplete_task, said="The completion is taken back."),
        name="uncomplete_task",
    ),
    path(
        f"{_TASK}/archive",
        task.TaskAction.as_view(operation=shelving.archive_task, said="The task is archived."),
        name="archive_task",
    ),
    path(
        f"{_TASK}/unarchive",
        task.TaskAction.as_view(operation=shelving.unarchive_task, said="The task is back."),
        name="unarchive_task",
    ),
    path(
        f"{_OCCURRENCE}/complete",
        task.TaskAction.as_view(operation=lifecycle.complete_occurrence, limit="complete", said="Done."),
        name="complete_occurrence_page",
    ),
    path(
        f"{_OCCURRENCE}/skip",
        task.TaskAction.as_view(operation=lifecycle.skip_occurrence, said="Skipped."),
        name="skip_occurrence_page",
    ),
    path(
        f"{_OCCURRENCE}/invalidate",
        task.TaskAction.as_view(
            operation=lifecycle.invalidate_occurrence, said="The completion is taken back."
        ),
        name="invalidate_occurrence_page",
    ),
    # --- stakes and charges ---------------------------------------------------------------------------------
    path(f"{_TASK}/stake/", stakes.StakePage.as_view(), name="stake"),
    path(f"{_TASK}/stake/uncle/", stakes.UncleTask.as_view(), name="uncle_task"),
    path("charges/<uuid:charge_id>/contest/", contest.contest, name="contest"),
    path("digest/unsubscribe/<int:user_id>/", public.end_digests, name="end_digests"),
    # --- runs -----------------------------------------------------------------------------------------------
    path(f"{_TASK}/runs", runs.RunList.as_view(), name="runs"),
    path(f"{_TASK}/runs/new", runs.NewRun.as_view(), name="new_run"),
    path(_RUN, runs.RunPage.as_view(), name="run"),
    path(f"{_RUN}/standing", budget("fragment")(runs.RunStanding.as_view()), name="run_standing"),
    path(f"{_RUN}/cancel", runs.CancelRun.as_view(), name="cancel_run"),
    path(f"{_RUN}/files", runs.AddFiles.as_view(), name="add_run_files"),
    path(f"{_RUN}/files/<uuid:artifact_id>", runs.RunFile.as_view(), name="run_file"),
    path("numbers/", numbers.NumbersPage.as_view(), name="numbers"),
    # --- organizations --------------------------------------------------------------------------------------
    path("organizations/", organizations.OrganizationList.as_view(), name="organizations"),
    path("organizations/new", organizations.NewOrganization.as_view(), name="new_organization"),
    path(_ORGANIZATION, organizations.OrganizationPage.as_view(), name="organization"),
    path(f"{_ORGANIZATION}/rename", organizations.Rename.as_view(), name="rename_organization"),
    path(f"{_ORGANIZATION}/invite", organizations.Invite.as_view(), name="invite"),
    path(
        f"{_ORGANIZATION}/invitations/<uuid:invitation_id>/revoke",
        organizations.RevokeInvitation.as_view(),
        name="revoke_invitation",
    ),
    path(f"{_MEMBER}/role", organizations.ChangeRole.as_view(), name="change_role"),
    path(f"{_MEMBER}/remove", organizations.RemoveMember.as_view(), name="remove_member"),
    path("invitations/<str:token>/", organizations.AcceptInvitation.as_view(), name="accept_invitation"),
    # --- projects -------------------------------------------------------------------------------------------
    path("projects/", projects.ProjectList.as_view(), name="projects"),
    path("projects/new", projects.NewProject.as_view(), name="new_project"),
    path(_PROJECT, projects.Board.as_view(), name="project"),
    path(f"{_PROJECT}/board", budget("fragment")(projects.LiveBoard.as_view()), name="live_board"),
    path(f"{_PROJECT}/agents", agents.AgentBoard.as_view(), name="project_agents"),
    path(
        f"{_PROJECT}/agents/board",
        budget("fragment")(agents.LiveAgentBoard.as_view()),
        name="live_agent_board",
    ),
    path(f"{_PROJECT}/members", projects.Members.as_view(), name="project_members"),
    path(f"{_PROJECT}/settings", projects.ProjectSettings.as_view(), name="project_settings"),
    path(f"{_PROJECT}/rename", projects.RenameProject.as_view(), name="rename_project"),
    path(
        f"{_PROJECT}/public-pages/on",
        projects.SwitchPublicPages.as_view(is_on=True),
        name="public_pages_on",
    ),
    path(
        f"{_PROJECT}/public-pages/off",
        projects.SwitchPublicPages.as_view(is_on=False),
        name="public_pages_off",
    ),
    path(f"{_PROJECT}/keys", project_keys.KeyList.as_view(), name="project_keys"),
    path(f"{_PROJECT}/keys/new", project_keys.NewKey.as_view(), name="new_project_key"),
    path(
        f"{_PROJECT}/keys/<uuid:key_id>/revoke", project_keys.RevokeKey.as_view(), name="revoke_project_key"
    ),
    path(f"{_PROJECT}/webhooks", project_webhooks.ProjectWebhookList.as_view(), name="project_webhooks"),
    path(
        f"{_PROJECT}/webhooks/new", project_webhooks.NewProjectWebhook.as_view(), name="new_project_webhook"
    ),
    path(f"{_PROJECT}/actions", project_actions.ActionList.as_view(), name="project_actions"),
    path(f"{_PROJECT}/actions/new", project_actions.NewAction.as_view(), name="new_project_action"),
    path(f"{_ACTION}/edit", project_actions.EditAction.as_view(), name="edit_project_action"),
    path(
        f"{_ACTION}/enable",
        project_actions.SwitchAction.as_view(is_enabled=True),
        name="enable_project_action",
    ),
    path(
        f"{_ACTION}/disable",
        project_actions.SwitchAction.as_view(is_enabled=False),
        name="disable_project_action",
    ),
    path(f"{_ACTION}/delete", project_actions.DeleteAction.as_view(), name="delete_project_action"),
    path(f"{_PROJECT}/monitors", monitors.MonitorList.as_view(), name="project_monitors"),
    path(f"{_PROJECT}/monitors/new", monitors.NewMonitor.as_view(), name="new_monitor"),
    path(_MONITOR, monitors.MonitorPage.as_view(), name="monitor"),
    path(f"{_MONITOR}/edit", monitors.EditMonitor.as_view(), name="edit_monitor"),
    path(f"{_MONITOR}/enable", monitors.SwitchMonitor.as_view(is_enabled=True), name="enable_monitor"),
    path(f"{_MONITOR}/disable", monitors.SwitchMonitor.as_view(is_enabled=False), name="disable_monitor"),
    path(f"{_MONITOR}/delete", monitors.DeleteMonitor.as_view(), name="delete_monitor"),
    # --- tokens and webhooks --------------------------------------------------------------------------------
    path("tokens/", tokens.TokenList.as_view(), name="tokens"),
    path("tokens/new", tokens.NewToken.as_view(), name="new_token"),
    path("tokens/<uuid:token_id>/revoke", tokens.RevokeToken.as_view(), name="revoke_token"),
    path("webhooks/", webhooks.WebhookList.as_view(), name="webhooks"),
    path("webhooks/new", webhooks.NewWebhook.as_view(), name="new_webhook"),
    path(_WEBHOOK, webhooks.WebhookPage.as_view(), name="webhook"),
    path(f"{_WEBHOOK}/edit", webhooks.EditWebhook.as_view(), name="edit_webhook"),
    path(f"{_WEBHOOK}/enable", webhooks.SwitchWebhook.as_view(is_enabled=True), name="enable_webhook"),
    path(f"{_WEBHOOK}/disable", webhooks.SwitchWebhook.as_view(is_enabled=False), name="disable_webhook"),
    path(f"{_WEBHOOK}/rotate", webhooks.RotateSecret.as_view(), name="rotate_webhook"),
    path(f"{_WEBHOOK}/test", webhooks.SendTest.as_view(), name="test_webhook"),
    path(f"{_WEBHOOK}/delete", webhooks.DeleteWebhook.as_view(), name="delete_webhook"),
    path(
        f"{_WEBHOOK}/deliveries/<uuid:delivery_id>/replay",
        webhooks.ReplayDelivery.as_view(),
        name="replay_delivery",
    ),
    # --- settings -------------------------------------------------------------------------------------------
    path("settings/", settings.Profile.as_view(), name="settings"),
    path("settings/enrollment", settings.Enrollment.as_view(), name="enrollment"),
    path("settings/email", settings.Email.as_view(), name="account_email"),
    path("settings/password", settings.Password.as_view(), name="account_change_password"),
    path("settings/sessions", settings.Sessions.as_view(), name="sessions"),
    path("settings/devices", devices.Devices.as_view(), name="devices"),
    path("settings/devices/<uuid:device_id>/revoke", devices.RevokeDevice.as_view(), name="revoke_device"),
    path("settings/billing/", billing.Billing.as_view(), name="billing"),
    path(
        "settings/billing/recurring/<uuid:recurring_id>/stop/",
        billing.StopRecurring.as_view(),
        name="stop_recurring",
    ),
    path("settings/billing/card/", billing.AddCard.as_view(), name="add_card"),
    path("settings/billing/card/given/", billing.CardGiven.as_view(), name="card_given"),
    path("settings/billing/card/remove/", billing.RemoveCard.as_view(), name="remove_card"),
    path("settings/keys", personal_keys.PersonalKeyList.as_view(), name="personal_keys"),
    path("settings/keys/new", personal_keys.NewPersonalKey.as_view(), name="new_personal_key"),
    path(
        "settings/keys/<uuid:key_id>/revoke",
        personal_keys.RevokePersonalKey.as_view(),
        name="revoke_personal_key",
    ),
    path("settings/mail", connections.Mail.as_view(), name="mail_preferences"),
    path("settings/calendar", connections.CalendarFeed.as_view(), name="calendar_feed"),
    path("settings/stakes-key", connections.StakesKey.as_view(), name="stakes_key"),
    path("settings/beeminder", connections.Beeminder.as_view(), name="beeminder"),
    path("settings/beeminder/leave", connections.LeaveBeeminder.as_view(), name="leave_beeminder"),
    path("settings/export", exports.Exports.as_view(), name="exports"),
    path("settings/export/state", budget("fragment")(exports.ExportState.as_view()), name="export_state"),
    path("settings/export/<uuid:export_id>.zip", exports.FetchExport.as_view(), name="fetch_export"),
    path("settings/close", closing.CloseAccount.as_view(), name="close_account"),
    path("dev/mail", dev.mail, name="dev_mail"),
    path("dev/push", dev.push, name="dev_push"),
]
