"""The pictures of the open project as the Images place shows them: rows, counts, tags, filter and search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

from lora_studio.bases import find_base
from lora_studio.dataset.captions import CaptionStamps, join_lines, stamp_captions
from lora_studio.dataset.scan import ImageRecord, ScanReport
from lora_studio.errors import StudioError
from lora_studio.projects.pictures import list_picture_files
from lora_studio.projects.project import PictureKey, PictureNote, Project, label_of
from lora_studio.runs.create import RunPlan
from ui.models.caption_tags import count_tags, reads_as_tags
from ui.models.caption_tokens import CaptionTokens, read_tokens
from ui.models.picture_changes import PictureChanges
from ui.models.picture_issues import (
    Check,
    SortedFindings,
    all_findings,
    checks_of,
    sort_findings,
    twins_of,
)
from ui.models.picture_rows import PictureFacts, PictureRows
from ui.models.picture_search import Search, parse_search
from ui.models.pictures import ISSUES, PictureFilter, PictureList, PictureRecord
from ui.models.workspace import Workspace
from ui.work import tasks
from ui.work.poll import Poll

TAGS_AFTER_MS = 200
LOOK_EVERY_MS = 5000
SLICE = 2000  # rows in one turn: some 25 ms
MOST_READ = 200  # more chosen pictures are edited with their captions as scanned
FILTERS = ("all", "ready", "open", *ISSUES, "noted", "left_out", "added", "from_recipe")


@dataclass(frozen=True, slots=True)
class FolderNews:
    """What a look at the folders found: one that is gone, and pictures that came or went outside the app."""

    missing: Path | None = None
    added: frozenset[PictureKey] = frozenset()
    removed: frozenset[PictureKey] = frozenset()


@dataclass(frozen=True, slots=True)
class _Look:
    news: FolderNews
    stamps: CaptionStamps


class PictureSet(QObject):
    """Follows the workspace. `pictures` are all rows, `shown` those that filter, tag and search let through."""

    changed = Signal()  # rows, counts or findings
    narrowed = Signal()  # filter, tag or search
    tags_changed = Signal()
    tokens_changed = Signal()
    folders_changed = Signal()
    captions_came = Signal(int)  # so many were changed outside the app
    captions_read = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.pictures = PictureList(self)
        self.shown = PictureFilter(self.pictures, self)
        self.changes = PictureChanges(workspace, self._scanned_caption, self.seen_caption, self)
        self.counts: Mapping[str, int] = dict.fromkeys(FILTERS, 0)
        self.tags: Counter[str] = Counter()
        self.prefers_tags = False
        self.tokens: CaptionTokens | None = None
        self.news = FolderNews()
        self.filter = "all"
        self.tag = ""
        self.search_text = ""
        self._search = Search()
        self._tag_search = Search()
        self._tests: list[Callable[[PictureRecord], bool]] = []
        self._held: frozenset[Path] = frozenset()
        self._added: frozenset[Path] = frozenset()
        self._wanted: frozenset[Path] = frozenset()
        self._files: list[tuple[PictureKey, Path]] = []  # in the order of the set
        self._keys: dict[Path, PictureKey] = {}
        self._rows = PictureRows()
        self._facts = PictureFacts()
        self._next = 0
        self._project_dir: Path | None = None
        self._report: ScanReport | None = None
        self._plan: RunPlan | None = None
        self._base = ""
        self._tag_work = tasks.CancelToken()
        self._twin_work = tasks.CancelToken()
        self._base_work = tasks.CancelToken()
        self._suspects: tuple[str, ...] = ()
        self._read_work = tasks.CancelToken()
        self._read: dict[Path, str] = {}
        self._reader = QThreadPool(self)  # its own, so that a caption does not wait behind a scan
        self._reader.setMaxThreadCount(1)
        self._is_looking = False
        self._captions: list[str | None] = []
        self._tag_timer = QTimer(self, singleShot=True, interval=TAGS_AFTER_MS)
        self._tag_timer.timeout.connect(self._count_tags)
        self._slice_timer = QTimer(self, singleShot=True, interval=0)
        self._slice_timer.timeout.connect(self._make_slice)
        self._poll = Poll(self.look_at_folders, LOOK_EVERY_MS, self)
        workspace.pictures_changed.connect(self._refresh)
        workspace.plan_changed.connect(self._take_plan)
        workspace.project_changed.connect(self._take_project)
        self._take_project()

    # ── What is there ─────────────────────────────────────────────────────────────────────────────────────

    @property
    def findings(self) -> SortedFindings:
        return self._facts.findings

    def key_of(self, path: Path) -> PictureKey:
        return self._keys[path]

    def keys_of(self, records: Iterable[PictureRecord]) -> list[PictureKey]:
        return [self._keys[record.path] for record in records]

    def image(self, path: Path) -> ImageRecord | None:
        """What the scan knows of a picture; None for one that cannot be opened or was not looked at yet."""
        return self._facts.images.get(self._keys.get(path, ""))

    @property
    def trigger(self) -> str:
        """The trigger word that training puts in front of captions."""
        if self.workspace.plan is not None:
            return self.workspace.plan.resolved.config.dataset.trigger
        project = self.workspace.project
        return (project.data.trigger or "") if project is not None else ""

    def checks(self, record: PictureRecord) -> list[Check]:
        """What there is to say about one picture."""
        key = self._keys[record.path]
        noted = self._facts.findings.noted.get(key, ())
        twins = [_name_of(other) for other in self._facts.twins.get(key, ())]
        reason = self._facts.findings.reasons.get(key, "")
        issues = self._facts.findings.issues.get(key, ())
        full = PictureRecord(
            record.path, record.width_px, record.height_px, record.caption, issues, record.left_out, record.placement
        )
        return checks_of(full, self._facts.kept.get(key, ()), noted, reason, twins)

    def twins(self, path: Path) -> list[Path]:
        """The pictures that one looks like."""
        project = self.workspace.project
        keys = self._facts.twins.get(self._keys.get(path, ""), ())
        return [self._path_of(project, key) for key in keys] if project is not None else []

    def open_pictures(self) -> list[PictureRecord]:
        """Those that need a look, in the order of the set."""
        return [record for record in self.pictures.records() if is_open(record)]

    def caption(self, record: PictureRecord) -> str:
        """A caption as it is to be shown: what was typed, else as the file holds it, else as it was scanned."""
        draft = self.changes.draft(record.path)
        if draft is not None:
            return draft
        read = self._read.get(record.path)
        scanned = record.caption or ""
        return read if read is not None and (join_lines(read) == scanned or not record.width_px) else scanned

    def seen_caption(self, path: Path) -> str | None:
        """What a picture's caption file said when it was last read, lines joined; None before that."""
        image, read = self.image(path), self._read.get(path)
        if image is not None:
            return image.caption_in_file
        return join_lines(read) if read is not None else None

    def is_caption_known(self, record: PictureRecord) -> bool:
        """Whether a caption was read: until then, typing would write over what nobody saw."""
        path = record.path
        return self.image(path) is not None or path in self._read or self.changes.draft(path) is not None

    def read_captions(self, records: Sequence[PictureRecord]) -> None:
        """Read captions with their line breaks, and those that no scan has told yet; `captions_read` follows."""
        captions = self.workspace.captions
        wanted = [record.path for record in records[:MOST_READ] if self._has_file(record)]
        if captions is not None and wanted:
            self._read_work.cancel()
            self._read_work = tasks.run(
                lambda _: {path: captions.read(path) for path in wanted},
                self._take_read, lambda _: None, owner=self, pool=self._reader,
            )  # fmt: skip

    def _has_file(self, record: PictureRecord) -> bool:
        image = self.image(record.path)
        return image is None or image.caption_source == "sidecar"

    def _take_read(self, read: dict[Path, str]) -> None:
        self._read = read
        self.captions_read.emit()

    # ── What is shown ─────────────────────────────────────────────────────────────────────────────────────

    def narrow(self, name: str | None = None, tag: str | None = None, search: str | None = None) -> None:
        """Change what is shown; what is not given stays."""
        self.filter = self.filter if name is None else name
        self.tag = self.tag if tag is None else tag
        if search is not None:
            self.search_text, self._search = search, parse_search(search)
        self._tag_search = parse_search(f'tag:"{self.tag}"') if self.tag else Search()
        self._held = frozenset()
        self._apply_filter()
        self.narrowed.emit()

    @property
    def is_narrowed(self) -> bool:
        return self.filter != "all" or bool(self.tag or self._search.tests)

    def hold(self, paths: Collection[Path]) -> None:
        """Keep these in view while they are worked on, though an edit takes them out of the filter."""
        held = frozenset(paths)
        if held == self._held:
            return
        dropped = self._held - held
        self._held = held
        if self.is_narrowed and any(not self._belongs(path) for path in dropped):
            self._apply_filter()

    def _belongs(self, path: Path) -> bool:
        row = self.pictures.row_of(path)
        return row is None or self._passes(self.pictures.record(row))

    def _passes(self, record: PictureRecord) -> bool:
        return all(test(record) for test in self._tests)

    def _apply_filter(self) -> None:
        tests = [self._is_in_filter] if self.filter != "all" else []
        self._tests = [*tests, *(search.accepts for search in (self._tag_search, self._search) if search.tests)]
        self.shown.set_filter(self._accepts if self._tests else None)

    def _accepts(self, record: PictureRecord) -> bool:
        return record.path in self._held or self._passes(record)

    def _is_in_filter(self, record: PictureRecord) -> bool:
        match self.filter:
            case "all":
                return True
            case "ready":
                return is_ready(record)
            case "open":
                return is_open(record)
            case "noted":
                return self._keys[record.path] in self._facts.findings.noted
            case "left_out":
                return record.left_out
            case "added":
                return record.path in self._added
            case "from_recipe":
                return record.path in self._wanted
            case issue:
                return issue in record.issues and not record.left_out

    # ── What a person decides ─────────────────────────────────────────────────────────────────────────────

    def keep(self, records: Iterable[PictureRecord]) -> None:
        """These stay as they are: they need no look any more, unless something else is found."""
        self.changes.keep({self._keys[record.path]: record.issues for record in records if is_open(record)})

    def leave_out(self, records: Sequence[PictureRecord], is_out: bool) -> None:
        self.changes.leave_out(self.keys_of(records), is_out)

    def set_repeats(self, records: Sequence[PictureRecord], repeats: int) -> None:
        """How often training uses these in an epoch."""
        project = self.workspace.project
        if project is None:
            return
        notes = dict(project.data.pictures)
        for key in self.keys_of(records):
            notes[key] = notes.get(key, PictureNote()).model_copy(update={"repeats": repeats})
        self.workspace.change(pictures=notes)

    def repeats(self, record: PictureRecord) -> int:
        """How often training uses a picture in an epoch."""
        project = self.workspace.project
        key = self._keys.get(record.path, "")
        note = project.data.pictures.get(key) if project is not None else None
        if note is not None and note.repeats is not None:
            return note.repeats
        image = self._facts.images.get(key)
        return image.repeats if image is not None else 1

    # ── Folders ───────────────────────────────────────────────────────────────────────────────────────────

    def watch_folders(self, is_wanted: bool) -> None:
        """Look now and then whether the folders changed outside the app."""
        if is_wanted:
            self._poll.start()
        else:
            self._poll.stop()

    def look_at_folders(self) -> None:
        project = self.workspace.project
        if project is None or self._is_looking or self.workspace.is_scanning:
            return
        self._is_looking = True
        known = frozenset(file.key for file in self.workspace.files)
        folders = {path.parent for path in self._keys}
        tasks.run(
            lambda _: _Look(news_of(project, known), stamp_captions(folders)),
            lambda look: self._take_look(look, project.folder), self._refuse_look, owner=self,
        )  # fmt: skip

    def show_added(self) -> None:
        """Look at the pictures that came from outside, and show only them."""
        project = self.workspace.project
        if project is None:
            return
        self._added = frozenset(self._path_of(project, key) for key in self.news.added)
        self.forget_news()
        self.workspace.rescan()
        self.narrow("added" if self._added else "all", "", "")

    def show_wanted(self, paths: Collection[Path]) -> None:
        """Show only these, which another place has something to say about."""
        self._wanted = frozenset(paths)
        self._count()
        self.narrow("from_recipe", "", "")
        self.changed.emit()

    def find_folder_again(self, found: Path) -> None:
        """The missing folder is elsewhere now. Raises `StudioError` where the project would lie in it."""
        project = self.workspace.project
        missing = self.news.missing
        if project is None or missing is None:
            return
        label = next(label for label, folder in project.image_dirs() if folder == missing)
        moved = project.with_moved_folder(label, found)
        self.forget_news()
        self.workspace.change(image_folders=moved.data.image_folders)
        self.workspace.rescan()

    def forget_news(self) -> None:
        """The folders are looked at anew."""
        self._set_news(FolderNews())

    def _take_look(self, look: _Look, project_dir: Path) -> None:
        self._is_looking = False
        if project_dir != self._project_dir:
            return
        self._set_news(look.news)
        if look.news.missing is None and self.workspace.report is not None:
            self._take_stamps(look.stamps)

    def _take_stamps(self, stamps: CaptionStamps) -> None:
        """Have captions read again whose files are not as they were, and not because of the app itself."""
        before, captions = self.workspace.caption_stamps, self.workspace.captions
        self.workspace.caption_stamps = stamps
        changed = captions.changed_outside(before, stamps, self._keys) if captions is not None else []
        if changed:
            seen = {path: text for path in changed if (text := self.seen_caption(path)) is not None}
            self.workspace.read_again(seen, self.captions_came.emit)

    def _refuse_look(self, error: Exception) -> None:
        self._is_looking = False
        if not isinstance(error, OSError | StudioError):
            raise error

    def _set_news(self, news: FolderNews) -> None:
        if news != self.news:
            self.news = news
            self.folders_changed.emit()

    # ── Following the workspace ───────────────────────────────────────────────────────────────────────────

    def _take_project(self) -> None:
        project = self.workspace.project
        folder = project.folder if project is not None else None
        if folder != self._project_dir:
            self._project_dir = folder
            self._forget()
            self._refresh()
        source = project.data.base.source if project is not None else ""
        if source != self._base:
            self._base = source
            self._read_tokens(source)

    def _forget(self) -> None:
        self._slice_timer.stop()
        self._rows, self._facts = PictureRows(), PictureFacts()
        self._files, self._keys = [], {}
        self._report, self._plan, self._suspects = None, None, ()
        self._held = self._added = self._wanted = frozenset()
        self.pictures.show_pictures([])
        self.changes.forget()
        self._set_news(FolderNews())
        self.narrow("all", "", "")

    def _take_plan(self) -> None:
        if self.workspace.plan is not self._plan:
            self._refresh()

    def _refresh(self) -> None:
        project, report, plan = self.workspace.project, self.workspace.report, self.workspace.plan
        if project is None:
            self._count()
            self.changed.emit()
            return
        if report is not None and (report is not self._report or plan is not self._plan):
            self._sort(report, plan)
        self._facts.left_out = project.data.left_out
        self._facts.kept = {key: note.kept for key, note in project.data.pictures.items() if note.kept}
        self._list_files(project)
        self._next = 0
        self._make_slice()

    def _list_files(self, project: Project) -> None:
        """All pictures: the files in their order, then what only the scan knows of."""
        files = [(file.key, file.path) for file in self.workspace.files]
        if self.workspace.report is not None:
            listed = {key for key, _ in files}
            files += [(key, image.path) for key, image in self._facts.images.items() if key not in listed]
            unreadable = (key for key in self._facts.findings.reasons if key not in listed)
            files += [(key, self._path_of(project, key)) for key in unreadable]
        if files == self._files:
            return
        if files[: len(self._files)] != self._files:
            self.pictures.show_pictures([])
        self._files = files
        self._keys = {path: key for key, path in files}

    def _make_slice(self) -> None:
        """Make and show the next rows; a large set takes several turns, so that the window never waits for it."""
        first, known = self._next, self.pictures.rowCount()
        records = self._rows.make(self._files[first : first + SLICE], self._facts)
        self.pictures.update_pictures(records[: max(0, known - first)])
        self.pictures.append_pictures(records[max(0, known - first) :])
        self._next = first + SLICE
        if self._next < len(self._files):
            self._slice_timer.start()
        else:
            self._finish()

    def _finish(self) -> None:
        self._count()
        self.changes.take_saved()
        if self.filter in ("noted", "added"):
            self._apply_filter()
        self._tag_soon()
        if self.workspace.scan_problem is not None:
            self.look_at_folders()
        self.changed.emit()

    def _sort(self, report: ScanReport, plan: RunPlan | None) -> None:
        if report is not self._report:
            self._facts.images = {image.relative: image for image in report.images}
            self._find_twins(report)
        if plan is not self._plan and plan is not None:
            pairs = zip(plan.report.images, plan.pictures.training, strict=True)
            self._facts.placements |= {image.relative: entry.placement for image, entry in pairs}
        self._report, self._plan = report, plan
        self._facts.findings = sort_findings(
            all_findings(report, plan.findings if plan else ()), self._facts.images.keys()
        )

    def _count(self) -> None:
        counts = dict.fromkeys(FILTERS, 0)
        counts["all"] = len(self._files)
        for record in self.pictures.records():
            if record.left_out:
                counts["left_out"] += 1
            elif record.issues:
                counts["open"] += 1
                for issue in record.issues:
                    counts[issue] += 1
            elif record.width_px:
                counts["ready"] += 1
        counts["noted"] = sum(1 for key in self._facts.findings.noted if key in self._facts.images)
        for name, paths in (("added", self._added), ("from_recipe", self._wanted)):
            counts[name] = sum(1 for path in paths if path in self._keys)
        self.counts = counts

    def _path_of(self, project: Project, key: PictureKey) -> Path:
        label = label_of(key)
        folder = next((folder for name, folder in project.image_dirs() if name == label), project.folder)
        return folder / (key.removeprefix(f"{label}//") if label else key)

    def _scanned_caption(self, path: Path) -> str | None:
        if self.workspace.report is None:
            return None
        image = self.image(path)
        return (image.caption or "") if image is not None else None

    # ── Work elsewhere ────────────────────────────────────────────────────────────────────────────────────

    def _tag_soon(self) -> None:
        captions = [record.caption for record in self.pictures.records()]
        if captions != self._captions:
            self._captions = captions
            self._tag_timer.start()

    def _count_tags(self) -> None:
        captions = self._captions
        self._tag_work.cancel()
        self._tag_work = tasks.run(
            lambda _: (count_tags(captions), reads_as_tags(captions)), self._take_tags, owner=self
        )

    def _take_tags(self, counted: tuple[Counter[str], bool]) -> None:
        self.tags, self.prefers_tags = counted
        self.tags_changed.emit()

    def _find_twins(self, report: ScanReport) -> None:
        suspects = next((item.paths for item in report.findings if item.code == "duplicate"), ())
        if suspects != self._suspects:
            self._suspects = suspects
            self._twin_work.cancel()
            self._twin_work = tasks.run(lambda _: twins_of(report), self._take_twins, owner=self)

    def _take_twins(self, twins: dict[PictureKey, tuple[PictureKey, ...]]) -> None:
        self._facts.twins = twins
        self._refresh()

    def _read_tokens(self, source: str) -> None:
        self._base_work.cancel()
        self.tokens = None
        self.tokens_changed.emit()
        if source:
            self._base_work = tasks.run(lambda _: tokens_of(source), self._take_tokens, owner=self)

    def _take_tokens(self, tokens: CaptionTokens | None) -> None:
        self.tokens = tokens
        self.tokens_changed.emit()


def is_open(record: PictureRecord) -> bool:
    """Whether a picture needs a look."""
    return bool(record.issues) and not record.left_out


def is_ready(record: PictureRecord) -> bool:
    """Whether a picture was looked at and nothing speaks against it."""
    return bool(record.width_px) and not record.issues and not record.left_out


def tokens_of(source: str) -> CaptionTokens | None:
    """The counter of a base; None where it has none that can be read."""
    try:
        return read_tokens(find_base(source))
    except StudioError:
        return None


def news_of(project: Project, known: frozenset[PictureKey]) -> FolderNews:
    """What changed in the folders of a project; for a worker thread."""
    missing = _first_missing(project)
    if missing is not None:
        return FolderNews(missing=missing)
    present = frozenset(file.key for file in list_picture_files(project))
    return FolderNews(added=present - known, removed=known - present)


def _first_missing(project: Project) -> Path | None:
    return next((folder for _, folder in project.image_dirs() if not folder.is_dir()), None)


def _name_of(key: PictureKey) -> str:
    return key.rpartition("/")[2]
