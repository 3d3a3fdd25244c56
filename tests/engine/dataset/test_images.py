"""Opening pictures: every kind comes out as whole, upright RGB, and every damaged one as a plain sentence."""

from __future__ import annotations

import io
import os
import random
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lora_studio.dataset.images import (
    MAX_FILE_BYTES,
    READABLE_SUFFIXES,
    inspect_picture,
    looks_like_picture,
    open_picture,
    open_reduced,
)
from lora_studio.errors import StudioError

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")  # Pillow's own

FORMATS = {
    "jpg": ("JPEG", {}),
    "progressive.jpg": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "webp": ("WEBP", {"lossless": True}),
    "bmp": ("BMP", {}),
    "tif": ("TIFF", {}),
    "lzw.tif": ("TIFF", {"compression": "tiff_lzw"}),
    "gif": ("GIF", {}),
    "avif": ("AVIF", {"speed": 10}),
}


def drawn(width: int = 48, height: int = 32) -> Image.Image:
    """A picture of flat blocks with four different corners, so that a turn or a lost part shows."""
    blocks = np.random.default_rng(1).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize((width, height), Image.Resampling.NEAREST)


def encoded(name: str) -> bytes:
    kind, options = FORMATS[name]
    buffer = io.BytesIO()
    drawn().save(buffer, kind, **options)
    return buffer.getvalue()


def refused(path: Path) -> str:
    with pytest.raises(StudioError) as caught:
        open_picture(path)
    with pytest.raises(StudioError) as caught_again:
        inspect_picture(path)
    assert caught.value.code == caught_again.value.code
    return caught.value.code


