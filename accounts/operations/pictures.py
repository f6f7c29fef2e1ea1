"""What people see of an account in todo apps: its name with its picture.

What becomes of an uploaded picture is rules/pictures.py.
"""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts.gateways.pictures import delete_file, write_file
from accounts.models import Picture, User
from accounts.rules.names import given_name
from accounts.rules.pictures import redraw
from accounts.rules.principal import Principal, require_whole_account
from tasktracker.core.errors import NotFound

_NAME_BYTES = 20  # 160 bits: who knows the name may see the picture
_WRITTEN_WITHIN = timedelta(hours=1)
_SWEPT_AT_ONCE = 100


def change_profile(*, principal: Principal, name: str, upload: bytes | None, at: datetime) -> None:
    """Change an account's name, and its picture where one is sent: the old one is deleted.

    Raises NotForKeys, BadName, BadPicture, NotFound.
    """
    require_whole_account(principal)
    name = given_name(name)
    picture = _kept(upload, at) if upload is not None else None
    with transaction.atomic():
        if not User.objects.filter(pk=principal.user_id).update(name=name):
            raise NotFound
        old = _swap(principal.user_id, picture) if picture else []
    for file_name in old:
        _delete(file_name)


def sweep_pictures(at: datetime) -> int:
    """Delete pictures that are nobody's: replaced, half made, of a closed account. Returns how many."""
    nobodys = Picture.objects.filter(user__isnull=True, created_at__lte=at - _WRITTEN_WITHIN)
    names = list(nobodys.order_by("created_at", "pk").values_list("pk", flat=True)[:_SWEPT_AT_ONCE])
    for name in names:
        _delete(name)
    return len(names)


def _kept(upload: bytes, at: datetime) -> str:
    """Draw a picture anew and keep its file. The row comes first: no crash leaves a file without one."""
    drawing = redraw(upload)
    name = f"{secrets.token_hex(_NAME_BYTES)}.{drawing.kind}"
    Picture.objects.create(name=name, created_at=at)
    write_file(name, drawing.content)
    return name


def _swap(user_id: int, name: str) -> list[str]:
    """Make a kept picture the account's; returns the old ones. The account's row is locked."""
    old = Picture.objects.filter(user_id=user_id)
    names = list(old.values_list("pk", flat=True))
    old.update(user=None)
    Picture.objects.filter(pk=name).update(user_id=user_id)
    return names


def _delete(name: str) -> None:
    delete_file(name)
    Picture.objects.filter(pk=name).delete()
