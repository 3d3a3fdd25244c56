"""Scanning a folder of pictures: every picture decoded once, its caption found, oddities told.

Nothing is ever written. A picture that cannot be used becomes a finding and the scan goes on.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from lora_studio.config.findings import Finding
from lora_studio.dataset.buckets import BucketPlan
from lora_studio.dataset.caption_sources import CaptionSource, FoundCaption, find_captions
from lora_studio.dataset.captions import fold_stem
from lora_studio.dataset.images import READABLE_KINDS, inspect_picture
from lora_studio.dataset.quality import find_soft, group_duplicates, mean_colours, measure_sharpness
from lora_studio.dataset.walk import MASK_ENDING, FoundFiles, walk
from lora_studio.dataset.wording import Notes, finding, natural_key, shown_name, shown_path, shown_text
from lora_studio.errors import StudioError

_Seen = TypeVar("_Seen")
_BATCH = 64
_MOST_THREADS = 4
_MOST_ENLARGEMENT = 1.25
_LONGEST_SHAPE = 2.5
_MOST_TRIMMED = 0.2
_MASK_TOLERANCE = 0.02  # sides are rounded when pictures are made smaller
_NAMED_GROUPS = 3
_NAMED_PER_GROUP = 4


@dataclass(frozen=True, slots=True)
class Mask:
    """What a picture's mask file says where to look: white counts whole. Sizes are pixels, upright."""

    path: Path
    width_px: int
    height_px: int
    content_sha256: str

    def fits(self, width_px: int, height_px: int) -> bool:
        """Whether a picture of this size has the mask's shape; another size alone is no harm."""
        return math.isclose(self.width_px * height_px, self.height_px * width_px, rel_tol=_MASK_TOLERANCE)


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One usable picture of a scanned folder.

    Width and height are pixels after EXIF rotation. `has_alpha` is true when some pixel is not fully opaque.
    `caption` has its lines joined and is otherwise as written. `dhash` is 64 bits as 16 hexadecimal digits,
    `colours` the mean colours of 16 × 16 cells.
    `sharpness` is the Laplacian's variance at 512 px, comparable within one folder.
    """

    path: Path
    relative: str
    width_px: int
    height_px: int
    format: str
    has_alpha: bool
    caption: str | None
    caption_source: CaptionSource | None
    repeats: int
    content_sha256: str
    dhash: str
    colours: bytes
    sharpness: float
    mask: Mask | None = None

    @property
    def caption_in_file(self) -> str:
        """What the caption file beside the picture says; empty where its caption comes from elsewhere."""
        return (self.caption or "") if self.caption_source == "sidecar" else ""


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a folder holds: usable pictures in natural order of their paths, and what to know of them.

    Every picture file is either in `images` or named in a finding. `file_count` counts files of any kind.
    """

    folder: Path
    images: tuple[ImageRecord, ...]
    findings: tuple[Finding, ...]
    file_count: int

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values for JSON, with totals."""
        return {
            "folder": shown_text(self.folder),
            "file_count": self.file_count,
            "totals": {
                "images": len(self.images),
                "captioned": sum(image.caption is not None for image in self.images),
                "repeats": sum(image.repeats for image in self.images),
            },
            "images": [_plain(image) for image in self.images],
            "findings": [item.model_dump(mode="json") for item in self.findings],
        }


@dataclass(frozen=True, slots=True)
class _Measured:
    width_px: int
    height_px: int
    format: str
    has_alpha: bool
    content_sha256: str
    dhash: str
    colours: bytes
    sharpness: float


def scan_dataset(folder: Path, progress: Callable[[int, int], None] | None = None) -> ScanReport:
    """Look through a folder and everything below it; nothing in it is changed.

    Args:
        folder: Any folder, nested or flat.
        progress: Called in the caller's thread with pictures done and in all. What it raises ends the scan.

    Raises:
        StudioError: `folder_missing`, `not_a_folder`, `folder_unreadable`, `too_many_files`, or `no_pictures`
            when there is none or none can be opened.
    """
    folder = _existing_folder(folder)
    found = walk(folder)
    if folder in found.unreadable_folders:
        raise StudioError(
            "folder_unreadable",
            f"The folder {shown_name(folder)} could not be looked into.",
            "This account may not read it. Nothing was changed.",
            "Choose another folder, or change who may read this one.",
        )
    if not found.pictures:
        raise _no_pictures(found)
    paths = sorted(found.pictures, key=lambda path: natural_key(shown_path(path, folder)))
    notes = Notes(folder)
    measured = _measure_all(paths, notes, progress)
    if not measured:
        raise _all_broken(paths)
    _note_files(found, notes)
    captions = find_captions(found, folder, notes)
    masks = _find_masks(found, list(measured), notes)
    images = tuple(
        _record(path, folder, measured[path], captions[path], masks.get(path)) for path in paths if path in measured
    )
    findings = (*notes.findings(), *_picture_findings(images), *_duplicate_findings(images))
    return ScanReport(folder, images, findings, found.file_count)


def scan_known(folder: Path) -> ScanReport:
    """As `scan_dataset`; a folder in which no file changed since the last time is not read again."""
    folder = _existing_folder(folder)
    files = sorted(path / name for path, names in walk(folder).names.items() for name in names)
    marks = []
    for path in files:
        with suppress(OSError):  # gone since the walk: another mark than with it
            info = path.stat()
            marks.append((path, info.st_mtime_ns, info.st_size))
    return _scan_marked(folder, tuple(marks))


@lru_cache(maxsize=4)
def _scan_marked(folder: Path, _marks: tuple[tuple[Path, int, int], ...]) -> ScanReport:
    return scan_dataset(folder)


def check_for_training(report: ScanReport, resolution_px: int, plan: BucketPlan) -> list[Finding]:
    """What a training size and its buckets do to the pictures: enlarged, of extreme shape, alone in a bucket.

    Args:
        report: The scanned folder.
        resolution_px: The training size, named in the messages.
        plan: Buckets for exactly `report.images`, in their order.

    Raises:
        ValueError: the plan is not for these pictures.
    """
    if len(plan.placements) != len(report.images):
        raise ValueError("the bucket plan is not for this report")
    pairs = list(zip(report.images, plan.placements, strict=True))
    small = {image.relative: spot.enlargement for image, spot in pairs if spot.enlargement > _MOST_ENLARGEMENT}
    shape = {image.relative: _aspect(image) for image in report.images}
    extreme = {
        image.relative: spot.trimmed_share
        for image, spot in pairs
        if shape[image.relative] > _LONGEST_SHAPE or spot.trimmed_share > _MOST_TRIMMED
    }
    alone = [report.images[numbers[0]].relative for numbers in plan.buckets.values() if len(numbers) == 1]
    findings = []
    if small:
        size = f"The training size is {resolution_px} pixels."
        findings.append(finding("too_small", small, size, worst=f"{max(small.values()):.1f} times"))
    if extreme:
        longest = max(shape[relative] for relative in extreme)
        worst = f"{longest:.1f} to 1 and {max(extreme.values()):.0%} cut away"
        findings.append(finding("extreme_shape", extreme, worst=worst))
    if alone and len(report.images) > 1:
        findings.append(finding("alone_in_bucket", alone))
    return findings


def _existing_folder(folder: Path) -> Path:
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100  (resolve() would replace the user's own links)
    try:
        is_folder = absolute.is_dir()
        exists = is_folder or absolute.exists()
    except OSError:  # a path too long for this system
        is_folder = exists = False
    if is_folder:
        return absolute
    name = shown_name(absolute)
    if exists:
        raise StudioError(
            "not_a_folder",
            f"{name} is a file, not a folder.",
            "Nothing was changed.",
            "Choose the folder that holds the pictures.",
        )
    raise StudioError(
        "folder_missing",
        f"The folder {name} is not there.",
        "The drive may be unplugged, or the folder was moved or is spelled differently.",
        "Choose another folder, or connect the drive and try again.",
    )


def _no_pictures(found: FoundFiles) -> StudioError:
    count = found.file_count
    if count == 0:
        detail = f"It is empty. The app reads {READABLE_KINDS}."
    else:
        files = "1 file, not" if count == 1 else f"{count:,} files, none"
        detail = f"It has {files} of a kind the app reads ({READABLE_KINDS})."
    hint = "Choose the folder that holds the pictures; folders inside it are searched too."
    if found.unsupported:
        hint = f"Save {shown_name(found.unsupported[0])} and the like as PNG or JPEG, or choose another folder."
    return StudioError("no_pictures", "No pictures in this folder.", detail, hint)


def _all_broken(paths: Sequence[Path]) -> StudioError:
    names = ", ".join(shown_name(path) for path in paths[:3])
    rest = f" and {len(paths) - 3:,} more" if len(paths) > 3 else ""
    return StudioError(
        "no_pictures",
        "No picture in this folder can be opened.",
        f"{names}{rest}: damaged, cut short, too large, or not pictures. The files were not changed.",
        "Save them again from the program that made them, or choose another folder.",
    )


def _measure_all(
    paths: Sequence[Path], notes: Notes, progress: Callable[[int, int], None] | None
) -> dict[Path, _Measured]:
    """Every picture that decodes, in the order given; the others are noted under the code of their error."""
    measured: dict[Path, _Measured] = {}
    for done, (path, result) in enumerate(_in_threads(_measure, paths), start=1):
        if isinstance(result, StudioError):
            notes.add(result.code, path)
        else:
            measured[path] = result
        if progress:
            progress(done, len(paths))
    return measured


def _in_threads(look: Callable[[Path], _Seen], paths: Sequence[Path]) -> Iterator[tuple[Path, _Seen]]:
    """Each path with what `look` says of it."""
    # In small batches, so that a scan that is called off ends soon and 200,000 pictures are not all queued.
    with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
        for start in range(0, len(paths), _BATCH):
            batch = paths[start : start + _BATCH]
            yield from zip(batch, pool.map(look, batch), strict=True)


def _measure(path: Path) -> _Measured | StudioError:
    import imagehash  # not at the top: it needs numpy, a tenth of a second of the window's start

    try:
        picture = inspect_picture(path)
    except StudioError as error:
        return error
    return _Measured(
        picture.width_px,
        picture.height_px,
        picture.format,
        picture.has_alpha,
        picture.content_sha256,
        str(imagehash.dhash(picture.preview)),
        mean_colours(picture.preview),
        measure_sharpness(picture.preview),
    )


def _find_masks(found: FoundFiles, pictures: Sequence[Path], notes: Notes) -> dict[Path, Mask]:
    """The mask of each picture that has one: a file of the picture's name with `-masklabel.png` behind it."""
    named = {folder: {name.lower(): name for name in names} for folder, names in found.names.items()}
    with_mask = {
        picture.with_name(name): picture
        for picture in pictures
        if (name := named.get(picture.parent, {}).get(f"{picture.stem}{MASK_ENDING}".lower()))
    }
    masks: dict[Path, Mask] = {}
    for path, result in _in_threads(_inspect_mask, list(with_mask)):
        if isinstance(result, StudioError):
            notes.add("mask_unreadable", path)
        else:
            masks[with_mask[path]] = result
    return masks


