"""Reading captions: text files beside pictures, metadata lists, and the folder names other trainers use.

Files are only read. Which source wins is decided in `caption_sources`; counting tokens needs a base model and
happens elsewhere.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, Literal

SIDECAR_SUFFIXES = (".txt", ".caption", ".cap", ".tags")
METADATA_NAMES = ("metadata.jsonl", "metadata.csv")
MAX_CAPTION_BYTES = 64 * 1024
MAX_METADATA_BYTES = 64 * 1024 * 1024

CaptionStamp = tuple[int, int]
CaptionStamps = dict[Path, CaptionStamp]

_CAPTION_COLUMNS = ("text", "caption", "prompt")
_REPEAT_FOLDER = re.compile(r"([0-9]+)_(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A caption file as it was read: lines joined with spaces, none dropped."""

    path: Path
    text: str
    is_guessed: bool
    line_count: int


@dataclass(frozen=True, slots=True)
class Metadata:
    """Captions of a metadata file by file name as written, and how many rows were no use."""

    captions: dict[str, str]
    skipped_count: int
    is_guessed: bool


def decode_caption(raw: bytes) -> tuple[str, bool]:
    """Text from a caption file's bytes, and whether the encoding had to be guessed.

    UTF-8 and UTF-16 with a byte order mark and plain UTF-8 are certain; anything else is read as Western
    European (cp1252) and flagged, as is text with zero bytes. Line ends become line feeds.
    """
    text, is_guessed = _decode(raw)
    return text.replace("\r\n", "\n").replace("\r", "\n"), is_guessed or "\0" in text


def _decode(raw: bytes) -> tuple[str, bool]:
    encoding = "utf-8-sig"
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        return raw.decode(encoding), False
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace"), True


def read_caption_file(path: Path) -> Sidecar:
    """One caption file.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds more than 64 KB, so it is no caption.
    """
    with path.open("rb") as file:
        raw = file.read(MAX_CAPTION_BYTES + 1)
    if len(raw) > MAX_CAPTION_BYTES:
        raise ValueError("more than 64 KB")
    text, is_guessed = decode_caption(raw)
    return Sidecar(path, join_lines(text), is_guessed, len(_lines(text)))


def join_lines(text: str) -> str:
    """A caption as training takes it: its lines, those without words left out, joined by spaces."""
    return " ".join(_lines(text))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def read_sidecar(picture: Path) -> Sidecar | None:
    """The caption file beside a picture, or None when there is none with words in it.

    Raises:
        OSError, ValueError: as `read_caption_file`.
    """
    names = index_sidecars(path.name for path in picture.parent.iterdir())
    for name in sidecars_of(picture.name, names):
        sidecar = read_caption_file(picture.with_name(name))
        if sidecar.text:
            return sidecar
    return None


def stamp_captions(folders: Iterable[Path]) -> CaptionStamps:
    """When the caption files of these folders were last written, and their sizes; no file is opened.

    A folder that cannot be listed counts as empty.
    """
    stamps: CaptionStamps = {}
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as listing:
            for entry in listing:
                if entry.name.lower().endswith(SIDECAR_SUFFIXES):
                    with suppress(OSError):  # gone since it was listed
                        stamps[folder / entry.name] = _stamp(entry.stat())
    return stamps


def stamp_caption(path: Path) -> CaptionStamp | None:
    """The same for one file; None without it."""
    try:
        return _stamp(path.stat())
    except OSError:
        return None


def _stamp(found: os.stat_result) -> CaptionStamp:
    return found.st_mtime_ns, found.st_size


def index_sidecars(names: Iterable[str]) -> dict[str, list[str]]:
    """Caption files among the names of one folder, by folded stem; see `sidecars_of`."""
    index: dict[str, list[str]] = {}
    for name in sorted(names):
        if Path(name).suffix.lower() in SIDECAR_SUFFIXES and not name.startswith("."):
            index.setdefault(fold_stem(Path(name).stem), []).append(name)
    return index


def sidecars_of(picture_name: str, index: dict[str, list[str]]) -> list[str]:
    """Names of the caption files of a picture, best first: same spelling, then by suffix."""
    stem = Path(picture_name).stem

    def rank(name: str) -> tuple[bool, int]:
        return Path(name).stem != stem, SIDECAR_SUFFIXES.index(Path(name).suffix.lower())

    return sorted(index.get(fold_stem(stem), []), key=rank)


