"""Opening pictures: the border where Pillow's many exceptions become two plain ones.

A picture counts as readable only when every pixel decodes: truncated files pass a header check. What pictures
mean for training is decided in `scan` and `quality`.
"""

from __future__ import annotations

import hashlib
import math
import re
import stat
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import psutil
from PIL import Image, ImageFile, UnidentifiedImageError

from lora_studio.dataset.wording import shown_name
from lora_studio.errors import StudioError

READABLE_SUFFIXES = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".apng",
        ".webp",
        ".bmp",
        ".dib",
        ".tif",
        ".tiff",
        ".gif",
        ".avif",
    )
)
READABLE_KINDS = "PNG, JPEG, WebP, BMP, TIFF, GIF, AVIF"

MAX_PIXELS = 178_956_970  # 179 megapixels, where Pillow itself refuses
MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_SIDE_PX = 65_500

# Pillow prints a warning for each oddity of a damaged file, and for pictures over 89 megapixels; we tell people
# ourselves what matters. Set once and not around each call, because warning filters are not safe between threads.
warnings.filterwarnings("ignore", module=r"PIL\.")

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")
_ORIENTATION_TAG = 0x0112
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PREVIEW_SIDE_PX = 512
_REDUCED_PIXELS = 16_777_216  # four times what the largest training size holds
_REDUCED_SIDE_PX = 16_384
_MEMORY_SHARE = 0.7

# With Pillow 13, 800,000 mutated files of seven formats raised OSError, SyntaxError, ValueError, RuntimeError.
# The others stand for older and newer plugins: bad offsets and counts, zero divisors, fields of a wrong type.
_DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
)

# Two threads decoding 170 transparent megapixels at once need over 3 GB; above this size they take turns.
_LARGE_PIXELS = 25_000_000
_one_large_picture = threading.Lock()


@dataclass(frozen=True, slots=True)
class InspectedPicture:
    """What one complete decode told about a picture.

    Sizes are pixels after EXIF rotation. `preview` is RGB on white, at most 512 px on the longer side.
    `has_alpha` is true when at least one pixel is not fully opaque.
    """

    width_px: int
    height_px: int
    format: str
    has_alpha: bool
    content_sha256: str
    preview: Image.Image


