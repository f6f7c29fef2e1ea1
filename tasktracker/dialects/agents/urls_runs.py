"""The paths of runs, below /api/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
