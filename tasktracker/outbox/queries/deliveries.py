"""The log of an endpoint: its deliveries and their attempts.

Who may see an endpoint is decided by the app that owns it.
"""

from uuid import UUID

from django.db.models import Count, Prefetch, QuerySet

from tasktracker.outbox.models import Attempt, Delivery


def deliveries_of(endpoint: str, *, before: UUID | None = None, limit: int = 50) -> list[Delivery]:
    """Return the newest deliveries to an endpoint, each with its attempts, oldest try first.

    before: the id of the last one of the page before. Two statements, however many there are.
    """
    rows = Delivery.objects.filter(endpoint=endpoint).order_by("-pk")
    if before:
        rows = rows.filter(pk__lt=before)
    return list(with_attempts(rows)[:limit])


def with_attempts(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Read deliveries with their attempts, oldest try first: one statement more, however many there are."""
    return deliveries.prefetch_related(Prefetch("attempts", Attempt.objects.order_by("number")))


def delivery_log(endpoint: str) -> QuerySet[Delivery]:
    """List all deliveries to an endpoint, newest first, without their texts, each with its attempt_count."""
    rows = Delivery.objects.filter(endpoint=endpoint).defer("payload")
    return rows.annotate(attempt_count=Count("attempts")).order_by("-pk")


def attempts_of(delivery_id: UUID) -> list[Attempt]:
    """Return the tries of a delivery, oldest first."""
    return list(Attempt.objects.filter(delivery_id=delivery_id).order_by("number"))


def newest_of_kind(kind: str, *, limit: int = 50) -> list[Delivery]:
    """Return the newest deliveries of one kind, whoever's they are: for what only development shows."""
    return list(Delivery.objects.filter(kind=kind).order_by("-pk")[:limit])
