"""Pictures that come as a zip file, unpacked into the project. An archive is not trusted with anything.

Bytes are counted while they are written, whatever the archive says of itself. Limits: promise P39.
"""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lora_studio import storage
from lora_studio.dataset.captions import METADATA_NAMES, SIDECAR_SUFFIXES
from lora_studio.dataset.images import MAX_FILE_BYTES, READABLE_SUFFIXES
from lora_studio.dataset.walk import MAX_DEPTH
from lora_studio.errors import StudioError

UNPACKED_FOLDER = "unpacked"
MAX_ENTRIES = 20_000
MAX_BYTES = 8 * 1000**3
MAX_RATIO = 200
_RATIO_COUNTS_FROM = 1 << 20  # a few flat kilobytes may shrink as they like
_CHUNK_BYTES = 1 << 20
_PORTS = (f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))
_NOT_ON_WINDOWS = frozenset({"con", "prn", "aux", "nul", *_PORTS})
_KEPT_SUFFIXES = frozenset((*READABLE_SUFFIXES, *SIDECAR_SUFFIXES))


def is_archive(path: Path) -> bool:
    """Whether a path names a file that `unpack` takes."""
    return path.suffix.lower() == ".zip"


def count_pictures(archive: Path) -> int:
    """How many pictures it says it holds; 0 for one that cannot be read."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return sum(_is_wanted(name) and _is_picture(name) for name in opened.namelist())
    except (OSError, zipfile.BadZipFile, NotImplementedError, UnicodeError):
        return 0


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks the pictures and captions of `archive` into the new folder `folder`, whole or not at all.

    Raises:
        StudioError: `zip_unreadable`, `zip_unsafe`, `no_pictures`, `folder_in_use`, or a disk error.
    """
    storage.make_dir(folder.parent)
    temp = storage.new_temp_dir(folder.parent, "unpack")
    try:
        with storage.read_errors(archive), zipfile.ZipFile(archive) as opened:
            _write_entries(opened, temp)
        storage.publish_dir(temp, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise StudioError(
            "zip_unreadable", f"{archive.name} cannot be unpacked.",
            "It is damaged, locked with a password, or packed in a way the app does not know. Nothing was changed.",
            "Unpack it with another program and drop the folder.",
        ) from error  # fmt: skip
    finally:
        storage.remove_tree(temp)


def _write_entries(opened: zipfile.ZipFile, folder: Path) -> None:
    entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    if len(entries) > MAX_ENTRIES:
        raise _unsafe(f"It holds {len(entries):,} files; {MAX_ENTRIES:,} are the most.")
    _refuse_bad_names(entries)
    wanted = [entry for entry in entries if _is_wanted(entry.filename)]
    if not any(_is_picture(entry.filename) for entry in wanted):
        raise StudioError(
            "no_pictures", "No pictures in this zip file.",
            f"It has {len(entries):,} files, none of a kind the app reads (PNG, JPEG, WebP, BMP, TIFF).",
            "Choose another.",
        )  # fmt: skip
    left = MAX_BYTES
    for entry in wanted:
        path = folder.joinpath(*PurePosixPath(entry.filename).parts)
        storage.make_dir(path.parent)
        storage.write_file(path, _content(opened, entry, left))
        left -= path.stat().st_size


def _content(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> Iterator[bytes]:
    size = 0
    with opened.open(entry) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > min(left, MAX_FILE_BYTES):
                raise _unsafe("It unpacks to more than the app accepts.")
            if size > max(_RATIO_COUNTS_FROM, MAX_RATIO * entry.compress_size):
                raise _unsafe("It swells far more than pictures do.")
            yield chunk


def _is_picture(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in READABLE_SUFFIXES


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    is_system = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return not is_system and (path.suffix.lower() in _KEPT_SUFFIXES or path.name in METADATA_NAMES)


def _refuse_bad_names(entries: list[zipfile.ZipInfo]) -> None:
    """No entry may leave its folder, be a link, or be another's twin on some system."""
    seen: set[str] = set()
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts
        folded = unicodedata.normalize("NFC", entry.filename).casefold()
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise _unsafe("It holds a link to a place outside itself.")
        leads_away = not parts or entry.filename.startswith("/") or len(parts) > MAX_DEPTH
        if leads_away or any(_is_bad(part) for part in parts):
            raise _unsafe("One of its names leads outside its folder, or is no name on every system.")
        if folded in seen:
            raise _unsafe("Two of its names are one name on some systems.")
        seen.add(folded)


def _is_bad(part: str) -> bool:
    stem = part.partition(".")[0].strip().lower()
    return (
        part in (".", "..")
        or any(mark in '\\:*?"<>|' or not mark.isprintable() for mark in part)
        or part != part.rstrip(". ")
        or stem in _NOT_ON_WINDOWS
    )


def _unsafe(why: str) -> StudioError:
    return StudioError(
        "zip_unsafe", "This zip file is not safe to unpack.", f"{why} Nothing was unpacked.",
        "Unpack it with another program, look at what is in it, and drop the folder.",
    )  # fmt: skip
