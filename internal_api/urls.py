"""The paths of mobile, below /internal_api/."""

from django.urls import path

from internal_api.views import account, lists, occurrences, push_devices, tasks, tokens, webhooks

_TASK = "tasks/<str:task_id>"
_OCCURRENCE = "occurrences/<str:occurrence_id>"
_WEBHOOK = "webhooks/<str:webhook_id>"

urlpatterns = [
    path("session", account.Session.as_view(), name="mobile_session"),
    path("me", account.Me.as_view(), name="mobile_me"),
    # --- tasks ----------------------------------------------------------------------------------------------
    path("tasks", tasks.Tasks.as_view(), name="mobile_tasks"),
    path(_TASK, tasks.Task.as_view(), name="mobile_task"),
    path(f"{_TASK}/trigger", tasks.TriggerTask.as_view(), name="mobile_trigger"),
    path(f"{_TASK}/complete", tasks.CompleteTask.as_view(), name="mobile_complete"),
    path(f"{_TASK}/uncomplete", tasks.UncompleteTask.as_view(), name="mobile_uncomplete"),
    path(f"{_TASK}/archive", tasks.ArchiveTask.as_view(), name="mobile_archive"),
    path(f"{_TASK}/unarchive", tasks.UnarchiveTask.as_view(), name="mobile_unarchive"),
    path(f"{_TASK}/stake", tasks.StakeTask.as_view(), name="mobile_stake"),
    path(f"{_TASK}/uncle", tasks.CryUncle.as_view(), name="mobile_uncle"),
    path(f"{_TASK}/occurrences", tasks.Occurrences.as_view(), name="mobile_occurrences"),
    path(f"{_OCCURRENCE}/complete", occurrences.CompleteOccurrence.as_view(), name="mobile_complete_one"),
    path(f"{_OCCURRENCE}/skip", occurrences.SkipOccurrence.as_view(), name="mobile_skip_one"),
    path(f"{_OCCURRENCE}/invalidate", occurrences.InvalidateOccurrence.as_view(), name="mobile_undo_one"),
    # --- tokens and webhooks --------------------------------------------------------------------------------
    path("tokens", tokens.Tokens.as_view(), name="mobile_tokens"),
    path("tokens/<str:token_id>", tokens.Token.as_view(), name="mobile_token"),
    path("webhooks", webhooks.Webhooks.as_view(), name="mobile_webhooks"),
    path(_WEBHOOK, webhooks.Webhook.as_view(), name="mobile_webhook"),
    path(f"{_WEBHOOK}/rotate_secret", webhooks.RotateSecret.as_view(), name="mobile_rotate_secret"),
    path(f"{_WEBHOOK}/test", webhooks.TryWebhook.as_view(), name="mobile_test_webhook"),
    path(f"{_WEBHOOK}/deliveries", webhooks.Deliveries.as_view(), name="mobile_deliveries"),
    path("deliveries/<str:delivery_id>/replay", webhooks.ReplayDelivery.as_view(), name="mobile_replay"),
    path("push_devices", push_devices.PushDevices.as_view(), name="mobile_push_devices"),
    path("push_devices/<str:push_device_id>", push_devices.PushDevice.as_view(), name="mobile_push_device"),
    # --- lists ----------------------------------------------------------------------------------------------
    path("projects", lists.Projects.as_view(), name="mobile_projects"),
    path("charges", lists.Charges.as_view(), name="mobile_charges"),
]