@pytest.mark.parametrize("name", FORMATS)
def test_every_kind_opens_as_rgb(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(encoded(name))

    picture = open_picture(path)
    inspected = inspect_picture(path)

    assert (picture.mode, picture.size) == ("RGB", (48, 32))
    assert (inspected.width_px, inspected.height_px, inspected.format) == (48, 32, FORMATS[name][0])
    assert np.abs(np.asarray(picture, dtype=int) - np.asarray(drawn(), dtype=int)).mean() < 25


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_anywhere_is_refused_unless_all_its_pixels_are_there(tmp_path: Path, name: str) -> None:
    whole = encoded(name)
    path = tmp_path / "picture"
    path.write_bytes(whole)
    pixels = np.asarray(open_picture(path))
    refusals = 0
    for part in range(64):
        path.write_bytes(whole[: len(whole) * part // 64])
        try:
            assert np.array_equal(np.asarray(open_picture(path)), pixels)
        except StudioError as error:
            assert error.code == refused(path) == "picture_unreadable"
            refusals += 1
    assert refusals >= 58


def test_a_large_jpeg_read_at_reduced_scale_is_still_found_cut(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.jpg", tmp_path / "cut.jpg"
    noise = np.random.default_rng(2).integers(0, 256, (1800, 2400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(whole, quality=40)
    path.write_bytes(whole.read_bytes()[:-200])

    assert inspect_picture(whole).width_px == 2400
    assert max(inspect_picture(whole).preview.size) <= 512
    assert refused(path) == "picture_unreadable"


def test_damaged_bytes_of_any_kind_open_or_are_refused_and_never_raise_anything_else(tmp_path: Path) -> None:
    chance = random.Random(5)
    seeds = [encoded(name) for name in FORMATS]
    path = tmp_path / "damaged"
    outcomes = {"opened": 0, "picture_unreadable": 0, "picture_too_large": 0}
    for _ in range(1500):
        raw = bytearray(chance.choice(seeds))
        for _ in range(chance.choice([1, 2, 8])):
            raw[chance.randrange(min(len(raw), chance.choice([48, 400, len(raw)])))] = chance.choice([0, 127, 255])
        path.write_bytes(raw)
        try:
            open_picture(path)
            outcomes["opened"] += 1
        except StudioError as error:
            outcomes[error.code] += 1
    assert min(outcomes["opened"], outcomes["picture_unreadable"]) > 100


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(tmp_path: Path, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = drawn() if orientation == 1 else drawn().transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    for name in ("a.png", "a.tif", "a.webp"):
        options = {"lossless": True} if name == "a.webp" else {}
        stored.save(tmp_path / name, exif=exif, **options)

        picture = open_picture(tmp_path / name)
        inspected = inspect_picture(tmp_path / name)

        assert np.array_equal(np.asarray(picture), np.asarray(drawn()))
        assert (inspected.width_px, inspected.height_px) == inspected.preview.size == (48, 32)


def test_a_turned_large_jpeg_reports_its_upright_size(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn(2400, 1600).save(tmp_path / "a.jpg", exif=exif)

    inspected = inspect_picture(tmp_path / "a.jpg")

    assert (inspected.width_px, inspected.height_px) == (1600, 2400)
    assert inspected.preview.width < inspected.preview.height


def test_broken_exif_does_not_cost_the_picture(tmp_path: Path) -> None:
    drawn().save(tmp_path / "a.webp", exif=b"Exif\0\0" + b"\xff" * 40)
    with Image.open(tmp_path / "a.webp") as image, pytest.raises(SyntaxError):
        image.getexif()

    assert open_picture(tmp_path / "a.webp").size == (48, 32)


def test_transparency_is_laid_over_the_background(tmp_path: Path) -> None:
    image = Image.new("RGBA", (3, 1), (200, 0, 0, 0))
    image.putpixel((1, 0), (200, 0, 0, 128))
    image.putpixel((2, 0), (200, 0, 0, 255))
    image.save(tmp_path / "a.png")

    over_white = open_picture(tmp_path / "a.png")
    over_blue = open_picture(tmp_path / "a.png", background=(0, 0, 255))

    assert np.asarray(over_white).tolist() == [[[255, 255, 255], [227, 127, 127], [200, 0, 0]]]
    assert np.asarray(over_blue)[0, 0].tolist() == [0, 0, 255]
    assert inspect_picture(tmp_path / "a.png").has_alpha


def test_an_opaque_alpha_channel_is_no_transparency(tmp_path: Path) -> None:
    drawn().convert("RGBA").save(tmp_path / "a.png")

    assert not inspect_picture(tmp_path / "a.png").has_alpha
    assert np.array_equal(np.asarray(open_picture(tmp_path / "a.png")), np.asarray(drawn()))


def test_a_transparent_palette_colour_becomes_background(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 0])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "a.png", transparency=0)

    assert np.asarray(open_picture(tmp_path / "a.png")).tolist() == [[[255, 255, 255], [200, 100, 0]]]
    assert inspect_picture(tmp_path / "a.png").has_alpha


def test_sixteen_bit_grey_keeps_its_tones(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 128, 32768, 65535]], dtype=np.uint16)).save(tmp_path / "a.png")
    Image.fromarray(np.array([[0, 0.5, 1.0]], dtype=np.float32)).save(tmp_path / "a.tif")

    assert np.asarray(open_picture(tmp_path / "a.png"))[0, :, 0].tolist() == [0, 0, 128, 255]
    assert np.asarray(open_picture(tmp_path / "a.tif"))[0, :, 0].tolist() == [0, 128, 255]


def test_print_colours_become_rgb(tmp_path: Path) -> None:
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)

    red, green, blue = np.asarray(open_picture(tmp_path / "a.jpg"))[8, 8].tolist()

    assert red > 240 and green < 15 and blue < 15


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_an_animation_gives_its_first_frame(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])

    red, _, blue = np.asarray(open_picture(tmp_path / f"a.{suffix}"))[4, 4].tolist()

    assert red > 240 and blue < 15


def test_a_phone_jpeg_with_two_pictures_inside_opens_as_jpeg(tmp_path: Path) -> None:
    drawn().save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[drawn()])

    assert inspect_picture(tmp_path / "a.jpg").format == "JPEG"


def test_a_wrong_ending_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded("webp"))

    assert open_picture(tmp_path / "a.png").size == (48, 32)
    assert inspect_picture(tmp_path / "a.png").format == "WEBP"


@pytest.mark.parametrize("raw", [b"", b"just words", b"\0" * 5000, b"<svg/>", b"%!PS-Adobe-3.0\n"])
def test_what_is_no_picture_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.png").write_bytes(raw)

    assert refused(tmp_path / "a.png") == "picture_unreadable"


def test_other_kinds_pillow_knows_are_not_let_in(tmp_path: Path) -> None:
    drawn().save(tmp_path / "a.png", "PPM")

    assert refused(tmp_path / "a.png") == "picture_unreadable"


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(60_000, 60_000), (14_000, 14_000), (65_501, 10), (10, 2**31 - 1)])
def test_a_small_file_that_claims_to_be_huge_is_refused_unread(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "a.png").write_bytes(png_claiming(*size))

    assert refused(tmp_path / "a.png") == "picture_too_large"