def fold_stem(stem: str) -> str:
    """A stem without differences of case or of composed letters, which some disks do not keep apart."""
    return unicodedata.normalize("NFC", stem).casefold()


def read_metadata(path: Path) -> Metadata:
    """Captions from `metadata.jsonl` or `metadata.csv`; rows that cannot be used are counted, not fatal.

    A row needs `file_name` below the metadata file's own folder and one of `text`, `caption`, `prompt`.
    Source: the image folder convention of Hugging Face datasets.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds more than 64 MB.
    """
    with path.open("rb") as file:
        raw = file.read(MAX_METADATA_BYTES + 1)
    if len(raw) > MAX_METADATA_BYTES:
        raise ValueError("more than 64 MB")
    text, is_guessed = decode_caption(raw)
    rows = _csv_rows(text) if path.suffix.lower() == ".csv" else _json_rows(text)
    captions: dict[str, str] = {}
    skipped_count = 0
    for row in rows:
        name = row.get("file_name")
        caption = next((row[key] for key in _CAPTION_COLUMNS if _is_words(row.get(key))), None)
        if isinstance(name, str) and is_inside(name) and caption is not None:
            captions[name] = " ".join(caption.split("\n")).strip()
        else:
            skipped_count += 1
    return Metadata(captions, skipped_count, is_guessed)


def _is_words(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _json_rows(text: str) -> Iterator[dict[str, Any]]:
    for line in text.split("\n"):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            yield row if isinstance(row, dict) else {}


def _csv_rows(text: str) -> Iterator[dict[str, Any]]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        yield from rows
    except csv.Error:
        yield {}


def is_inside(name: str) -> bool:
    """Whether a file name from a list stays below its folder: no root, drive, `..` or web address."""
    as_windows = PureWindowsPath(name)
    return bool(name) and not (as_windows.anchor or ".." in as_windows.parts or "://" in name or "\0" in name)


def parse_repeat_folder(name: str) -> tuple[int, str] | None:
    """Count and class words of a folder called `10_red car`; None when the name has another form.

    Source: kohya's folder layout. The count is as written and may be senseless (0, or a year).
    """
    match = _REPEAT_FOLDER.fullmatch(name)
    return (int(match[1]), match[2].strip()) if match else None


def prepare_caption(text: str, trigger: str, place: Literal["start", "end"] = "start") -> str:
    """The caption as it is trained on: composed letters, single spaces, the trigger word present.

    The trigger word is put at its place, with a comma, unless it is already there as a whole word in any case.
    Preparing twice changes nothing.
    """
    caption, word = _tidy(text), _tidy(trigger)
    if not word:
        return caption
    if not caption:
        return word
    if _whole_word(word).search(caption):
        return caption
    return f"{word}, {caption}" if place == "start" else f"{caption}, {word}"


def without_trigger(caption: str, trigger: str) -> str:
    """A prepared caption with the trigger word taken out wherever it stands as a whole word; may be empty."""
    word = _tidy(trigger)
    rest = _whole_word(word).sub("", caption) if word else caption
    parts = (_tidy(part) for part in rest.split(","))
    return ", ".join(part for part in parts if part)


def shuffle_tags(caption: str, trigger: str, kept_first: int, permute: Callable[[int], Sequence[int]]) -> str:
    """A prepared caption with the parts between its commas in another order.

    Args:
        caption: As `prepare_caption` gave it.
        trigger: Parts that hold this word stay where they are.
        kept_first: So many parts at the start stay too.
        permute: Gives an order of so many things.
    """
    word = _tidy(trigger)
    parts = [part for part in (_tidy(part) for part in caption.split(",")) if part]
    free = [
        place for place, part in enumerate(parts)
        if place >= kept_first and not (word and _whole_word(word).search(part))
    ]  # fmt: skip
    mixed = list(parts)
    for place, source in zip(free, permute(len(free)), strict=True):
        mixed[place] = parts[free[source]]
    return ", ".join(mixed)


def _whole_word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


def _tidy(text: str) -> str:
    """NFC; control characters and stray byte order marks count as space, and a run of space is one blank."""
    spaced = "".join(" " if _is_control(letter) else letter for letter in text)
    return " ".join(unicodedata.normalize("NFC", spaced).split())


def _is_control(letter: str) -> bool:
    return letter == "\ufeff" or unicodedata.category(letter) == "Cc"