def open_picture(path: Path, background: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
    """The whole first frame of a picture, upright, RGB, transparency laid over `background` (0 to 255 each).

    Raises:
        StudioError: `picture_unreadable` when any part does not decode, `picture_too_large` beyond
            179 megapixels, 512 MB or 65,500 px a side.
    """
    with _translated(path), _opened(path) as file:
        image = Image.open(file, formats=_FORMATS)
        _check_size(image, path)
        image.load()
        orientation = _orientation(image)
        rgb, _ = _flatten(image, background)
        return _upright(rgb, orientation)


def open_reduced(path: Path) -> Image.Image:
    """A picture of any size, upright, with at most 16 megapixels and 16,384 px a side: for a smaller copy of it.

    RGBA where it has transparent parts, else RGB. A picture that is smaller than that keeps its size.

    Raises:
        StudioError: `picture_unreadable`, or `memory_too_small` when this computer lacks the memory to open it.
    """
    with _translated(path), _opened(path, most_bytes=None) as file:
        image = _identify_any_size(file)
        pixels = image.width * image.height
        share = min(1.0, math.sqrt(_REDUCED_PIXELS / pixels), _REDUCED_SIDE_PX / max(image.size))
        size = max(1, round(image.width * share)), max(1, round(image.height * share))
        image.draft(None, size)  # a JPEG is decoded at a reduced scale
        # As decoded, converted, and made ready to be resized; a progressive JPEG keeps all its coefficients beside.
        needed = image.width * image.height * 12 + (pixels * 6 if image.info.get("progressive") else 0)
        _check_memory(needed, path)
        with _one_large_picture:
            image.load()
            orientation = _orientation(image)
            small = _plain_mode(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        flat, has_alpha = _flatten(small, (255, 255, 255))
        return _upright(small.convert("RGBA") if has_alpha else flat, orientation)


def open_mask(path: Path, is_alpha: bool = False) -> Image.Image:
    """A mask, upright, as one channel (L): 255 counts whole, 0 least. Transparent parts of a mask file are black.

    Args:
        path: The mask, or the picture itself.
        is_alpha: Take what is opaque of a picture as its mask; without transparency, all of it is.

    Raises:
        StudioError: as `open_picture`.
    """
    with _translated(path), _opened(path) as file:
        image = Image.open(file, formats=_FORMATS)
        _check_size(image, path)
        image.load()
        orientation = _orientation(image)
        if not is_alpha:
            mask = _flatten(image, (0, 0, 0))[0].convert("L")
        elif image.has_transparency_data:
            mask = image.convert("RGBA").getchannel("A")
        else:
            mask = Image.new("L", image.size, 255)
        return _upright(mask, orientation)


def inspect_picture(path: Path) -> InspectedPicture:
    """Decode a picture once, completely, and keep what a scan needs.

    Large JPEGs are decoded at a reduced scale, which still reads every byte and so still finds a cut file.

    Raises:
        StudioError: as `open_picture`.
    """
    with _translated(path), _opened(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        image = Image.open(file, formats=_FORMATS)
        _check_size(image, path)
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        is_large = image.width * image.height > _LARGE_PIXELS
        with _one_large_picture if is_large else nullcontext():
            drafted_from = image.size if kind == "JPEG" else None
            if drafted_from:
                scale = _PREVIEW_SIDE_PX / max(image.size)
                image.draft(None, (round(image.width * scale), round(image.height * scale)))
            image.load()
            # TIFF turns itself while loading, so its size is final only now.
            width, height = drafted_from or image.size
            orientation = _orientation(image)
            rgb, has_alpha = _flatten(image, (255, 255, 255))
            rgb.thumbnail((_PREVIEW_SIDE_PX, _PREVIEW_SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
        if orientation >= 5:
            width, height = height, width
        return InspectedPicture(width, height, kind, has_alpha, digest, _upright(rgb, orientation))


def looks_like_picture(head: bytes) -> bool:
    """Whether the first 16 bytes of a file are those of a picture the app reads, whatever its name."""
    return (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or head[4:12] in (b"ftypavif", b"ftypavis")
    )


@contextmanager
def _opened(path: Path, most_bytes: int | None = MAX_FILE_BYTES) -> Iterator[BufferedReader]:
    info = path.stat()
    if not stat.S_ISREG(info.st_mode):
        raise _unreadable(path, "It is not a file.")
    if most_bytes is not None and info.st_size > most_bytes:
        raise _too_large(path, f"{info.st_size / 1024**2:,.0f} MB")
    with path.open("rb") as file:
        yield file


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        told = re.search(r"\((\d+) pixels\)", str(error))
        size = f"{int(told[1]) / 1e6:,.0f} megapixels" if told else "over 179 megapixels"
        raise _too_large(path, size) from error
    except MemoryError as error:
        raise _too_large(path, "more than the free memory of this computer") from error
    except FileNotFoundError as error:
        raise _unreadable(path, "It is not there any more.") from error
    except PermissionError as error:
        raise _unreadable(path, "This account may not read it.") from error
    except UnidentifiedImageError as error:
        raise _unreadable(path, "It is damaged or is not a picture.") from error
    except _DECODE_ERRORS as error:
        raise _unreadable(path, "It is damaged or was cut short.") from error


def _unreadable(path: Path, reason: str) -> StudioError:
    return StudioError(
        "picture_unreadable",
        f"{shown_name(path)} cannot be opened.",
        f"{reason} The file was not changed.",
        "Leave it out, or save it again from the program that made it.",
    )


def _too_large(path: Path, size: str) -> StudioError:
    return StudioError(
        "picture_too_large",
        f"{shown_name(path)} is larger than the app opens safely ({size}).",
        "Pictures may have up to 179 megapixels, 512 MB and 65,500 pixels a side. The file was not changed.",
        "Make a smaller copy, or leave it out.",
    )


def _check_size(image: Image.Image, path: Path) -> None:
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise _too_large(path, f"{pixels / 1e6:,.0f} megapixels")
    if max(image.size) > MAX_SIDE_PX:
        raise _too_large(path, f"{max(image.size):,} pixels on one side")
    if pixels < 1:
        raise _unreadable(path, "It holds no pixels.")


def _identify_any_size(file: BufferedReader) -> ImageFile.ImageFile:
    """The picture in a file, its size unchecked: Pillow checks only where it looks for the kind itself."""
    Image.init()
    for kind in _FORMATS:
        factory, _ = Image.OPEN.get(kind, (None, None))
        file.seek(0)
        try:
            if factory is not None:
                return factory(file, b"")
        except SyntaxError:  # another kind
            continue
    raise UnidentifiedImageError


def _check_memory(needed_bytes: int, path: Path) -> None:
    if needed_bytes > psutil.virtual_memory().available * _MEMORY_SHARE:
        raise StudioError(
            "memory_too_small",
            f"This computer lacks the memory to make {shown_name(path)} smaller.",
            f"It would need about {needed_bytes / 1e9:,.0f} GB. Make it smaller in a picture program, or leave it out. "
            "The file was not changed.",
        )


def _plain_mode(image: Image.Image) -> Image.Image:
    """The same in a mode that can be resized well."""
    if image.mode in ("1", "P") or (image.has_transparency_data and image.mode != "RGBA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.convert("I") if image.mode.startswith("I;") else image


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1 where the tag is absent or broken, since the pixels are still good."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except _DECODE_ERRORS:
        return 1
    return value if isinstance(value, int) and value in _TRANSPOSE else 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_TRANSPOSE[orientation]) if orientation in _TRANSPOSE else image


def _flatten(image: Image.Image, background: tuple[int, int, int]) -> tuple[Image.Image, bool]:
    """RGB pixels over the background, and whether anything was transparent."""
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return _from_deep_grey(image), False
    if not image.has_transparency_data:
        return image.convert("RGB"), False
    rgba = image if image.mode == "RGBA" else image.convert("RGBA")  # a copy of 179 megapixels costs 700 MB
    alpha = rgba.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return rgba.convert("RGB"), False
    flat = Image.new("RGB", rgba.size, background)
    flat.paste(rgba, mask=alpha)
    return flat, True


def _from_deep_grey(image: Image.Image) -> Image.Image:
    """RGB from 16-bit, 32-bit or float grey; Pillow's own conversion clips everything above 255 to white."""
    import numpy as np  # not at the top: a tenth of a second of the window's start

    values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0.0, neginf=0.0)
    peak = max(float(values.max()), 0.0)
    if image.mode == "F":
        white = 1.0 if peak <= 1.0 else 255.0 if peak <= 255.0 else max(peak, 65535.0)
    else:
        white = max(peak, 65535.0)
    grey = np.clip(values * (255.0 / white) + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")
