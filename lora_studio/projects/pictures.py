"""A project's pictures: found at once, scanned with what the project knows of them, and those that are trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lora_studio import storage
from lora_studio.config.findings import Finding
from lora_studio.dataset.captions import CaptionStamps, join_lines, stamp_captions
from lora_studio.dataset.edits import CaptionEdits
from lora_studio.dataset.scan import ImageRecord, ScanReport, duplicates_among, scan_dataset
from lora_studio.dataset.walk import walk
from lora_studio.dataset.wording import finding, natural_key, shown_path
from lora_studio.errors import StudioError
from lora_studio.projects.project import PictureKey, Project
from lora_studio.runs.folder import RunFolder

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture by name only, before anything was opened; its key is the one of the later `ImageRecord`."""

    key: PictureKey
    path: Path


def caption_edits(project: Project) -> CaptionEdits:
    """Changing the captions of this project."""
    return CaptionEdits(project.captions_dir, project.folder)


def list_picture_files(project: Project) -> list[PictureFile]:
    """Every picture of the project in the order of a scan; names are read and nothing is opened, so it is quick.

    Folders that are not there are passed over: `scan_project` tells of them.
    """
    listed: list[PictureFile] = []
    for label, folder in project.image_dirs():
        if folder.is_dir():
            files = [PictureFile(_key(label, shown_path(path, folder)), path) for path in walk(folder).pictures]
            listed += sorted(files, key=lambda file: natural_key(file.key))
    return listed


def scan_project(project: Project, progress: Progress | None = None, cancelled: Cancelled | None = None) -> ScanReport:
    """Scans all folders of a project, left-out pictures included. `relative` of each picture is its key.

    Captions kept in the project and repeats chosen there stand in for those of the folder. For any thread;
    `progress` is called in it with pictures done and in all.

    Raises:
        StudioError: `cancelled`; `no_pictures` without a folder; else as `scan_dataset`.
    """
    folders = project.image_dirs()
    if not folders:
        raise StudioError(
            "no_pictures", "There are no pictures in this project.", "", "Drop a folder of pictures on the window."
        )
    total = len(list_picture_files(project))
    reports: list[tuple[str, ScanReport]] = []
    before = 0
    for label, folder in folders:
        reports.append((label, scan_dataset(folder, _counting(before, total, progress, cancelled))))
        before += len(reports[-1][1].images)
    return with_captions(_with_repeats(_joined(reports), project), caption_edits(project).kept_in_project())


def scan_held_back(
    project: Project, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> ScanReport | None:
    """Scans the pictures that only check; None where the project has none. Raises as `scan_project`."""
    folder = project.held_back_dir
    return scan_dataset(folder, _counting(0, None, progress, cancelled)) if folder else None


def with_captions(report: ScanReport, captions: Mapping[Path, str]) -> ScanReport:
    """The report after captions were changed by the app, without looking at any file again."""

    def updated(image: ImageRecord) -> ImageRecord:
        text = join_lines(captions[image.path])
        return replace(image, caption=text or None, caption_source="sidecar" if text else None)

    images = tuple(updated(image) if image.path in captions else image for image in report.images)
    uncaptioned = [image.relative for image in images if image.caption is None]
    others = [item for item in report.findings if item.code != "no_caption"]
    return replace(
        report, images=images, findings=(*others, *([finding("no_caption", uncaptioned)] if uncaptioned else []))
    )


def with_captions_of_now(report: ScanReport, captions: CaptionEdits, before: CaptionStamps) -> ScanReport:
    """The report with what other programs wrote into caption files since `before`; pictures are not looked at again."""
    files = {image.path: image.caption_in_file for image in report.images}
    now = stamp_captions({path.parent for path in files})
    texts = captions.read_all(captions.changed_outside(before, now, files))
    return with_captions(report, {path: text for path, text in texts.items() if join_lines(text) != files[path]})


def chosen_pictures(project: Project, report: ScanReport) -> ScanReport:
    """The pictures that are trained on: those not left out, with what is still worth knowing of them. Quick."""
    left_out = project.data.left_out
    images = tuple(image for image in report.images if image.relative not in left_out)
    findings = [_without(item, left_out) for item in report.findings if item.code != "duplicate"]
    kept = [item for item in findings if item is not None]
    suspects = {path for item in report.findings if item.code == "duplicate" for path in item.paths}
    kept += _duplicates([image for image in images if image.relative in suspects])
    return _with_repeats(replace(report, images=images, findings=tuple(kept)), project)


def _key(label: str, relative: str) -> PictureKey:
    return f"{label}//{relative}" if label else relative


def _counting(before: int, total: int | None, progress: Progress | None, cancelled: Cancelled | None) -> Progress:
    """Progress over several folders: `before` were done in others. Without a `total`, this folder's own counts."""

    def count(done: int, of_this_folder: int) -> None:
        if cancelled and cancelled():
            raise StudioError("cancelled", "The scan was called off.", "Nothing was changed.")
        if progress:
            whole = of_this_folder if total is None else total
            progress(min(before + done, whole), whole)

    return count


def _joined(reports: list[tuple[str, ScanReport]]) -> ScanReport:
    images = tuple(
        replace(image, relative=_key(label, image.relative)) for label, report in reports for image in report.images
    )
    findings = tuple(
        item.model_copy(update={"paths": tuple(_key(label, path) for path in item.paths)})
        for label, report in reports
        for item in report.findings
        if len(reports) == 1 or item.code != "duplicate"
    )
    if len(reports) > 1:
        findings = (*findings, *_duplicates(images))
    return ScanReport(reports[0][1].folder, images, findings, sum(report.file_count for _, report in reports))


def _with_repeats(report: ScanReport, project: Project) -> ScanReport:
    chosen = {key: note.repeats for key, note in project.data.pictures.items() if note.repeats is not None}
    if not chosen:
        return report
    images = tuple(replace(image, repeats=chosen.get(image.relative, image.repeats)) for image in report.images)
    return replace(report, images=images)


def _without(item: Finding, left_out: frozenset[PictureKey]) -> Finding | None:
    """The finding without left-out pictures; None when it was only about them."""
    paths = [path for path in item.paths if path not in left_out]
    if len(paths) == len(item.paths):
        return item
    return finding(item.code, paths) if paths else None


def _duplicates(images: list[ImageRecord] | tuple[ImageRecord, ...]) -> list[Finding]:
    groups = duplicates_among(images)
    return [finding("duplicate", [images[number].relative for group in groups for number in group])] if groups else []


def collect_orphans(project: Project, report: ScanReport) -> list[str]:
    """Deletes what a killed window had half written, in the project and beside its pictures; returns the names."""
    captions = [project.captions_dir / name for name in ("", "done", "undone", "originals")]
    places = [project.folder, project.runs_dir, *captions]
    exports = [run.exports_dir for run in map(RunFolder, project.runs_dir.glob("[!.]*"))]  # the rest is the trainer's
    beside_pictures = sorted({image.path.parent for image in report.images})
    return [name for place in (*places, *exports, *beside_pictures) for name in storage.collect_orphans(place)]
