"""Webhooks of the account, and what was sent to them."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from internal_api.shapes import webhooks as shapes
from internal_api.shapes.reading import PAGING
from internal_api.views.answers import DONE, MobileView, done, listed
from tasks.operations import webhooks as operations
from tasks.queries.webhooks import deliveries_to, webhook_visible_to, webhooks_of
from tasktracker.core.ids import parse_id
from tasktracker.http.dialect import DialectRequest
from tasktracker.http.renderers import json_answer


class Webhooks(MobileView):
    @extend_schema(parameters=PAGING, responses={200: shapes.WEBHOOKS}, summary="List your webhooks")
    def get(self, request: DialectRequest) -> HttpResponse:
        """List them, newest first."""
        return listed(request, webhooks_of(request.principal), shapes.webhook_out)

    @extend_schema(
        request=shapes.NewWebhookIn, responses={201: shapes.MADE_WEBHOOK}, summary="Make a webhook"
    )
    def post(self, request: DialectRequest) -> HttpResponse:
        """Make a webhook. Its secret is in this answer, and nowhere else."""
        given = shapes.NewWebhookIn.read(request.data)
        webhook, secret = operations.register_webhook(principal=request.principal, **given, at=request.at)
        return json_answer({**shapes.webhook_out(webhook), "secret": secret}, status=201)


class Webhook(MobileView):
    @extend_schema(responses={200: shapes.WEBHOOK}, summary="Get a webhook")
    def get(self, request: DialectRequest, webhook_id: str) -> HttpResponse:
        """Show one webhook."""
        return json_answer(shapes.webhook_out(webhook_visible_to(request.principal, parse_id(webhook_id))))

    @extend_schema(
        request=shapes.WebhookChangesIn, responses={200: shapes.WEBHOOK}, summary="Change a webhook"
    )
    def patch(self, request: DialectRequest, webhook_id: str) -> HttpResponse:
        """Change what is given; switched on again, it starts without a history of failures."""
        changes = shapes.WebhookChangesIn.read(request.data)
        known = parse_id(webhook_id)
        changed = operations.edit_webhook(
            principal=request.principal, webhook_id=known, **changes, at=request.at
        )
        return json_answer(shapes.webhook_out(changed))

    @extend_schema(request=None, responses=DONE, summary="Delete a webhook")
    def delete(self, request: DialectRequest, webhook_id: str) -> HttpResponse:
        """Remove it; what is still on its way to it is cancelled."""
        operations.delete_webhook(principal=request.principal, webhook_id=parse_id(webhook_id))
        return done()


class RotateSecret(MobileView):
    @extend_schema(request=None, responses={200: shapes.SECRET}, summary="Rotate a webhook's secret")
    def post(self, request: DialectRequest, webhook_id: str) -> HttpResponse:
        """Make a new secret, shown once; for 24 hours the one before signs, too."""
        known = parse_id(webhook_id)
        secret = operations.rotate_webhook_secret(
            principal=request.principal, webhook_id=known, at=request.at
        )
        return json_answer({"secret": secret})


class TryWebhook(MobileView):
    @extend_schema(request=None, responses=DONE, summary="Try a webhook")
    def post(self, request: DialectRequest, webhook_id: str) -> HttpResponse:
        """Send it an event `webhook.test`."""
        operations.send_test_event(
            principal=request.principal, webhook_id=parse_id(webhook_id), at=request.at
        )
        return done()


class Deliveries(MobileView):
    @extend_schema(
        parameters=PAGING, responses={200: shapes.DELIVERIES}, summary="List a webhook's deliveries"
    )
    def get(self, request: DialectRequest, webhook_id: str) -> HttpResponse:
        """List what was sent, newest first."""
        return listed(request, deliveries_to(request.principal, parse_id(webhook_id)), shapes.delivery_out)


class ReplayDelivery(MobileView):
    @extend_schema(request=None, responses=DONE, summary="Send a delivery again")
    def post(self, request: DialectRequest, delivery_id: str) -> HttpResponse:
        """Send a finished one again, under its old id and with its old text."""
        operations.replay_webhook_delivery(principal=request.principal, delivery_id=parse_id(delivery_id))
        return done()
