"""Devices: the mobile apps that the account is signed in with, and signing one out.

Browsers' sessions are settings.py.
"""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from accounts.operations.devices import revoke_device
from accounts.queries.credentials import devices_of
from tasktracker.web.views.page import Page

_PAGE = 50


class Devices(Page):
    """All that are signed in, newest first."""

    template_name = "web/settings/devices.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        page = Paginator(devices_of(self.principal), _PAGE).get_page(request.GET.get("page"))
        return self.show(page=page)


class RevokeDevice(Page):
    """Sign a device out."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, device_id: UUID) -> HttpResponse:
        revoke_device(principal=self.principal, device_id=device_id, at=self.at)
        return self.go("devices", say="The device is signed out.")
