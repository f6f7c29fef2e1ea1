"""Staff at the admin's door, for tests: a second factor, and a session that has shown it."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def make_staff(user: Any, *apps: str, is_superuser: bool = False) -> Any:
    """Make somebody staff, with every permission over these apps (labels), or over everything."""
    user.is_staff, user.is_superuser = True, is_superuser
    user.save(update_fields=["is_staff", "is_superuser"])
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=apps))
    return user


def add_factor(user: Any) -> None:
    """Give an account an authenticator app."""
    data = {"secret": get_adapter().encrypt(SECRET)}
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)


def enter(client: Client, user: Any) -> Client:
    """Sign somebody in with a password and the second factor, which they get if they have none."""
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        add_factor(user)
    client.force_login(user)
    request: Any = RequestFactory().get("/")
    request.session, request.user = client.session, user
    record_authentication(request, user, "mfa", type="totp")
    request.session.save()
    return client