def test_the_message_for_a_large_picture_names_file_and_size(tmp_path: Path) -> None:
    (tmp_path / "ink.png").write_bytes(png_claiming(14_000, 14_000))

    with pytest.raises(StudioError, match=r"ink\.png is larger than the app opens safely \(196 megapixels\)"):
        open_picture(tmp_path / "ink.png")


def test_the_limit_holds_where_another_library_lifted_that_of_pillow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # a public setting, and a common thing to do
    (tmp_path / "a.png").write_bytes(png_claiming(14_000, 14_000))

    assert refused(tmp_path / "a.png") == "picture_too_large"


def test_a_file_over_the_byte_limit_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)

    assert refused(tmp_path / "a.png") == "picture_too_large"


def test_a_reduced_picture_of_any_size_has_at_most_16_megapixels_and_the_same_shape(tmp_path: Path) -> None:
    Image.new("L", (14_000, 13_000), 200).save(tmp_path / "a.png", compress_level=1)

    assert refused(tmp_path / "a.png") == "picture_too_large"
    reduced = open_reduced(tmp_path / "a.png")
    assert (reduced.mode, reduced.getpixel((9, 9))) == ("RGB", (200, 200, 200))
    assert reduced.width * reduced.height <= 16.8e6
    assert reduced.width / reduced.height == pytest.approx(14 / 13, abs=1e-3)


def test_a_reduced_picture_is_upright_and_keeps_what_is_transparent(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    half = Image.new("LA", (65_600, 100), (50, 255))
    half.paste((50, 0), (0, 0, 65_600, 50))
    half.save(tmp_path / "half.png")
    Image.new("RGB", (120, 80), "blue").save(tmp_path / "turned.jpg", exif=exif)

    assert open_reduced(tmp_path / "turned.jpg").size == (80, 120)
    reduced = open_reduced(tmp_path / "half.png")
    assert (reduced.mode, reduced.size) == ("RGBA", (16_384, 25))
    assert (reduced.getpixel((100, 2))[3], reduced.getpixel((100, 22))) == (0, (50, 50, 50, 255))


@pytest.mark.parametrize("name", FORMATS)
def test_every_kind_of_picture_can_be_reduced(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_bytes(encoded(name))

    whole, reduced = open_picture(tmp_path / "a"), open_reduced(tmp_path / "a")
    assert reduced.size == whole.size
    assert np.abs(np.asarray(reduced.convert("RGB"), int) - np.asarray(whole, int)).max() <= 2


def test_what_is_no_picture_is_not_reduced(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture at all")

    with pytest.raises(StudioError) as caught:
        open_reduced(tmp_path / "a.png")
    assert caught.value.code == "picture_unreadable"


def test_a_picture_larger_than_the_memory_is_not_reduced(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_claiming(10_000_000, 1_000_000))

    with pytest.raises(StudioError, match=r"It would need about 120,000 GB") as caught:
        open_reduced(tmp_path / "a.png")
    assert caught.value.code == "memory_too_small"


@pytest.mark.parametrize("size", [(1, 65_000), (65_000, 1), (1, 1)])
def test_the_thinnest_pictures_open(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(tmp_path / "a.png")

    assert open_picture(tmp_path / "a.png").size == size
    assert inspect_picture(tmp_path / "a.png").width_px == size[0]


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders there")
def test_folders_pipes_and_missing_files_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")

    for path in (tmp_path / "pipe.png", tmp_path, tmp_path / "gone.png"):
        assert refused(path) == "picture_unreadable"


def test_an_odd_name_stays_on_one_line_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(StudioError) as caught:
        open_picture(tmp_path / "a\n\u202egnp.png")

    assert caught.value.title == "a\ufffd\ufffdgnp.png cannot be opened."


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "bmp"])
def test_pictures_are_known_by_their_first_bytes(name: str) -> None:
    assert looks_like_picture(encoded(name)[:16])
    assert not looks_like_picture(b"words" + encoded(name)[:11])


def test_readable_endings_are_lower_case_with_a_dot() -> None:
    assert {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"} <= READABLE_SUFFIXES
