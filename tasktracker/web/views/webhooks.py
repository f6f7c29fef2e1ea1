"""Webhooks: the list, one with its delivery log, and everything that can be done to them.

Sending is the outbox's work.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from tasks.operations.webhooks import (
    delete_webhook,
    edit_webhook,
    register_webhook,
    rotate_webhook_secret,
    send_test_event,
)
from tasks.queries.webhooks import webhook_visible_to, webhooks_of
from tasktracker.core.errors import DomainError
from tasktracker.outbox.operations.replay import replay_delivery
from tasktracker.outbox.queries.deliveries import deliveries_of
from tasktracker.web.filters import cursor
from tasktracker.web.forms.projects import AddressForm
from tasktracker.web.forms.webhooks import WebhookForm
from tasktracker.web.views.page import FormPage, Page, status_of

_LOG_PAGE = 25


class WebhookList(Page):
    """The account's webhooks."""

    template_name = "web/webhooks/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(webhooks=list(webhooks_of(self.principal)))


class NewWebhook(FormPage):
    """A new webhook. Its secret is in the answer to this form, and nowhere else."""

    template_name = "web/webhooks/new.html"

    def make_form(self, data: Any = None) -> WebhookForm:
        return WebhookForm(data)

    def act(self, form: WebhookForm) -> HttpResponse:
        webhook, secret = register_webhook(principal=self.principal, at=self.at, **form.cleaned_data)
        return self.show_once("web/webhooks/secret.html", webhook=webhook, secret=secret, is_new=True)


class WebhookPage(Page):
    """One webhook with what was sent to it: every delivery, every attempt."""

    template_name = "web/webhooks/webhook.html"

    def get(self, request: HttpRequest, webhook_id: UUID) -> HttpResponse:
        return self.show_webhook()

    def show_webhook(self, *, status: int = 200, refusal: str = "") -> HttpResponse:
        """Show the webhook as it is now."""
        webhook = webhook_visible_to(self.principal, self.kwargs["webhook_id"])
        before = cursor(self.request.GET.get("before", ""))
        found = deliveries_of(str(webhook.pk), before=before, limit=_LOG_PAGE + 1)
        return self.show(
            status=status,
            webhook=webhook,
            deliveries=found[:_LOG_PAGE],
            next_before=found[_LOG_PAGE - 1].pk if len(found) > _LOG_PAGE else None,
            refusal=refusal,
        )

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self.show_webhook(status=status_of(refusal), refusal=refusal.message)

    def done(self, say: str) -> HttpResponse:
        """Show the page after a change: at once to htmx, else after a redirect."""
        if self.is_htmx:
            return self.show_webhook()
        return self.go("webhook", self.kwargs["webhook_id"], say=say)


class EditWebhook(FormPage):
    """Its address and its events."""

    template_name = "web/webhooks/edit.html"

    def make_form(self, data: Any = None) -> WebhookForm | AddressForm:
        webhook = self.webhook = webhook_visible_to(self.principal, self.kwargs["webhook_id"])
        if webhook.project_id:  # told by actions
            return AddressForm(data, initial={"url": webhook.url})
        return WebhookForm(data, initial={"url": webhook.url, "events": webhook.events})

    def act(self, form: WebhookForm | AddressForm) -> HttpResponse:
        webhook_id = self.webhook.pk
        edit_webhook(principal=self.principal, webhook_id=webhook_id, at=self.at, **form.cleaned_data)
        return self.go("webhook", webhook_id, say="Saved.")

    def extras(self) -> dict[str, Any]:
        return {"webhook": self.webhook}


class SwitchWebhook(WebhookPage):
    """On or off."""

    http_method_names = ["post"]
    is_enabled = True

    def post(self, request: HttpRequest, webhook_id: UUID) -> HttpResponse:
        edit_webhook(principal=self.principal, webhook_id=webhook_id, at=self.at, is_enabled=self.is_enabled)
        return self.done("It is on." if self.is_enabled else "It is off: nothing is sent to it.")


class RotateSecret(WebhookPage):
    """A new secret, shown once."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, webhook_id: UUID) -> HttpResponse:
        webhook = webhook_visible_to(self.principal, webhook_id)
        secret = rotate_webhook_secret(principal=self.principal, webhook_id=webhook_id, at=self.at)
        return self.show_once("web/webhooks/secret.html", webhook=webhook, secret=secret, is_new=False)


class SendTest(WebhookPage):
    """An event that means nothing."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, webhook_id: UUID) -> HttpResponse:
        send_test_event(principal=self.principal, webhook_id=webhook_id, at=self.at)
        return self.done("A test event is on its way.")


class ReplayDelivery(WebhookPage):
    """One delivery once more, with the same id and the same payload."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
        webhook = webhook_visible_to(self.principal, webhook_id)
        replay_delivery(delivery_id=delivery_id, endpoint=str(webhook.pk))
        if "next" in request.POST:  # from the history of a task
            return self.go(self.next_url("webhook", webhook_id), say="It is on its way once more.")
        return self.done("It is on its way once more.")


class DeleteWebhook(WebhookPage):
    """Ask first, then delete."""

    def get(self, request: HttpRequest, webhook_id: UUID) -> HttpResponse:
        webhook = webhook_visible_to(self.principal, webhook_id)
        return self.show(template="web/webhooks/delete.html", webhook=webhook)

    def post(self, request: HttpRequest, webhook_id: UUID) -> HttpResponse:
        project_id = webhook_visible_to(self.principal, webhook_id).project_id
        delete_webhook(principal=self.principal, webhook_id=webhook_id)
        place = ("project_webhooks", project_id) if project_id else ("webhooks",)
        return self.go(*place, say="The webhook is deleted.")
