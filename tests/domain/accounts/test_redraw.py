"""accounts.rules.pictures: what becomes of an uploaded picture."""

import random

import pytest

from accounts.rules.pictures import MOST_BYTES, SIDE, BadPicture, is_picture_name, media_type_of, redraw
from tests.domain.accounts.drawings import (
    SECRET,
    encoded,
    jpeg_of_many_scans,
    pixels_of,
    png_that_claims,
    telling_jpeg,
    telling_png,
)


@pytest.mark.parametrize(
    ("upload", "kind", "mode"),
    [
        (encoded("JPEG"), "jpg", "RGB"),
        (encoded("JPEG", mode="L"), "jpg", "RGB"),
        (encoded("JPEG", mode="CMYK"), "jpg", "RGB"),
        (encoded("JPEG", progressive=True), "jpg", "RGB"),
        (encoded("PNG"), "png", "RGB"),
        (encoded("PNG", mode="RGBA"), "png", "RGBA"),
        (encoded("PNG", mode="LA"), "png", "RGBA"),
        (encoded("PNG", mode="P"), "png", "RGB"),
        (encoded("PNG", mode="P", transparency=0), "png", "RGBA"),
        (encoded("PNG", mode="1"), "png", "RGB"),
        (encoded("PNG", mode="I;16"), "png", "RGB"),
    ],
)
def test_both_kinds_are_drawn_in_all_their_modes(upload, kind, mode):
    drawing = redraw(upload)

    image = pixels_of(drawing.content)
    assert (drawing.kind, image.format, image.mode) == (kind, {"jpg": "JPEG", "png": "PNG"}[kind], mode)
    assert image.size == (40, 30)


@pytest.mark.parametrize(
    ("size", "shown"),
    [((512, 512), (512, 512)), ((2048, 1024), (SIDE, 256)), ((100, 4000), (13, SIDE)), ((1, 1), (1, 1))],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_large_ones_are_made_small(kind, size, shown):
    assert pixels_of(redraw(encoded(kind, size)).content).size == shown


@pytest.mark.parametrize("upload", [telling_jpeg(), telling_png()], ids=["jpeg", "png"])
def test_nothing_is_left_but_pixels(upload):
    assert SECRET.encode() in upload

    content = redraw(upload).content

    image = pixels_of(content)
    assert SECRET.encode() not in content
    assert dict(image.getexif()) == {}
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    ("orientation", "size", "left"),
    [
        (1, (40, 30), "red"),
        (2, (40, 30), "blue"),
        (3, (40, 30), "blue"),
        (6, (30, 40), None),
        (8, (30, 40), None),
    ],
)
def test_pictures_stand_upright(orientation, size, left):
    image = pixels_of(redraw(telling_jpeg(orientation)).content)

    red, _, blue = image.getpixel((2, 15))
    assert image.size == size
    assert left is None or (red > blue) == (left == "red")


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"not a picture",
        encoded("GIF"),
        encoded("BMP"),
        encoded("TIFF"),
        encoded("WEBP"),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        encoded("PNG")[:60],
        encoded("JPEG")[:-200],
        b"\xff\xd8\xff" + b"<script>alert(1)</script>" * 10,
        png_that_claims(40, 30),
    ],
)
def test_what_is_neither_is_refused(upload):
    with pytest.raises(BadPicture, match="JPEG or PNG"):
        redraw(upload)


def test_too_many_bytes_are_not_looked_at():
    with pytest.raises(BadPicture, match="5 MiB"):
        redraw(encoded("JPEG") + bytes(MOST_BYTES))


@pytest.mark.parametrize("size", [(5001, 5000), (100_000, 100_000), (2**31 - 1, 2**31 - 1)])
def test_bombs_are_refused_before_they_go_off(size):
    with pytest.raises(BadPicture, match=r"25 million pixels|JPEG or PNG"):
        redraw(png_that_claims(*size))


def test_the_limit_is_a_large_photograph():
    assert pixels_of(redraw(encoded("JPEG", (5000, 5000), mode="L")).content).size == (SIDE, SIDE)


def test_passes_without_end_are_refused():
    assert redraw(jpeg_of_many_scans(5)).kind == "jpg"
    with pytest.raises(BadPicture):
        redraw(jpeg_of_many_scans(1000))


@pytest.mark.parametrize("upload", [telling_jpeg(), telling_png(), encoded("PNG", mode="P", transparency=0)])
def test_spoiled_pictures_are_refused_or_drawn_and_nothing_else(upload):
    dice = random.Random(20260302)
    for _ in range(400):
        spoiled = bytearray(upload)
        for _ in range(dice.randint(1, 8)):
            spoiled[dice.randrange(len(spoiled))] = dice.randrange(256)
        try:
            drawing = redraw(bytes(spoiled[: dice.choice([len(spoiled), dice.randrange(len(spoiled))])]))
        except BadPicture:
            continue
        assert pixels_of(drawing.content).width <= SIDE


def test_names_are_ours_and_say_what_a_file_is():
    assert is_picture_name("0" * 40 + ".jpg")
    assert media_type_of("0" * 40 + ".jpg") == "image/jpeg"
    assert media_type_of("f" * 40 + ".png") == "image/png"
    for name in (
        "",
        ".jpg",
        "0" * 39 + ".jpg",
        "0" * 40 + ".svg",
        "A" * 40 + ".png",
        "../" + "0" * 37 + ".jpg",
        "0" * 40 + ".png\n",
    ):
        assert not is_picture_name(name)
