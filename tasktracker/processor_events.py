"""Where the card processor tells of its events: POST /stripe/events, signed by it, applied later by a worker.

Nothing is believed but the signature: what an event is about is read again.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from charges.operations.processor_events import ForgedEvent, receive_event
from tasktracker.http.renderers import json_answer


@csrf_exempt  # no browser calls it, and no cookie is looked at
@require_POST
@never_cache
def receive(request: HttpRequest) -> HttpResponse:
    """Keep an event; 400 lets the processor send it again, and show that something is set up wrong."""
    try:
        receive_event(body=request.body, signature=request.headers.get("Stripe-Signature", ""))
    except ForgedEvent as refusal:
        return json_answer({"error": refusal.message}, status=400)
    return json_answer({"received": True})
