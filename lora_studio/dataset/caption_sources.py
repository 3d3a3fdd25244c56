"""The caption of each picture of a scanned folder, where it comes from, and how often it is repeated.

Precedence: text file beside the picture, metadata list, class words of a `N_name` folder, none.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lora_studio.dataset.captions import (
    Sidecar,
    index_sidecars,
    parse_repeat_folder,
    read_caption_file,
    read_metadata,
    sidecars_of,
)
from lora_studio.dataset.walk import FoundFiles
from lora_studio.dataset.wording import Notes

CaptionSource = Literal["sidecar", "metadata", "folder"]

# Above this a leading number is a year or a serial number, as in `2024_summer`.
_MOST_REPEATS = 999


@dataclass(frozen=True, slots=True)
class FoundCaption:
    """What is known of a picture beside its pixels; `repeats` is at least 1."""

    text: str | None
    source: CaptionSource | None
    repeats: int


def find_captions(found: FoundFiles, folder: Path, notes: Notes) -> dict[Path, FoundCaption]:
    """The caption and repeats of every found picture; what is odd about the sources goes into `notes`."""
    from_lists = _captions_from_lists(found, notes)
    from_sidecars = _captions_from_sidecars(found, notes)
    captions: dict[Path, FoundCaption] = {}
    for path in found.pictures:
        repeats, class_words = _folder_meaning(path, folder, notes)
        if path in from_sidecars:
            captions[path] = FoundCaption(from_sidecars[path], "sidecar", repeats)
        elif (listed := from_lists.get(_same_path(path))) is not None:
            captions[path] = FoundCaption(listed, "metadata", repeats)
        elif class_words:
            captions[path] = FoundCaption(class_words, "folder", repeats)
        else:
            captions[path] = FoundCaption(None, None, repeats)
    return captions


def _captions_from_sidecars(found: FoundFiles, notes: Notes) -> dict[Path, str]:
    captions: dict[Path, str] = {}
    pictures: dict[Path, list[Path]] = {}
    for picture in found.pictures:
        pictures.setdefault(picture.parent, []).append(picture)
    for here, names in found.names.items():
        index = index_sidecars(names)
        unclaimed = {name for listed in index.values() for name in listed}
        for picture in pictures.get(here, ()):
            own = sidecars_of(picture.name, index)
            unclaimed.difference_update(own)
            sidecar = _first_with_words([here / name for name in own], notes)
            if sidecar:
                captions[picture] = sidecar.text
        notes.add("caption_orphan", *(here / name for name in unclaimed))
    return captions


def _first_with_words(paths: Sequence[Path], notes: Notes) -> Sidecar | None:
    for path in paths:
        try:
            sidecar = read_caption_file(path)
        except (OSError, ValueError):
            notes.add("caption_unreadable", path)
            continue
        if sidecar.text:
            if sidecar.is_guessed:
                notes.add("caption_encoding", path)
            if sidecar.line_count > 1:
                notes.add("caption_many_lines", path)
            return sidecar
    return None


def _captions_from_lists(found: FoundFiles, notes: Notes) -> dict[str, str]:
    """Captions of all metadata files by `_same_path`; the nearest file wins, then jsonl before csv."""
    pictures = {_same_path(path) for path in found.pictures}
    captions: dict[str, str] = {}
    nearest_first = sorted(found.metadata, key=lambda path: (-len(path.parts), path.suffix.lower() == ".csv"))
    for path in nearest_first:
        try:
            metadata = read_metadata(path)
        except (OSError, ValueError):
            notes.add("caption_unreadable", path)
            continue
        if metadata.is_guessed:
            notes.add("caption_encoding", path)
        is_complete = metadata.skipped_count == 0
        for name, caption in metadata.captions.items():
            target = _listed_picture(path.parent, name, pictures)
            is_complete = is_complete and target is not None
            if target is not None:
                captions.setdefault(target, caption)
        if not is_complete:
            notes.add("metadata_skipped", path)
    return captions


def _listed_picture(here: Path, name: str, pictures: set[str]) -> str | None:
    """The picture a list means; backslashes count as folder separators only where no file is called so."""
    spellings = (_same_path(here / name), _same_path(here / name.replace("\\", "/")))
    return next((spelling for spelling in spellings if spelling in pictures), None)


def _same_path(path: Path) -> str:
    """One spelling for a path, so that a list written on macOS finds pictures copied to Linux."""
    return unicodedata.normalize("NFC", os.path.normpath(path))


def _folder_meaning(picture: Path, folder: Path, notes: Notes) -> tuple[int, str]:
    """Repeats and class words from the nearest `N_name` folder above a picture, up to the scanned one."""
    for parent in picture.parents:
        meaning = parse_repeat_folder(parent.name)
        if meaning:
            count, class_words = meaning
            if not 1 <= count <= _MOST_REPEATS:
                notes.add("folder_repeats_ignored", parent)
                return 1, ""
            if count > 1:
                notes.add("folder_repeats", parent)
            return count, class_words
        if parent == folder:
            break
    return 1, ""
