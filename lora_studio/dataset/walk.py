"""Finding the files of a picture folder in bounded time, whatever the tree looks like.

Only names and kinds are looked at here; files are opened in `images` and `captions`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lora_studio.dataset.captions import METADATA_NAMES, SIDECAR_SUFFIXES
from lora_studio.dataset.images import READABLE_SUFFIXES, looks_like_picture
from lora_studio.dataset.wording import shown_name
from lora_studio.errors import StudioError

MAX_DEPTH = 32
MAX_FILES = 200_000

# Pictures people do keep in such folders and would miss without a word.
UNSUPPORTED_SUFFIXES = frozenset(
    (
        *(".heic", ".heif", ".jxl", ".jp2", ".tga", ".exr", ".hdr", ".ico", ".svg"),
        *(".psd", ".psb", ".kra", ".xcf", ".clip"),
        *(".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2"),
    )
)
MASK_ENDING = "-masklabel.png"
_NO_PICTURES = (MASK_ENDING, "-condlabel.png")
_SYSTEM_FOLDERS = frozenset({"__macosx", "@eadir", "$recycle.bin", "system volume information"})
_NEVER_PICTURES = frozenset({*SIDECAR_SUFFIXES, ".npz", ".json", ".jsonl", ".csv", ".db", ".safetensors"})
_SNIFFED_BYTES = 16


@dataclass(slots=True)
class FoundFiles:
    """What a walk found below one folder; all paths are absolute, in no particular order.

    `names` are the plain files of each folder, for matching captions to pictures.
    """

    pictures: list[Path] = field(default_factory=list)
    unsupported: list[Path] = field(default_factory=list)
    metadata: list[Path] = field(default_factory=list)
    names: dict[Path, list[str]] = field(default_factory=dict)
    linked_folders: list[Path] = field(default_factory=list)
    deep_folders: list[Path] = field(default_factory=list)
    unreadable_folders: list[Path] = field(default_factory=list)
    file_count: int = 0


def walk(folder: Path) -> FoundFiles:
    """Every file below an absolute folder, sorted by what it is to a scan.

    Links to folders are not followed, devices and pipes not opened, hidden files and masks are no pictures. A
    file whose name says nothing is a picture if its first bytes say so.

    Raises:
        StudioError: `too_many_files` beyond 200,000.
    """
    found = FoundFiles()
    visited: set[tuple[int, int]] = set()
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        found.names[here] = []
        for entry, info in _entries(here, found):
            path = here / entry.name
            if stat.S_ISREG(info.st_mode):
                found.file_count += 1
                if found.file_count > MAX_FILES:
                    raise _too_many(folder)
                found.names[here].append(entry.name)
                _sort_file(path, found)
            elif not stat.S_ISDIR(info.st_mode) or entry.name.lower() in _SYSTEM_FOLDERS:
                continue
            elif _is_link(entry):
                found.linked_folders.append(path)
            elif depth >= MAX_DEPTH:
                found.deep_folders.append(path)
            elif _is_new(path, visited):
                waiting.append((path, depth + 1))
    return found


def _entries(folder: Path, found: FoundFiles) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if not entry.name.startswith(".")]
    except OSError:
        found.unreadable_folders.append(folder)
        return
    for entry in entries:
        try:
            yield entry, entry.stat()
        except OSError:  # a link to nothing, or gone since the listing: opening it later tells why
            if _suffix(entry.name) in READABLE_SUFFIXES:
                found.file_count += 1
                found.pictures.append(folder / entry.name)


def _sort_file(path: Path, found: FoundFiles) -> None:
    name = path.name.lower()
    suffix = _suffix(name)
    if name in METADATA_NAMES:
        found.metadata.append(path)
    elif name.endswith(_NO_PICTURES) or suffix in _NEVER_PICTURES:
        return
    elif suffix in READABLE_SUFFIXES or _has_picture_bytes(path, suffix):
        found.pictures.append(path)
    elif suffix in UNSUPPORTED_SUFFIXES:
        found.unsupported.append(path)


def _has_picture_bytes(path: Path, suffix: str) -> bool:
    if suffix in UNSUPPORTED_SUFFIXES:  # raw photos are TIFF files by their first bytes
        return False
    try:
        with path.open("rb") as file:
            return looks_like_picture(file.read(_SNIFFED_BYTES))
    except OSError:
        return False


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _is_link(entry: os.DirEntry[str]) -> bool:
    is_junction = getattr(entry, "is_junction", None)  # Python 3.12, Windows
    return entry.is_symlink() or bool(is_junction and is_junction())


def _is_new(folder: Path, visited: set[tuple[int, int]]) -> bool:
    """Whether a folder is seen for the first time: mounts can make loops without any link."""
    try:
        info = folder.stat()
    except OSError:
        return True  # listing it will report it
    identity = (info.st_dev, info.st_ino)
    if identity in visited:
        return False
    visited.add(identity)
    return True


def _too_many(folder: Path) -> StudioError:
    return StudioError(
        "too_many_files",
        f"{shown_name(folder)} holds more than {MAX_FILES:,} files.",
        "The app stopped looking, and nothing was changed.",
        "Choose the folder that holds just the training pictures.",
    )
