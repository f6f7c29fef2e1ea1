"""The paths of stakes, below /api2/. The calendar feed under it is an interface of its own (calendarfeed)."""

from django.urls import path

from tasktracker.dialects.stakes import views

urlpatterns = [
    path("me", views.Me.as_view(), name="stakes_me"),
    path("me/tasks", views.Tasks.as_view(), name="stakes_tasks"),
    path("me/tasks/<str:task_id>", views.Task.as_view(), name="stakes_task"),
    path("me/tasks/<str:task_id>/uncle", views.Uncle.as_view(), name="stakes_uncle"),
    path("me/charges", views.Charges.as_view(), name="stakes_charges"),
    path("me/recurring", views.RecurringTasks.as_view(), name="stakes_recurring"),
    path("me/recurring/<str:recurring_id>", views.RecurringTask.as_view(), name="stakes_recurring_task"),
    path("me/token", views.Token.as_view(), name="stakes_token"),
    path("me/calendar-token", views.CalendarToken.as_view(), name="stakes_calendar_token"),
    path("payments/checkout/session", views.CheckoutSession.as_view(), name="stakes_checkout"),
    path("health/stripe", views.ProcessorHealth.as_view(), name="stakes_health"),
    path("stats", views.Stats.as_view(), name="stakes_stats"),
    path("openapi.json", views.OpenApi.as_view(), name="stakes_openapi"),
]
