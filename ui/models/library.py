"""Everything made on this computer: runs of known projects and exported adapters, to look through and filter."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from PySide6.QtCore import (
    QAbstractListModel,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QThreadPool,
    Signal,
)

from lora_studio.config.resolve import read_config
from lora_studio.config.training import Kind
from lora_studio.errors import StudioError
from lora_studio.projects.project import Project, is_project, open_project
from lora_studio.projects.recent import recent_projects
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.state import RunState, read_state
from lora_studio.weights.header import read_header
from ui.models.engine_words import engine_words
from ui.models.library_words import day_word, family_word, kind_word, size_word
from ui.work import tasks

EntryKind = Literal["run", "adapter", "missing", "damaged"]
Order = Literal["newest", "oldest", "name", "stars", "size"]
Index = QModelIndex | QPersistentModelIndex

ADAPTER_SUFFIX = ".safetensors"
MOST_EPOCH_DIGITS = 6  # what a file says of itself may be anything

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One line of the library.

    `missing` is a project whose folder is not there, `damaged` a run or project that cannot be read; both say why in
    `problem`. `taught` and `family` are empty where nothing tells. `date` is in seconds since 1970. `run_dir` is the
    run that an entry is or that its adapter came from, `epoch` the adapter's.
    """

    path: Path
    kind: EntryKind
    title: str
    project_dir: Path | None = None
    project_name: str = ""
    taught: Kind | None = None
    family: str = ""
    stars: int = 0
    pick: int | None = None
    epochs: int = 0
    run_dir: Path | None = None
    epoch: int | None = None
    state: RunState | None = None
    date: float = 0.0
    size_bytes: int = 0
    cover: Path | None = None
    problem: str = ""

    @property
    def run(self) -> RunFolder:
        return RunFolder(self.run_dir or self.path)

    @property
    def can_draw(self) -> bool:
        """Whether Compare has something to draw with: an adapter of a run that is here, with pictures beside it."""
        return self.run_dir is not None and self.cover is not None and (self.kind == "adapter" or self.epochs > 0)

    @property
    def can_resume(self) -> bool:
        """Whether training can begin or go on."""
        return self.state is not None and self.state.kind in ("draft", "paused", "stopped", "failed", "crashed")


@dataclass(frozen=True, slots=True)
class LibraryFilter:
    """What is shown, and in which order."""

    words: str = ""
    taught: Kind | Literal[""] = ""
    family: str = ""
    stars: int = 0
    order: Order = "newest"

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return self != LibraryFilter(order=self.order)

    def accepts(self, entry: LibraryEntry) -> bool:
        text = f"{entry.title} {entry.project_name}".casefold()
        return (
            all(word in text for word in self.words.casefold().split())
            and self.taught in ("", entry.taught)
            and self.family in ("", entry.family)
            and entry.stars >= self.stars
        )

    def sorted(self, entries: Sequence[LibraryEntry]) -> list[LibraryEntry]:
        match self.order:
            case "newest":
                return sorted(entries, key=lambda entry: -entry.date)
            case "oldest":
                return sorted(entries, key=lambda entry: entry.date)
            case "name":
                return sorted(entries, key=lambda entry: entry.title.casefold())
            case "stars":
                return sorted(entries, key=lambda entry: (-entry.stars, -entry.date))
            case "size":
                return sorted(entries, key=lambda entry: -entry.size_bytes)


class LibraryRole(IntEnum):
    """Data roles of `LibraryList`."""

    ENTRY = Qt.ItemDataRole.UserRole + 1


