"""What only development shows: the mails and pushes that would have been sent.

Nothing here exists unless settings.DEVELOPMENT, and then on this machine only.
"""

import ipaddress
import json
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tasks.operations.pushes import KIND as PUSH
from tasktracker.core.errors import NotFound
from tasktracker.http.addresses import UNKNOWN, client_address
from tasktracker.outbox.queries.deliveries import newest_of_kind
from tasktracker.web.mailbox import newest_mails


def mail(request: HttpRequest) -> HttpResponse:
    """Show the newest mails of the data folder."""
    if not settings.DEVELOPMENT or not _is_here(client_address(request)):
        raise NotFound
    return render(request, "web/dev/mail.html", {"mails": newest_mails(Path(settings.EMAIL_FILE_PATH))})


def push(request: HttpRequest) -> HttpResponse:
    """Show the newest pushes, sent or not."""
    if not settings.DEVELOPMENT or not _is_here(client_address(request)):
        raise NotFound
    pushes = [{"delivery": delivery, **json.loads(delivery.payload)} for delivery in newest_of_kind(PUSH)]
    return render(request, "web/dev/push.html", {"pushes": pushes})


def _is_here(address: str) -> bool:
    return address != UNKNOWN and ipaddress.ip_address(address).is_loopback
