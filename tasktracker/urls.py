"""Mounts everything: dialects in match order, probes, documentation, admin, pages.

Patterns of dialects have no trailing slash; both spellings answer (middleware.Entrance).
"""

from django.contrib import admin
from django.urls import include, path

from tasktracker import health, processor_events
from tasktracker.docs import views as docs
from tasktracker.registry import DIALECTS, FEEDS

urlpatterns = [
    *(path(dialect.mount, include(dialect.urlconf)) for dialect in (*FEEDS, *DIALECTS)),
    path("healthz", health.live),
    path("readyz", health.ready),
    path("stripe/events", processor_events.receive),
    path("docs/", docs.index, name="docs"),
    path("docs/limits/", docs.limit_list, name="docs_limits"),
    path("docs/<slug:name>/", docs.guide, name="docs_guide"),
    path("docs/<slug:name>/reference/", docs.reference, name="docs_reference"),
    path("docs/<slug:name>/openapi.json", docs.openapi, name="docs_openapi"),
    path("admin/", admin.site.urls),
    path("", include("tasktracker.web.urls")),
]

handler400 = "tasktracker.handlers.handler400"
handler403 = "tasktracker.handlers.handler403"
handler404 = "tasktracker.handlers.handler404"
handler500 = "tasktracker.handlers.handler500"
