"""Checks that stop a production start: each one names the setting to change (reliability.md section 9).

They run with `manage.py check --deploy` and before a production web or worker process serves anything.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

_SHORTEST_SECRET = 50
_CLOCK_TOLERANCE_SECONDS = 2


def register_checks() -> None:
    """Register the production checks under the deploy tag. Called once at start."""
    register(check_production, Tags.security, deploy=True)


def check_production(**_: Any) -> list[CheckMessage]:
    """Say everything that must not be so where people's money is."""
    found = [*_secrets(), *_network(), *_parts(), *_conveniences(), *_money(), *_clock()]
    return [Error(message, hint=hint, id=f"tasktracker.{number}") for number, message, hint in found]


def require_production_ready() -> None:
    """Refuse to start in production while a check fails. Raises ImproperlyConfigured naming all of them."""
    if settings.TASKTRACKER_ENVIRONMENT != "production":
        return
    errors: Sequence[CheckMessage] = [
        message for message in run_checks(include_deployment_checks=True) if message.level >= Error("").level
    ]
    if errors:
        raise ImproperlyConfigured("Not ready for production: " + "; ".join(error.msg for error in errors))


Finding = tuple[str, str, str]


def _secrets() -> Iterator[Finding]:
    key = settings.SECRET_KEY
    if len(key) < _SHORTEST_SECRET:
        yield "E001", "SECRET_KEY is shorter than 50 characters.", "Make one with secrets.token_urlsafe(48)."
    ring = settings.TASKTRACKER_TOKEN_KEYS.values()
    if any(key in (signing.signing_key, signing.verifying_key) for signing in ring):
        yield "E002", "SECRET_KEY is also a token key.", "Give TASKTRACKER_TOKEN_KEYS keys of its own."
    if (settings.TASKTRACKER_DATA / "secrets.json").exists():
        yield (
            "E003",
            "Secrets generated for the embedded form lie in TASKTRACKER_DATA.",
            "Remove secrets.json.",
        )


def _network() -> Iterator[Finding]:
    if "*" in settings.ALLOWED_HOSTS:
        yield "E004", "ALLOWED_HOSTS allows every host.", "Name the hosts."
    if settings.TASKTRACKER_BEHIND_PROXY and not settings.TASKTRACKER_TRUSTED_PROXIES:
        yield "E005", "TASKTRACKER_TRUSTED_PROXIES is empty while X-Forwarded-* is used.", "Name the proxies."
    if not settings.TASKTRACKER_BASE_URL.startswith("https://"):
        yield "E006", "TASKTRACKER_BASE_URL is not https.", "People's tokens travel over it."
    for name in ("TASKTRACKER_FILES_URL", "S3_ENDPOINT"):
        if not (getattr(settings, name) or "https://").startswith("https://"):
            yield "E020", f"{name} is not https.", "Files and what opens them travel over it."


def _parts() -> Iterator[Finding]:
    if "locmem" in settings.CACHES["default"]["BACKEND"]:
        yield "E007", "The default cache is per process.", "Set CACHE_URL to Redis or Valkey."
    if connection.vendor == "sqlite":
        yield from _sqlite()
    if settings.TASKTRACKER_BACKGROUND == "celery" and settings.CELERY_BROKER_URL.startswith("memory"):
        yield "E009", "CELERY_BROKER_URL is inside one process.", "Set it to Redis or Valkey."
    from tasktracker.celery import app  # noqa: PLC0415  # the app reads settings when it is imported

    if list(app.conf.accept_content) != ["json"] or app.conf.task_serializer != "json":
        yield "E010", "Celery accepts more than JSON.", "Pickle runs what it is sent."


def _sqlite() -> Iterator[Finding]:
    options = settings.DATABASES["default"]["OPTIONS"]
    if options.get("transaction_mode") != "IMMEDIATE":
        yield (
            "E008",
            "SQLite runs without transaction_mode IMMEDIATE.",
            "Writers fail with 'locked' otherwise.",
        )
    if "synchronous=FULL" not in options.get("init_command", ""):
        yield "E011", "SQLite runs without synchronous=FULL.", "The last commits can be lost at power loss."


def _conveniences() -> Iterator[Finding]:
    if settings.DEBUG or settings.DEVELOPMENT:
        yield "E012", "DEBUG is on.", "It shows mails and lets time travel."
    if settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS:
        yield "E013", "TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS is on.", "Webhooks could reach this machine."
    if settings.TASKTRACKER_LIMIT_SCALE != 1:
        yield "E014", "TASKTRACKER_LIMIT_SCALE is not 1.", "It is for load tests."
    if settings.TASKTRACKER_ALLOW_TIME_TRAVEL:
        yield "E015", "TASKTRACKER_ALLOW_TIME_TRAVEL is on.", "A sweep could charge for the future."


def _money() -> Iterator[Finding]:
    """Without a key no card can be given or charged, which is safe; with one it must be real."""
    if not settings.STRIPE_API_KEY:
        return
    if not settings.STRIPE_API_KEY.startswith(("sk_live_", "rk_live_")):
        yield "E018", "STRIPE_API_KEY is not a live key.", "With a test key nobody is really charged."
    if not settings.STRIPE_WEBHOOK_SECRET.startswith("whsec_"):
        yield "E019", "STRIPE_WEBHOOK_SECRET is missing.", "Stripe shows it with the webhook endpoint."


def _clock() -> Iterator[Finding]:
    if connection.vendor != "postgresql":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (theirs,) = cursor.fetchone()
    except DatabaseError:
        yield (
            "E016",
            "The database cannot be asked for its clock.",
            "Is DATABASE_URL right, and the server up?",
        )
        return
    if abs((theirs - datetime.now(UTC)).total_seconds()) > _CLOCK_TOLERANCE_SECONDS:
        yield (
            "E017",
            "This machine's clock differs from the database's by over 2 s.",
            "Synchronise the clocks.",
        )
