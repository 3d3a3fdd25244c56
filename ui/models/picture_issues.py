"""What a scan found, sorted by picture: the filters it belongs to and the sentences it is told in. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QCoreApplication, QLocale

from lora_studio.config.findings import Finding
from lora_studio.dataset.captions import fold_stem
from lora_studio.dataset.scan import ScanReport, duplicates_among
from lora_studio.projects.project import PictureKey
from ui.models.engine_words import engine_words
from ui.models.pictures import ISSUES, Issue, PictureRecord

Fix = Literal[
    "write", "leave_out", "take_in", "keep", "show_twins", "show_crop", "train_smaller", "show_in_folder",
    "make_smaller",
]  # fmt: skip

ISSUE_OF: Mapping[str, Issue] = {
    "picture_unreadable": "unreadable",
    "picture_too_large": "unreadable",
    "picture_kind_unsupported": "unreadable",
    "no_caption": "no_caption",
    "duplicate": "duplicate",
    "too_small": "too_small",
    "blurry": "blurry",
    "extreme_shape": "extreme_shape",
}
# Told of a picture without calling for a decision; the paths of the second name caption files.
_NOTED_PICTURES = frozenset({"transparency", "shared_stem", "alone_in_bucket", "masked", "mask_mismatch"})
_NOTED_CAPTIONS = frozenset({"caption_encoding", "caption_unreadable", "caption_many_lines"})
# What follows from settings; the scan alone cannot know it.
PLAN_CODES = frozenset({"too_small", "extreme_shape", "alone_in_bucket", "masked", "mask_mismatch"})

_FIXES: Mapping[Issue, tuple[Fix, ...]] = {
    "unreadable": ("show_in_folder", "leave_out"),
    "no_caption": ("write", "keep", "leave_out"),
    "duplicate": ("show_twins", "keep", "leave_out"),
    "too_small": ("train_smaller", "keep", "leave_out"),
    "blurry": ("keep", "leave_out"),
    "extreme_shape": ("show_crop", "keep", "leave_out"),
}


@dataclass(frozen=True, slots=True)
class SortedFindings:
    """Findings by the key of each picture. `about_files` are those that are about no picture of the set.

    `reasons` says under which code an unreadable picture was noted. Issues are in the order of `ISSUES`.
    """

    issues: Mapping[PictureKey, tuple[Issue, ...]] = field(default_factory=dict)
    noted: Mapping[PictureKey, tuple[Finding, ...]] = field(default_factory=dict)
    reasons: Mapping[PictureKey, str] = field(default_factory=dict)
    about_files: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to know about one picture, with the ways to mend it, the likeliest first.

    `issue` is None for what is only noted; `is_settled` once the person kept the picture as it is.
    """

    sentence: str
    issue: Issue | None = None
    is_settled: bool = False
    fixes: tuple[Fix, ...] = ()


def sort_findings(findings: Iterable[Finding], keys: Collection[PictureKey]) -> SortedFindings:
    """Findings by picture. `keys` are those of all usable pictures; a path that leads to none is about a file."""
    issues: dict[PictureKey, set[Issue]] = {}
    noted: dict[PictureKey, list[Finding]] = {}
    reasons: dict[PictureKey, str] = {}
    about_files: list[Finding] = []
    for item in findings:
        issue = ISSUE_OF.get(item.code)
        if issue is not None:
            for key in item.paths:
                issues.setdefault(key, set()).add(issue)
                if issue == "unreadable":
                    reasons[key] = item.code
            continue
        pictures = _pictures_of(item, keys)
        for key in pictures:
            noted.setdefault(key, []).append(item)
        if not pictures:
            about_files.append(item)
    return SortedFindings(
        issues={key: _in_order(found) for key, found in issues.items()},
        noted={key: tuple(found) for key, found in noted.items()},
        reasons=reasons,
        about_files=tuple(about_files),
    )


def all_findings(report: ScanReport, from_plan: Iterable[Finding]) -> list[Finding]:
    """What a scan found, and what the plan adds to it about sizes."""
    own = [item for item in report.findings if item.code not in PLAN_CODES]
    return own + [item for item in from_plan if item.code in PLAN_CODES]


def twins_of(report: ScanReport) -> dict[PictureKey, tuple[PictureKey, ...]]:
    """For each picture that looks like others, those others. Up to half a second for 10,000; for any thread."""
    suspects = {key for item in report.findings if item.code == "duplicate" for key in item.paths}
    images = [image for image in report.images if image.relative in suspects]
    groups = duplicates_among(images)
    named = [tuple(images[number].relative for number in group) for group in groups]
    return {key: tuple(other for other in group if other != key) for group in named for key in group}


