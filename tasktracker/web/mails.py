"""Mails that pages cause: written from templates, queued in the outbox, never sent in the request.

Whom they reach and when is the outbox's work.
"""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.template.loader import render_to_string

from tasktracker.outbox.operations.mail import queue_mail


def queue_page_mail(template: str, *, to: str, user: Any = None, **context: Any) -> None:
    """Queue the mail of `<template>_subject.txt` and `<template>_message.txt`.

    user: the account that it is about; None where there is none, which the caller must not show (P30).
    Each call is a mail of its own: whoever asks again gets another one.
    """
    words = {**context, "email": to, "user": user, "base_url": settings.TASKTRACKER_BASE_URL}
    queue_mail(
        kind_event=template.replace("/", ".")[:64],
        object_key=str(uuid4()),
        to=[to],
        subject=" ".join(render_to_string(f"{template}_subject.txt", words).split()),
        text=render_to_string(f"{template}_message.txt", words).strip() + "\n",
        account_id=user.pk if user else None,
    )