class LibraryList(QAbstractListModel):
    """The entries that the filter lets through, in its order; read off the GUI thread by `read`."""

    changed = Signal()
    failed = Signal(object)  # StudioError

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: tuple[LibraryEntry, ...] = ()
        self.filter = LibraryFilter()
        self.is_reading = False
        self.has_read = False
        self._shown: list[LibraryEntry] = []
        self._again: tuple[Path, Path | None] | None = None
        self._token = tasks.CancelToken()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def read(self, projects_dir: Path, exports_dir: Path | None) -> None:
        """Look through the recent projects, those in `projects_dir`, and the adapters in `exports_dir`."""
        if self.is_reading:
            self._again = (projects_dir, exports_dir)
            return
        self.is_reading = True
        self._token = tasks.run(
            lambda token: tuple(read_library(projects_dir, exports_dir, token)), self._take, self._miss,
            owner=self, pool=self._pool,
        )  # fmt: skip
        self.changed.emit()

    def set_filter(self, **fields: Any) -> None:
        """Narrow or order differently."""
        self.filter = replace(self.filter, **fields)
        self._arrange()

    def clear_filter(self) -> None:
        self.filter = LibraryFilter(order=self.filter.order)
        self._arrange()

    def families(self) -> list[str]:
        """The families of base models that occur."""
        return sorted({entry.family for entry in self.entries if entry.family}, key=family_word)

    def entry(self, row: int) -> LibraryEntry:
        return self._shown[row]

    def row_of(self, path: Path) -> int | None:
        return next((row for row, entry in enumerate(self._shown) if entry.path == path), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self._shown[index.row()]
        match role:
            case LibraryRole.ENTRY:
                return entry
            case Qt.ItemDataRole.DisplayRole:
                return entry.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return "\n".join(filter(None, (entry.title, *self.facts(entry), self.state_words(entry))))
        return None

    # ── Sentences ─────────────────────────────────────────────────────────────────────────────────────────

    def facts(self, entry: LibraryEntry) -> list[str]:
        """What an entry is, in short: kind, base, date, size."""
        if entry.kind in ("missing", "damaged"):
            return [entry.problem]
        parts = [kind_word(entry.taught) if entry.taught else "", family_word(entry.family) if entry.family else ""]
        parts += [day_word(entry.date), size_word(entry.size_bytes)]
        if entry.stars:
            parts.append(self.tr("%n star(s)", "", entry.stars))
        return [part for part in parts if part]

    def state_words(self, entry: LibraryEntry) -> str:
        """What an entry's state is, and whether it can go on."""
        if entry.kind == "adapter" and entry.epoch is not None:
            return self.tr("Adapter file, epoch {epoch}").format(epoch=QLocale().toString(entry.epoch))
        if entry.kind == "adapter":
            return self.tr("Adapter file")
        if entry.kind == "missing":
            return self.tr("Not there")
        if entry.kind == "damaged":
            return self.tr("Cannot be read")
        state = entry.state
        assert state is not None
        if state.is_alive:
            return self.tr("Training now")
        match state.kind:
            case "draft":
                return self.tr("Not started")
            case "done":
                return self.tr("Finished, %n epoch(s)", "", entry.epochs)
            case "stopped":
                return self.tr("Stopped, %n epoch(s) kept", "", entry.epochs)
            case "paused":
                return self.tr("Paused, can go on")
            case _ if state.checkpoint_step is not None:
                return self.tr("Stopped, can go on")
            case _:
                return self.tr("Stopped early")

    # ── Taking ────────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, entries: tuple[LibraryEntry, ...]) -> None:
        self.is_reading, self.has_read = False, True
        self.entries = entries
        self._arrange()
        if self._again is not None:
            places, self._again = self._again, None
            self.read(*places)

    def _miss(self, error: Exception) -> None:
        self.is_reading, self.has_read = False, True
        if not isinstance(error, StudioError):
            raise error
        self.changed.emit()
        self.failed.emit(error)

    def _arrange(self) -> None:
        shown = self.filter.sorted([entry for entry in self.entries if self.filter.accepts(entry)])
        if shown != self._shown:
            self.beginResetModel()
            self._shown = shown
            self.endResetModel()
        self.changed.emit()


def read_library(projects_dir: Path, exports_dir: Path | None, token: tasks.CancelToken) -> Iterator[LibraryEntry]:
    """Every run of the known projects and every adapter; what cannot be read is an entry that says why."""
    seen: set[Path] = set()
    for folder in _project_dirs(projects_dir):
        if token.is_cancelled:
            return
        yield from _project_entries(folder, seen)
    if exports_dir is not None:
        yield from _adapters_in(exports_dir, seen)


def _project_dirs(projects_dir: Path) -> list[Path]:
    folders = [known.folder for known in recent_projects()]
    try:
        folders += sorted(path for path in projects_dir.iterdir() if not path.name.startswith("."))
    except OSError as error:  # no projects there yet, or the drive is away
        log.info("no projects: %s", error)
    return list(dict.fromkeys(folders))


def _project_entries(folder: Path, seen: set[Path]) -> Iterator[LibraryEntry]:
    if not folder.is_dir():
        yield LibraryEntry(folder, "missing", folder.name, folder, problem=str(folder))
        return
    if not is_project(folder):
        return
    try:
        project = open_project(folder)
    except StudioError as error:
        yield LibraryEntry(folder, "damaged", folder.name, folder, problem=engine_words(error.title))
        return
    for path in _folders_in(project.runs_dir):
        run = RunFolder(path)
        if run.is_run():
            entry = _run_entry(run, project)
            yield entry
            yield from _adapters_in(run.exports_dir, seen, entry)


def _folders_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:  # a project without runs
        return []


def _run_entry(run: RunFolder, project: Project) -> LibraryEntry:
    try:
        config = read_config(run.config_path)
        state = read_state(run)
        date = (run.events_path if run.events_path.is_file() else run.config_path).stat().st_mtime
    except (StudioError, ValidationError, OSError) as error:
        log.warning("%s: %s", run.path, error)
        words = engine_words(error.title) if isinstance(error, StudioError) else str(error)
        return LibraryEntry(run.path, "damaged", run.name, project.folder, project.name, problem=words)
    note = project.data.runs.get(run.name)
    pick = note.pick if note else None
    return LibraryEntry(
        path=run.path,
        kind="run",
        title=run.name,
        project_dir=project.folder,
        project_name=project.name,
        taught=config.kind,
        family=config.base.family,
        stars=max(note.stars.values(), default=0) if note else 0,
        pick=pick,
        epochs=len(run.epochs()),
        run_dir=run.path,
        state=state,
        date=date,
        size_bytes=folder_bytes(run.path),
        cover=_cover(run, pick),
    )


def _cover(run: RunFolder, pick: int | None) -> Path | None:
    """The first sample of the picked epoch, or of the newest one."""
    for epoch in ([pick] if pick else []) + run.sampled_epochs()[::-1]:
        if samples := run.sample_paths(epoch):
            return samples[0]
    return None


def _adapters_in(folder: Path, seen: set[Path], run: LibraryEntry | None = None) -> Iterator[LibraryEntry]:
    """The adapter files of a folder; those of a run take its words, and the picture of their own epoch."""
    for path in _folders_in(folder):
        if path.suffix.lower() != ADAPTER_SUFFIX or path in seen:
            continue
        seen.add(path)
        try:
            info = path.stat()
            entry = _adapter_entry(path, info.st_mtime, info.st_size)
            if run is not None and run.kind == "run":
                yield replace(
                    run, path=path, kind="adapter", title=path.stem, date=entry.date, size_bytes=entry.size_bytes,
                    state=None, pick=None, epochs=0, epoch=entry.epoch, cover=_cover_of_epoch(run, entry.epoch),
                )  # fmt: skip
            else:
                yield entry
        except (StudioError, OSError) as error:
            log.warning("%s: %s", path, error)
            words = engine_words(error.title) if isinstance(error, StudioError) else str(error)
            yield LibraryEntry(path, "damaged", path.stem, problem=words)


def _adapter_entry(path: Path, date: float, size_bytes: int) -> LibraryEntry:
    metadata = read_header(path).metadata
    architecture = metadata.get("modelspec.architecture", "")
    families = {
        "lora-studio-practice": "practice",
        "stable-diffusion-v1": "sd1",
        "stable-diffusion-v2": "sd2",
        "stable-diffusion-xl": "sdxl",
    }
    family = next((name for start, name in families.items() if architecture.startswith(start)), "")
    told = metadata.get("ss_epoch", "")
    epoch = int(told) if told.isdecimal() and len(told) <= MOST_EPOCH_DIGITS else None
    return LibraryEntry(path, "adapter", path.stem, family=family, epoch=epoch, date=date, size_bytes=size_bytes)


def _cover_of_epoch(run: LibraryEntry, epoch: int | None) -> Path | None:
    """The epoch's first sample; the run's picture where the file does not tell its epoch."""
    return run.cover if epoch is None else next(iter(run.run.sample_paths(epoch)), None)


def folder_bytes(folder: Path) -> int:
    """What everything below a folder takes; what vanishes meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += file_bytes(path)
        except OSError:
            continue
    return total


def file_bytes(path: Path) -> int:
    """What a file takes; 0 for anything else.

    One that several runs hold together counts in equal parts, so that the runs add up to what the disk holds.
    """
    info = path.stat()
    return info.st_size // max(1, info.st_nlink) if stat.S_ISREG(info.st_mode) else 0