def _inspect_mask(path: Path) -> Mask | StudioError:
    try:
        picture = inspect_picture(path)
    except StudioError as error:
        return error
    return Mask(path, picture.width_px, picture.height_px, picture.content_sha256)


def _record(path: Path, folder: Path, measured: _Measured, caption: FoundCaption, mask: Mask | None) -> ImageRecord:
    return ImageRecord(
        path=path,
        relative=shown_path(path, folder),
        width_px=measured.width_px,
        height_px=measured.height_px,
        format=measured.format,
        has_alpha=measured.has_alpha,
        caption=caption.text,
        caption_source=caption.source,
        repeats=caption.repeats,
        content_sha256=measured.content_sha256,
        dhash=measured.dhash,
        colours=measured.colours,
        sharpness=measured.sharpness,
        mask=mask,
    )


def _note_files(found: FoundFiles, notes: Notes) -> None:
    notes.add("picture_kind_unsupported", *found.unsupported)
    notes.add("folder_unreadable", *found.unreadable_folders)
    notes.add("folder_too_deep", *found.deep_folders)
    notes.add("folder_link", *found.linked_folders)
    namesakes: dict[tuple[Path, str], list[Path]] = {}
    for path in found.pictures:
        namesakes.setdefault((path.parent, fold_stem(path.stem)), []).append(path)
    for group in namesakes.values():
        if len(group) > 1:
            notes.add("shared_stem", *group)