def checks_of(
    record: PictureRecord,
    kept: Collection[str],
    noted: Sequence[Finding],
    reason: str,
    twins: Sequence[str],
) -> list[Check]:
    """What there is to say about one picture, as sentences.

    Args:
        record: The picture.
        kept: The issues with which the person said that it stays as it is.
        noted: What is only noted about it.
        reason: The code under which an unreadable picture was noted.
        twins: Names of the pictures that it looks like.
    """
    checks = []
    for issue in record.issues:
        fixes: tuple[Fix, ...] = ("take_in",) if record.left_out else _FIXES[issue]
        if issue == "unreadable" and reason == "picture_too_large" and not record.left_out:
            fixes = ("make_smaller", *fixes)
        is_settled = issue in kept or record.left_out
        checks.append(Check(_issue_sentence(issue, record, reason, twins), issue, is_settled, fixes))
    checks += [Check(_noted_sentence(item)) for item in noted]
    return checks


def _in_order(found: set[Issue]) -> tuple[Issue, ...]:
    return tuple(issue for issue in ISSUES if issue in found)


def _pictures_of(item: Finding, keys: Collection[PictureKey]) -> list[PictureKey]:
    if item.code in _NOTED_PICTURES:
        return [key for key in item.paths if key in keys]
    if item.code not in _NOTED_CAPTIONS:
        return []
    named = {_without_suffix(path) for path in item.paths}
    return [key for key in keys if _without_suffix(key) in named]


def _without_suffix(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{fold_stem(name.rpartition('.')[0])}"


def _issue_sentence(issue: Issue, record: PictureRecord, reason: str, twins: Sequence[str]) -> str:
    placement = record.placement
    match issue:
        case "unreadable":
            return _unreadable_sentence(reason)
        case "no_caption":
            return _tr("It has no caption. The adapter is easier to steer when every picture is described.")
        case "duplicate" if len(twins) == 1:
            return _tr("It looks like {name}. Copies count more than other pictures.").format(name=twins[0])
        case "duplicate" if twins:
            return _tr("It looks like {name} and others. Copies count more than other pictures.").format(name=twins[0])
        case "duplicate":
            return _tr("It looks like another picture. Copies count more than other pictures.")
        case "too_small" if placement:
            times = QLocale().toString(placement.enlargement, "f", 1)
            return _tr("It would be enlarged {times} times for its training size.").format(times=times)
        case "too_small":
            return _tr("It is small for this training size.")
        case "blurry":
            return _tr("It may be blurry: far softer than the rest. Soft styles often look like this to the check.")
        case "extreme_shape" if placement and placement.trimmed_share >= 0.01:
            share = QLocale().toString(placement.trimmed_share * 100, "f", 0)
            return _tr("It is very long or wide: {share} % of it is cut away for training.").format(share=share)
        case "extreme_shape":
            return _tr("It is very long or wide.")


def _unreadable_sentence(reason: str) -> str:
    match reason:
        case "picture_too_large":
            return _tr("It is larger than the app opens safely. A smaller copy can be used.")
        case "picture_kind_unsupported":
            return _tr("The app does not read this kind of file. Save it as PNG or JPEG to use it.")
        case _:
            return _tr("It looks damaged, cut short, or is not a picture. It is not trained on.")


def _noted_sentence(item: Finding) -> str:
    match item.code:
        case "transparency":
            return _tr("It has transparent parts. They are laid over white.")
        case "shared_stem":
            return _tr("Another picture has the same name but for its ending, so they may share a caption file.")
        case "alone_in_bucket":
            return _tr("No other picture has its training size, so it trains in a step of its own.")
        case "masked":
            return _tr("It has a mask: what is black in it counts less.")
        case "mask_mismatch":
            return _tr("Its mask has another shape and is not used.")
        case "caption_encoding":
            return _tr("Its caption is not stored as Unicode text. Look whether the letters are right.")
        case "caption_unreadable":
            return _tr("Its caption file cannot be used. It could not be read, or holds more than 64 KB.")
        case "caption_many_lines":
            return _tr("Its caption has several lines. They are joined for training.")
        case _:
            return engine_words(item.title)


def _tr(text: str) -> str:
    return QCoreApplication.translate("picture_issues", text)
