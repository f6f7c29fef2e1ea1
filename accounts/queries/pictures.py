"""Profile pictures, by name."""

from dataclasses import dataclass

from accounts.gateways.pictures import read_file
from accounts.models import Picture
from accounts.rules.pictures import is_picture_name, media_type_of
from accounts.rules.principal import Principal
from tasktracker.core.errors import NotFound


@dataclass(frozen=True)
class ShownPicture:
    """A picture of ours, and what it is."""

    content: bytes
    media_type: str


def picture_name_of(principal: Principal) -> str | None:
    """Name the caller's picture; None where they have none."""
    return Picture.objects.filter(user_id=principal.user_id).values_list("pk", flat=True).first()


def picture_by_name(name: str) -> ShownPicture:
    """Read a picture that is somebody's; who knows its name may see it. Raises NotFound."""
    is_shown = is_picture_name(name) and Picture.objects.filter(pk=name, user__isnull=False).exists()
    content = read_file(name) if is_shown else None
    if content is None:
        raise NotFound
    return ShownPicture(content, media_type_of(name))
