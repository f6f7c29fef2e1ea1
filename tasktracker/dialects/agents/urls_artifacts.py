"""The paths of artifacts, below /api/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
