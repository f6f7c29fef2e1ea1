"""The pages for people."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "tasktracker.web"
    label = "web"
    verbose_name = "Web pages"