def _picture_findings(images: Sequence[ImageRecord]) -> list[Finding]:
    uncaptioned = [image.relative for image in images if image.caption is None]
    transparent = [image.relative for image in images if image.has_alpha]
    soft = [images[number].relative for number in find_soft([image.sharpness for image in images])]
    listed = {"no_caption": uncaptioned, "transparency": transparent, "blurry": soft}
    return [finding(code, paths) for code, paths in listed.items() if paths]


def _plain(image: ImageRecord) -> dict[str, Any]:
    values = asdict(image) | {"path": shown_text(image.path)}
    values["mask"] = shown_text(image.mask.path) if image.mask else None
    del values["colours"]  # bytes that tell nobody anything
    return values


def duplicates_among(images: Sequence[ImageRecord]) -> list[tuple[int, ...]]:
    """Groups of numbers of pictures that are copies of each other, as `group_duplicates` finds them."""
    return group_duplicates(
        [image.content_sha256 for image in images],
        [image.dhash for image in images],
        [image.colours for image in images],
    )


def _duplicate_findings(images: Sequence[ImageRecord]) -> list[Finding]:
    groups = duplicates_among(images)
    if not groups:
        return []
    named = "; ".join(
        " = ".join(images[number].relative for number in group[:_NAMED_PER_GROUP]) for group in groups[:_NAMED_GROUPS]
    )
    return [finding("duplicate", (images[number].relative for group in groups for number in group), named)]


def _aspect(image: ImageRecord) -> float:
    return max(image.width_px, image.height_px) / min(image.width_px, image.height_px)
