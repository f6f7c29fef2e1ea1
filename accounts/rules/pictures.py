"""Profile pictures: whatever is sent is drawn anew, small, with nothing in it but pixels.

Where they are kept is not here; see gateways/pictures.py.
"""

import re
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Final

from PIL import Image

from tasktracker.core.errors import Invalid, Problem

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_PIXELS: Final = 25_000_000  # 100 MB while it is drawn
SIDE: Final = 512
NAME_LENGTH: Final = 44
MEDIA_TYPES: Final = {"jpg": "image/jpeg", "png": "image/png"}

_NAME = re.compile(r"[0-9a-f]{40}\.(?:jpg|png)", re.ASCII)
_MOST_SCANS = 100  # of a progressive JPEG; each may take a pass over all pixels and but a few bytes
_SCAN = b"\xff\xda"
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's two decoders raise for spoiled files (tests/domain/accounts/test_redraw.py).
_UNREADABLE = (OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, struct.error, zlib.error)

# Ours is checked before anything is decoded; Pillow's own is a warning first.
Image.MAX_IMAGE_PIXELS = None
_one_at_a_time = Lock()  # what one picture may take in memory, all of them take


class BadPicture(Invalid):
    """This cannot be a profile picture."""

    code = "bad_picture"

    def __init__(self, detail: str = "Send a JPEG or PNG picture.") -> None:
        super().__init__(Problem("image", "invalid_image", detail))


@dataclass(frozen=True)
class Drawing:
    """A picture of ours. kind: a key of MEDIA_TYPES."""

    content: bytes
    kind: str


def redraw(upload: bytes) -> Drawing:
    """Decode a JPEG or PNG and draw it anew, at most SIDE pixels wide and high, upright, without metadata.

    Raises BadPicture: something else, spoiled, over 5 MiB, or more pixels than anybody needs.
    """
    if len(upload) > MOST_BYTES:
        raise BadPicture("The picture is larger than 5 MiB.")
    if upload.count(_SCAN) > _MOST_SCANS:
        raise BadPicture
    try:
        with _one_at_a_time, Image.open(BytesIO(upload), formats=("JPEG", "PNG")) as image:
            return _drawn(image)
    except _UNREADABLE:
        raise BadPicture from None


def is_picture_name(text: str) -> bool:
    """Say whether a file of the store can be called so."""
    return _NAME.fullmatch(text) is not None


def media_type_of(name: str) -> str:
    """Say what a file of the store is, by its name."""
    return MEDIA_TYPES[name.rpartition(".")[2]]


def _drawn(image: Image.Image) -> Drawing:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise BadPicture("The picture has more than 25 million pixels.")
    is_png = image.format == "PNG"
    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    image.draft("RGB", (SIDE, SIDE))  # lets a JPEG decode at a fraction of its size
    plain = image.convert("RGBA" if is_png and image.has_transparency_data else "RGB")
    plain.thumbnail((SIDE, SIDE))
    if turn is not None:
        plain = plain.transpose(turn)
    return Drawing(_encoded(plain, is_png=is_png), "png" if is_png else "jpg")


def _encoded(plain: Image.Image, *, is_png: bool) -> bytes:
    """Write the pixels alone: comments, profiles and the like stay with the image that was read."""
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    written = BytesIO()
    if is_png:
        bare.save(written, "PNG", optimize=True)
    else:
        bare.save(written, "JPEG", quality=85, optimize=True)
    return written.getvalue()
