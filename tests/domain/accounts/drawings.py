"""Pictures to upload, good and bad, made here."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SECRET = "taken at home"
ORIENTATION, DESCRIPTION = 0x0112, 0x010E


def encoded(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    """Draw a picture whose left half is red and whose right half is blue."""
    image = Image.new("RGBA" if mode.endswith("A") else "RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    written = BytesIO()
    image.convert(mode).save(written, kind, **options)
    return written.getvalue()


def telling_jpeg(orientation: int = 1) -> bytes:
    """Draw a JPEG that tells where it was taken, in every place that a JPEG has for it."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[DESCRIPTION] = orientation, SECRET
    return encoded("JPEG", exif=exif, comment=SECRET, icc_profile=SECRET.encode())


def telling_png() -> bytes:
    """Draw a PNG that tells where it was taken, in every place that a PNG has for it."""
    exif = Image.Exif()
    exif[DESCRIPTION] = SECRET
    texts = PngInfo()
    texts.add_text("Comment", SECRET)
    texts.add_itxt("Place", SECRET, zip=True)
    return encoded("PNG", exif=exif, pnginfo=texts, icc_profile=SECRET.encode())


def png_that_claims(width: int, height: int) -> bytes:
    """Write a PNG of a few bytes that unpacks to the size it claims: a decompression bomb."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg_of_many_scans(scans: int) -> bytes:
    """Write a JPEG that asks for a pass over all its pixels again and again, in a few bytes each."""
    whole = encoded("JPEG", progressive=True)
    start = whole.rindex(b"\xff\xda")
    return whole[:start] + whole[start:-2] * scans + whole[-2:]


def pixels_of(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image
