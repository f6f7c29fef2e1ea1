"""Bodies of the devices that are told by push. The token of one is never shown."""

from typing import Any, Final

from accounts.rules.push_tokens import MAX_TOKEN, PLATFORMS
from internal_api.shapes.reading import Body, BodyIn, Name
from internal_api.shapes.showing import ID, MOMENT, moment, page_of, thing, words
from tasktracker.http.fields import Text


class PushDeviceIn(BodyIn):
    token = Name(max_length=MAX_TOKEN)
    platform = Text(max_length=8)


def push_device_out(device: Any) -> Body:
    """Show a device that is told by push."""
    return {
        "id": str(device.pk),
        "platform": device.platform,
        "created_at": moment(device.created_at),
        "last_seen_at": moment(device.last_seen_at),
    }


PUSH_DEVICE: Final = thing(id=ID, platform=words(*PLATFORMS), created_at=MOMENT, last_seen_at=MOMENT)
PUSH_DEVICES: Final = page_of(PUSH_DEVICE)
