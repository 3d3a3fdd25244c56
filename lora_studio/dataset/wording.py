"""Every sentence a scan can say about a folder, in one table, words beside severities."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lora_studio.config.findings import Finding, Severity


class _Advice(NamedTuple):
    severity: Severity
    one: str
    many: str
    detail: str


_ADVICE = {
    "picture_unreadable": _Advice(
        "warn",
        "1 picture cannot be opened.",
        "{count} pictures cannot be opened.",
        "They look damaged, cut short, or are not pictures. They are left out; the others are fine.",
    ),
    "picture_too_large": _Advice(
        "warn",
        "1 picture is larger than the app opens safely.",
        "{count} pictures are larger than the app opens safely.",
        "Up to 179 megapixels, 512 MB and 65,500 pixels a side can be read. Make smaller copies to use them.",
    ),
    "picture_kind_unsupported": _Advice(
        "warn",
        "1 picture is of a kind the app does not read.",
        "{count} pictures are of a kind the app does not read.",
        "They are left out. Save them as PNG or JPEG to use them.",
    ),
    "folder_unreadable": _Advice(
        "warn",
        "1 folder could not be looked into.",
        "{count} folders could not be looked into.",
        "This account may not read them, or they vanished during the scan. Pictures inside are left out.",
    ),
    "folder_too_deep": _Advice(
        "warn",
        "1 folder lies too deep and was not looked into.",
        "{count} folders lie too deep and were not looked into.",
        "The app looks 32 folders deep. Pictures further down are left out.",
    ),
    "folder_link": _Advice(
        "tip",
        "1 link to another folder was not followed.",
        "{count} links to other folders were not followed.",
        "Pictures behind links are left out. Copy them in, or choose the folder they lead to.",
    ),
    "folder_repeats": _Advice(
        "tip",
        "1 folder name asks for its pictures to be used more than once an epoch.",
        "{count} folder names ask for their pictures to be used more than once an epoch.",
        "A number and an underscore in front of a folder name is read as a count.",
    ),
    "folder_repeats_ignored": _Advice(
        "warn",
        "1 folder name starts with a number that is no sensible count.",
        "{count} folder names start with numbers that are no sensible count.",
        "Their pictures are used once an epoch. Counts from 1 to 999 are understood.",
    ),
    "no_caption": _Advice(
        "warn",
        "1 picture has no caption.",
        "{count} pictures have no caption.",
        "Training works, but the adapter is easier to steer when every picture is described.",
    ),
    "caption_encoding": _Advice(
        "warn",
        "1 caption is not stored as Unicode text.",
        "{count} captions are not stored as Unicode text.",
        "The letters were guessed as Western European. Check them, or save the files as UTF-8.",
    ),
    "caption_unreadable": _Advice(
        "warn",
        "1 caption file cannot be used.",
        "{count} caption files cannot be used.",
        "They could not be read, or hold more than 64 KB.",
    ),
    "caption_many_lines": _Advice(
        "tip",
        "1 caption has several lines.",
        "{count} captions have several lines.",
        "All lines are joined into one caption. Other programs read only the first, or one at random.",
    ),
    "caption_orphan": _Advice(
        "tip",
        "1 text file belongs to no picture.",
        "{count} text files belong to no picture.",
        "A caption file carries the name of its picture. These are not used.",
    ),
    "metadata_skipped": _Advice(
        "warn",
        "1 caption list has entries that cannot be used.",
        "{count} caption lists have entries that cannot be used.",
        "An entry needs a file name inside its own folder that leads to a picture.",
    ),
    "shared_stem": _Advice(
        "warn",
        "1 picture shares its name with another.",
        "{count} pictures share a name with another.",
        "They differ only in the ending or in capital letters, so they may share one caption file.",
    ),
    "duplicate": _Advice(
        "warn",
        "1 picture is there twice.",
        "{count} pictures look like copies of each other.",
        "Copies count more than other pictures. Keep one of each, or keep all on purpose.",
    ),
    "blurry": _Advice(
        "tip",
        "1 picture may be blurry.",
        "{count} pictures may be blurry.",
        "They are far softer than the rest of this folder. Soft styles often look like this to the check.",
    ),
    "transparency": _Advice(
        "tip",
        "1 picture has transparent parts.",
        "{count} pictures have transparent parts.",
        "They are laid over white.",
    ),
    "mask_unreadable": _Advice(
        "warn",
        "1 mask cannot be opened.",
        "{count} masks cannot be opened.",
        "They look damaged, cut short, or are not pictures. The whole pictures count.",
    ),
    "mask_mismatch": _Advice(
        "warn",
        "1 mask does not match its picture.",
        "{count} masks do not match their pictures.",
        "The pictures were resized or cropped after painting. These masks are not used: the whole pictures count.",
    ),
    "masked": _Advice(
        "tip",
        "1 picture has a mask.",
        "{count} pictures have masks.",
        "What is white in the mask is learned, the rest counts less.",
    ),
    "too_small": _Advice(
        "warn",
        "1 picture is small for this training size.",
        "{count} pictures are small for this training size.",
        "They would be enlarged more than 1.25 times, up to {worst}. Train smaller, or leave them out.",
    ),
    "extreme_shape": _Advice(
        "warn",
        "1 picture is very long or loses a lot to cropping.",
        "{count} pictures are very long or lose a lot to cropping.",
        "They are longer than 2.5 to 1 or lose over a fifth, up to {worst}. Crop them, or leave them out.",
    ),
    "alone_in_bucket": _Advice(
        "tip",
        "1 picture is the only one of its shape.",
        "{count} pictures are each the only one of their shape.",
        "Each trains in a step of its own. Cropping it to a common shape makes steps more even.",
    ),
}


def finding(code: str, paths: Iterable[str], more: str = "", **numbers: str) -> Finding:
    """The finding of a known code about these paths; `more` is added to its detail, `numbers` fill it in."""
    advice = _ADVICE[code]
    listed = tuple(paths)
    title = advice.one if len(listed) == 1 else advice.many.format(count=f"{len(listed):,}")
    detail = advice.detail.format(**numbers)
    return Finding(
        code=code,
        severity=advice.severity,
        title=title,
        detail=f"{detail} {more}".strip(),
        paths=listed,
    )


class Notes:
    """Paths collected under the codes of findings, each path once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: dict[str, set[str]] = {}

    def add(self, code: str, *paths: Path) -> None:
        """Note paths below the folder under a code; no paths, no note."""
        for path in paths:
            self._paths.setdefault(code, set()).add(shown_path(path, self._folder))

    def findings(self) -> list[Finding]:
        """One finding for every code that was noted, in the order of the table."""
        noted = (code for code in _ADVICE if code in self._paths)
        return [finding(code, sorted(self._paths[code], key=natural_key)) for code in noted]


def natural_key(path: str) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Sort key that puts `a2` before `a10`, folder by folder; fixed also where only case differs."""
    return tuple(_name_key(name) for name in path.split("/"))


def _name_key(name: str) -> tuple[tuple[str, int], ...]:
    # split() with a group gives text, digits, text, ...: pairs of a text and the number after it
    pieces = [*re.split(r"([0-9]+)", name.casefold()), "-1"]
    pairs = zip(pieces[::2], map(int, pieces[1::2]), strict=True)
    return (*pairs, (name, 0))


def shown_path(path: Path, folder: Path) -> str:
    """A path below a folder, with forward slashes, `.` for the folder itself; odd bytes as `shown_text`."""
    return shown_text(path.relative_to(folder).as_posix())


def shown_text(path: Path | str) -> str:
    """A path as text that can be printed and stored; bytes that are not Unicode become `\\udcff` marks."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def shown_name(path: Path) -> str:
    """A file's name as one harmless line: no control characters, line breaks or reversed writing."""
    name = shown_text(path.name)
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
