"""The WSGI application that granian serves. It refuses to load in production while a start check fails."""

import os

from django.core.wsgi import get_wsgi_application

from tasktracker.checks import require_production_ready
from tasktracker.http.requests import TolerantRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tasktracker.settings")

application = get_wsgi_application()
application.request_class = TolerantRequest
require_production_ready()
