"""What all pages work on: the open project, its pictures and plan, its runs, and what this computer has.

There is one workspace for a window. Everything it says is told by a signal on the GUI thread, and all its work on the
disk is done elsewhere.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThreadPool, QTimer, Signal

from lora_studio import bases, storage
from lora_studio.bases import FoundBase
from lora_studio.dataset.captions import (
    MAX_CAPTION_BYTES,
    CaptionStamps,
    decode_caption,
    fold_stem,
    join_lines,
    stamp_captions,
)
from lora_studio.dataset.edits import CaptionEdits, EditResult
from lora_studio.dataset.scan import ScanReport
from lora_studio.embedded import SampleKind
from lora_studio.errors import StudioError
from lora_studio.hardware import probe
from lora_studio.hardware.budget import Budget, Fix
from lora_studio.hardware.probe import Hardware
from lora_studio.jobs import supervisor
from lora_studio.jobs.queue import Job, Queue
from lora_studio.jobs.ready_trainer import ReadyTrainer
from lora_studio.projects.archives import UNPACKED_FOLDER, is_archive, unpack
from lora_studio.projects.copying import copy_pictures, copy_smaller
from lora_studio.projects.newer import copy_newer_project
from lora_studio.projects.pictures import (
    PictureFile,
    caption_edits,
    collect_orphans,
    list_picture_files,
    scan_held_back,
    scan_project,
    with_captions,
    with_captions_of_now,
)
from lora_studio.projects.project import (
    BaseReference,
    PictureKey,
    PictureNote,
    Project,
    create_project,
    list_runs,
    open_project,
    project_for_images,
    sample_project,
    save_project,
)
from lora_studio.projects.recent import note_opened
from lora_studio.projects.recipe import create_project_run, plan_project
from lora_studio.runs.create import RunPlan, plain_name
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.history import RunSummary
from lora_studio.runs.prepare import free_place, plan_budget
from lora_studio.runs.timings import remember_timing
from ui.models.recent import RecentProjects
from ui.models.run import RunModel
from ui.models.settings import SettingsModel
from ui.work import tasks

log = logging.getLogger(__name__)

PLAN_AFTER_MS = 150  # a slider that is dragged is planned once
PROGRESS_EVERY_S = 0.05
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Opened:
    project: Project
    runs: list[RunSummary]
    can_undo: bool
    can_redo: bool


@dataclass(frozen=True, slots=True)
class _Scanned:
    report: ScanReport
    held_back: ScanReport | None
    stamps: CaptionStamps


@dataclass(frozen=True, slots=True)
class _Planned:
    plan: RunPlan | None
    budget: Budget | None
    problem: StudioError | None


MOST_NAMES = 5  # of a list, before the rest is counted
PromptPlace = Literal["compare", "recipe"]


@dataclass(frozen=True, slots=True)
class PromptWish:
    """A prompt to offer in Compare or Recipe. Without one of its own it begins as usual there, without a seed too."""

    place: PromptPlace = "compare"
    prompt: str = ""
    seed: int | None = None


class Workspace(QObject):
    """The state that pages share. Attributes are for reading; methods change them and signals tell when they did.

    Attributes:
        project: The open project with every change, saved or about to be; None before one is open.
        files: The pictures by name, known at once; `report` follows when they were looked at.
        report: All pictures, left-out ones included; None while they are looked at.
        held_back: The pictures that only check, if the project has some.
        scan_problem: Why there is no report.
        plan: The run the project asks for; the last one that could be made, while the next is under way.
        budget: What the plan costs here. `plan_problem` says why there is none.
        runs: The project's runs, newest first. `run` is the one that is shown, followed by a model.
        bases: Base models found so far, the Practice base first.
        wanted_prompt: What Compare asks to draw, or Recipe to take as a sample prompt, when it comes into view.
        wanted_pictures: What Images shows, and nothing else, when it comes into view.
        found_unfinished: Whether a run of the project was training, or waited to go on, when it was opened.
        jobs: What waits in the queue, as of the last look.
        recent: The projects that were open last.
        ready: The trainer that is kept ready for the next start, if somebody keeps one; see `Readiness`.
        newer_project: The folder of the project that was last refused because a newer version wrote it.
        before_opening: Called off the GUI thread with a project that is about to be opened; what it raises stops it.
    """

    project_opened = Signal()  # another one than before, the same one anew, or none
    project_changed = Signal()  # opened, or one of its values changed
    pictures_changed = Signal()
    scan_progressed = Signal(int, int)  # done, in all
    plan_changed = Signal()
    runs_changed = Signal()
    run_changed = Signal()
    run_ended = Signal(object)  # RunModel: the shown run lived at the last look and does not any more
    prompt_wanted = Signal()
    bases_changed = Signal()
    base_search_progressed = Signal(int, str)  # entries looked at, and the program or folder looked through
    hardware_changed = Signal()
    queue_changed = Signal()
    queue_ended = Signal(str, bool)  # nothing is left to start; what became of the jobs, and whether some need a look
    failed = Signal(object)  # StudioError; what a page shows in place is told by its own attribute too

    _scan_moved = Signal(object, int, int)

    def __init__(
        self, settings: SettingsModel, parent: QObject | None = None, command: Sequence[str] | None = None
    ) -> None:
        """`command` replaces the real trainer, for tests. Nothing is read yet; see `start`."""
        super().__init__(parent)
        self.settings = settings
        self.project: Project | None = None
        self.files: list[PictureFile] = []
        self.report: ScanReport | None = None
        self.held_back: ScanReport | None = None
        self.scan_problem: StudioError | None = None
        self.plan: RunPlan | None = None
        self.budget: Budget | None = None
        self.plan_problem: StudioError | None = None
        self.hardware: Hardware | None = None
        self.bases: tuple[FoundBase, ...] = ()
        self.is_searching_bases = False
        self.runs: tuple[RunFolder, ...] = ()
        self.run: RunModel | None = None
        self.wanted_prompt: PromptWish | None = None
        self.wanted_pictures: frozenset[Path] = frozenset()
        self.found_unfinished = False
        self.queue = Queue()
        self.jobs: tuple[Job, ...] = ()
        self.captions: CaptionEdits | None = None
        self.can_undo_caption = False
        self.can_redo_caption = False
        self.is_starting = False
        self.recent = RecentProjects(self)
        self.newer_project: Path | None = None
        self.before_opening: Callable[[Project], None] = lambda _: None
        self.ready = ReadyTrainer(command)
        self._command = command
        self.caption_stamps: CaptionStamps = {}  # as the pictures were looked at
        self._edited: dict[Path, str] = {}  # captions changed while the pictures were looked at
        self._scan = tasks.CancelToken()
        self._planning: tasks.CancelToken | None = None
        self._saving = tasks.CancelToken()
        self._is_unsaved = False
        self._base_search = tasks.CancelToken()
        self._was_living = False
        self._is_probing = False
        self._is_looking_at_queue = False
        self._writer = _one_thread(self)  # the project's files, one change after the other
        self._scanner = _one_thread(self)
        self._planner = _one_thread(self)
        self._plan_timer = QTimer(self, singleShot=True, interval=PLAN_AFTER_MS)
        self._plan_timer.timeout.connect(self._plan_now)
        self.recent.failed.connect(self.failed)
        self._scan_moved.connect(self._tell_progress, Qt.ConnectionType.QueuedConnection)
        settings.changed.connect(self._take_setting)

    def start(self) -> None:
        """Read what is known of this computer: base models found before, hardware, the queue."""
        tasks.run(lambda _: tuple(bases.known_bases()), self._take_bases, owner=self)
        self.probe_hardware()
        self.refresh_queue()
        self.recent.refresh()

    def finish(self) -> None:
        """Before the program ends: give up what is only looked at, and wait until every change is on disk."""
        self._scan.cancel()
        self.cancel_base_search()
        self._cancel_plan()
        if self.run is not None:
            self.run.rest()
        self.wait_until_saved()

    def wait_until_saved(self) -> None:
        """Wait until every change is on disk."""
        self._writer.waitForDone()

    # ── Projects ──────────────────────────────────────────────────────────────────────────────────────────

    def open_project(self, folder: Path) -> None:
        """Open the project in this folder."""
        self._open(lambda: open_project(folder), folder)

    def open_images(self, paths: Sequence[Path]) -> None:
        """Open the project of these folders, the one made for them before or a new one; pictures are copied in."""
        home = self.settings.values.projects_dir
        self._open(lambda: _project_of(tuple(paths), home), paths[0])

    def open_copy(self, named: str, then: Callable[[], None]) -> None:
        """Open a copy of `newer_project`, called `named` with `{name}` for the original's name; then call `then`."""
        folder, home = self.newer_project, self.settings.values.projects_dir
        if folder is not None:
            is_open = self.project is not None and self.project.folder == folder
            present = self.project.data if self.project is not None and is_open else None
            self._open(lambda: copy_newer_project(folder, home, named, present), then=then)

    def open_sample(self, kind: SampleKind) -> None:
        """Open a built-in sample as a project of one's own."""
        home = self.settings.values.projects_dir
        self._open(lambda: sample_project(kind, home))

    def close_project(self) -> None:
        """Work on none. Runs go on."""
        self._take_project(None)

    def change(self, **fields: Any) -> None:
        """Change values of the project; saved in order, and planned anew.

        Raises:
            pydantic.ValidationError: A value is not allowed; nothing was changed.
        """
        if self.project is None:
            return
        self._take_change(self.project.changed(**fields))

    def add_images(self, paths: Sequence[Path]) -> None:
        """Add folders to the open project, and copy single pictures into it."""
        project = self.project
        if project is not None:
            self._write(lambda: _with_images(project, tuple(paths)), self._take_images)

    def add_smaller_copies(self, pictures: Mapping[PictureKey, Path], then: Callable[[], None]) -> None:
        """Copy these into the project at a size that can be opened, and leave them out themselves; then call `then`."""
        project, wanted = self.project, dict(pictures)
        if project is None:
            return

        def take(copied: Project) -> None:
            if self._take_images(copied, replaced=wanted):
                then()

        # Beside the writer: a large picture takes seconds, and captions are saved meanwhile.
        tasks.run(lambda _: copy_smaller(project, list(wanted.values())), take, self._tell, owner=self)

    def _open(
        self, find: Callable[[], Project], folder: Path | None = None, then: Callable[[], None] = lambda: None
    ) -> None:
        def read() -> _Opened:
            project = find()
            self.before_opening(project)
            note_opened(project)
            captions = caption_edits(project)
            return _Opened(project, list_runs(project), captions.can_undo, captions.can_redo)

        def take(opened: _Opened) -> None:
            self._take_project(opened)
            then()

        def refuse(error: Exception) -> None:
            self._note_newer(error, folder)
            self._tell(error)

        self._write(read, take, refuse)  # behind the last save: the same project may be opened again

    def _note_newer(self, error: Exception, folder: Path | None) -> None:
        if isinstance(error, StudioError) and error.code == "project_newer":
            self.newer_project = folder

    def _take_project(self, opened: _Opened | None) -> None:
        self._scan.cancel()
        self._cancel_plan()
        self.project = project = opened.project if opened else None
        self.files, self.report, self.held_back, self.scan_problem = [], None, None, None
        self.plan = self.budget = self.plan_problem = None
        self.want_pictures()
        self._edited.clear()
        self.captions = caption_edits(project) if project is not None else None
        self.can_undo_caption = opened is not None and opened.can_undo
        self.can_redo_caption = opened is not None and opened.can_redo
        self.runs = tuple(summary.run for summary in opened.runs) if opened else ()
        self.found_unfinished = opened is not None and _is_unfinished(opened.runs)
        self._show(_most_wanted(opened.runs) if opened else None)
        self.project_changed.emit()
        self.pictures_changed.emit()
        self.plan_changed.emit()
        self.runs_changed.emit()
        self.run_changed.emit()
        self.project_opened.emit()
        self.recent.refresh()
        self.rescan()

    def _take_change(self, project: Project) -> None:
        self.project = project
        self._save(self._tell)
        self.project_changed.emit()
        self._plan_soon()

    def save_again(self) -> None:
        """Try once more to keep what could not be saved, without a word if that is still so: the drive may be back."""
        if self._is_unsaved:
            self._save(lambda _: None)

    def _save(self, tell: Callable[[Exception], Any]) -> None:
        project = self.project
        if project is None:
            return

        def refuse(error: Exception) -> None:
            self._is_unsaved = self.project is not None and self.project.folder == project.folder
            self._note_newer(error, project.folder)
            tell(error)

        self._is_unsaved = False
        self._saving.cancel()  # one that has not begun is not needed any more
        self._saving = self._write(lambda: save_project(project), refuse=refuse)

    def _take_images(self, added: Project, replaced: Collection[PictureKey] = ()) -> bool:
        """Take over the folders of `added`, with the replaced pictures left out, if it is still the open project."""
        if self.project is None or added.folder != self.project.folder:
            return False
        left_out = self.project.data.left_out | set(replaced)
        self._take_change(self.project.changed(image_folders=added.data.image_folders, left_out=left_out))
        self.rescan()
        return True

    # ── Pictures and captions ─────────────────────────────────────────────────────────────────────────────

    @property
    def is_scanning(self) -> bool:
        return self.project is not None and self.report is None and self.scan_problem is None

    def rescan(self) -> None:
        """Look at every picture again."""
        project = self.project
        if project is None:
            return
        self._scan.cancel()
        self.report, self.scan_problem = None, None
        self._edited.clear()
        token = self._scan = tasks.CancelToken()
        tasks.run(
            lambda _: list_picture_files(project), self._take_files, self._refuse_scan, token,
            owner=self, pool=self._scanner,
        )  # fmt: skip
        tasks.run(self._scanning(project), self._take_scan, self._refuse_scan, token, owner=self, pool=self._scanner)

    def set_caption(self, paths: Sequence[Path], text: str) -> None:
        """Give these pictures this caption, as one step of undo."""
        self.set_captions(dict.fromkeys(paths, text))

    def set_captions(self, texts: Mapping[Path, str], seen: Mapping[Path, str] | None = None) -> None:
        """Give each picture its caption, as one step of undo; `seen` as in `CaptionEdits.change`."""
        wanted = dict(texts)
        self._edit(lambda captions: captions.change(wanted, seen=seen))

    def read_again(self, seen: Mapping[Path, str], then: Callable[[int], None]) -> None:
        """Read the captions of these pictures again; `then` hears how many say something else than was seen."""
        found: dict[Path, str] = {}

        def read(captions: CaptionEdits) -> EditResult:
            texts = captions.read_all(seen)
            found.update((picture, text) for picture, text in texts.items() if join_lines(text) != seen[picture])
            return EditResult(found, {})

        self._edit(read, lambda: then(len(found)) if found else None)

    def take_captions(self, files: Sequence[Path]) -> None:
        """Give pictures the captions in text files of their names, as one step of undo."""
        pictures, wanted = [file.path for file in self.files], tuple(files)
        stems = {fold_stem(picture.stem) for picture in pictures}
        strange = [file.name for file in wanted if fold_stem(file.stem) not in stems]

        def change(captions: CaptionEdits) -> EditResult:
            texts = _read_captions(wanted)
            found = {picture: texts[stem] for picture in pictures if (stem := fold_stem(picture.stem)) in texts}
            return captions.change(found) if found else EditResult({}, {})

        self._edit(change, lambda: self.failed.emit(_no_pictures_for(strange)) if strange else None)

    def undo_caption(self) -> None:
        self._edit(lambda captions: captions.undo())

    def redo_caption(self) -> None:
        self._edit(lambda captions: captions.redo())

    def leave_out(self, keys: Sequence[PictureKey], is_out: bool) -> None:
        """Leave pictures out of training, or take them back in."""
        if self.project is None:
            return
        left_out = self.project.data.left_out
        self.change(left_out=left_out | set(keys) if is_out else left_out - set(keys))
        self.pictures_changed.emit()

    def keep(self, issues: Mapping[PictureKey, Sequence[str]], is_kept: bool = True) -> None:
        """Note of each picture that it stays as it is with these issues, or not any more."""
        if self.project is None:
            return
        notes = dict(self.project.data.pictures)
        for key, named in issues.items():
            note = notes.get(key, PictureNote())
            kept = {*note.kept, *named} if is_kept else {*note.kept} - {*named}
            notes[key] = note.model_copy(update={"kept": tuple(sorted(kept))})
        self.change(pictures=notes)
        self.pictures_changed.emit()

    def _scanning(self, project: Project) -> Callable[[tasks.CancelToken], _Scanned]:
        told_at = 0.0

        def scan(token: tasks.CancelToken) -> _Scanned:
            def tell(done: int, total: int) -> None:
                nonlocal told_at
                now = time.monotonic()
                if done == total or now - told_at >= PROGRESS_EVERY_S:
                    told_at = now
                    self._scan_moved.emit(token, done, total)

            stamps = stamp_captions({file.path.parent for file in list_picture_files(project)})
            report = scan_project(project, tell, lambda: token.is_cancelled)
            collect_orphans(project, report)
            return _Scanned(report, scan_held_back(project, cancelled=lambda: token.is_cancelled), stamps)

        return scan

    def _tell_progress(self, token: tasks.CancelToken, done: int, total: int) -> None:
        if token is self._scan:
            self.scan_progressed.emit(done, total)

    def _take_files(self, files: list[PictureFile]) -> None:
        self.files = files
        self.pictures_changed.emit()

    def _take_scan(self, scanned: _Scanned) -> None:
        self.report = with_captions(scanned.report, self._edited) if self._edited else scanned.report
        self.held_back = scanned.held_back
        self.caption_stamps = scanned.stamps
        self._edited.clear()
        self.pictures_changed.emit()
        self._plan_soon()

    def _refuse_scan(self, error: Exception) -> None:
        self.scan_problem = _studio_error(error)
        self._cancel_plan()
        self.plan = self.budget = None
        self.plan_problem = self.scan_problem
        self.pictures_changed.emit()
        self.plan_changed.emit()
        self.failed.emit(self.scan_problem)

    def _edit(self, act: Callable[[CaptionEdits], EditResult], then: Callable[[], Any] = lambda: None) -> None:
        captions = self.captions
        if captions is None:
            return

        def edit() -> tuple[EditResult, bool, bool]:
            return act(captions), captions.can_undo, captions.can_redo

        def take(edited: tuple[EditResult, bool, bool]) -> None:
            self._take_edit(captions, *edited)
            then()

        self._write(edit, take)

    def _take_edit(self, captions: CaptionEdits, result: EditResult, can_undo: bool, can_redo: bool) -> None:
        if captions is not self.captions:
            return
        self.can_undo_caption, self.can_redo_caption = can_undo, can_redo
        if self.report is None:
            self._edited |= result.changed
        else:
            self.report = with_captions(self.report, result.changed)
            if result.changed:
                self._plan_soon()
        self.pictures_changed.emit()
        for error in list(result.refused.values())[:1]:
            self.failed.emit(error)

    # ── The plan ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_planning(self) -> bool:
        return self._plan_timer.isActive() or self._planning is not None

    def fix(self, fix: Fix) -> None:
        """Take over the settings of a way to need less memory."""
        if self.project is not None:
            self.change(settings={**self.project.data.settings, **fix.settings})

    def _plan_soon(self) -> None:
        if self.report is None:
            return
        self._cancel_plan()
        self._plan_timer.start()
        self.plan_changed.emit()

    def _cancel_plan(self) -> None:
        self._plan_timer.stop()
        if self._planning is not None:
            self._planning.cancel()
            self._planning = None

    def _plan_now(self) -> None:
        project, report, held_back = self.project, self.report, self.held_back
        if project is None or report is None:
            return
        values, known = self.settings.values, self.hardware

        def plan(_token: tasks.CancelToken) -> _Planned:
            found: RunPlan | None = None
            try:
                found = plan_project(project, report, held_back)
                hardware = known or probe.probe_hardware(project.folder)
                kept_free_bytes = values.memory_kept_free_mib * storage.MIB
                return _Planned(found, plan_budget(found, hardware, kept_free_bytes, values.graphics_card), None)
            except StudioError as error:
                return _Planned(found, None, error)

        self._planning = tasks.run(plan, self._take_plan, owner=self, pool=self._planner)

    def _take_plan(self, planned: _Planned) -> None:
        self._planning = None
        self.plan, self.budget, self.plan_problem = planned.plan, planned.budget, planned.problem
        self.plan_changed.emit()
        self._find_base_again()

    # ── Runs ──────────────────────────────────────────────────────────────────────────────────────────────

    def start_training(self) -> None:
        """Make a run of the project as it is now, start its trainer and show it. A second call meanwhile is ignored."""
        command, ready = self._command, self.ready

        def start(run: RunFolder) -> RunFolder:
            supervisor.start(run, command, ready)
            return run

        self._begin_run(start, self._take_started)

    def add_to_queue(self) -> None:
        """Make a run of the project as it is now and put it at the end of the queue."""

        def add(run: RunFolder) -> RunFolder:
            self.queue.add(run)
            return run

        self._begin_run(add, self._take_queued)

    def show_run(self, run: RunFolder) -> None:
        """Make this run the one that is shown."""
        if self.run is None or self.run.run.path != run.path:
            self._show(run)
            self.run_changed.emit()

    def want_prompt(self, wish: PromptWish) -> None:
        """Have its place offer a prompt, now or when it comes into view."""
        self.wanted_prompt = wish
        self.prompt_wanted.emit()

    def take_wanted_prompt(self, place: PromptPlace) -> PromptWish | None:
        """The wish for a place, which is then fulfilled or given up."""
        wish = self.wanted_prompt
        if wish is None or wish.place != place:
            return None
        self.wanted_prompt = None
        return wish

    def want_pictures(self, paths: Iterable[Path] = ()) -> None:
        """Have Images show these alone when it comes into view."""
        self.wanted_pictures = frozenset(paths)

    def refresh_runs(self) -> None:
        """Look which runs the project has."""
        project = self.project
        if project is not None:
            tasks.run(lambda _: list_runs(project), lambda runs: self._take_runs(project, runs), self._tell, owner=self)

    def refresh_queue(self) -> None:
        """Look what the queue holds, unless a look is under way."""
        if not self._is_looking_at_queue:
            self._is_looking_at_queue = True
            tasks.run(lambda _: tuple(self.queue.jobs()), self._take_jobs, self._refuse_jobs, owner=self)

    def _begin_run(self, then_do: Callable[[RunFolder], RunFolder], then: Callable[[RunFolder], None]) -> None:
        project, report, held_back = self.project, self.report, self.held_back
        captions, stamps = self.captions, self.caption_stamps
        if project is None or report is None or captions is None or self.is_starting:
            return
        self.is_starting = True
        self.plan_changed.emit()

        def work() -> RunFolder:
            # Planned again: the shown plan may be a moment behind the last change, also of captions by other programs.
            present = with_captions_of_now(report, captions, stamps)
            return then_do(create_project_run(project, plan_project(project, present, held_back)))

        self._write(work, then, self._refuse_start)

    def _take_started(self, run: RunFolder) -> None:
        self._end_start()
        self.show_run(run)
        self.refresh_runs()

    def _take_queued(self, _run: RunFolder) -> None:
        self._end_start()
        self.refresh_queue()
        self.refresh_runs()

    def _refuse_start(self, error: Exception) -> None:
        self._end_start()
        self.refresh_runs()  # the run was made if only its trainer could not be started
        self._tell(error)

    def _end_start(self) -> None:
        self.is_starting = False
        self.plan_changed.emit()

    def _take_runs(self, project: Project, runs: list[RunSummary]) -> None:
        if self.project is None or self.project.folder != project.folder:
            return
        self.runs = tuple(summary.run for summary in runs)
        self.runs_changed.emit()
        if self.run is None and runs:
            self._show(_most_wanted(runs))
            self.run_changed.emit()

    def _show(self, run: RunFolder | None) -> None:
        if self.run is not None:
            self.run.rest()
            self.run.deleteLater()
        self.run = None
        self._was_living = False
        if run is not None:
            self.run = RunModel(run, self, self._command, ready=self.ready)
            self.run.command_failed.connect(self.failed)
            self.run.unreadable.connect(self.failed)
            self.run.changed.connect(self._watch_run)
            self.run.replaced.connect(self._show_anew)
            self.run.follow()

    def _show_anew(self) -> None:
        """Another run lies where the shown one lay: its drive went, or came back."""
        if self.run is not None:
            self._show(self.run.run)
            self.run_changed.emit()

    def _watch_run(self) -> None:
        run = self.run
        if run is None:
            return
        was_living, self._was_living = self._was_living, run.state.is_alive
        if was_living and not self._was_living:
            folder = run.run
            tasks.run(lambda _: _remember_timing(folder), lambda _: None, owner=self)
            self.refresh_runs()
            self.run_ended.emit(run)

    def _take_jobs(self, jobs: tuple[Job, ...]) -> None:
        self._is_looking_at_queue = False
        if jobs != self.jobs:
            self.jobs = jobs
            self.queue_changed.emit()

    def _refuse_jobs(self, error: Exception) -> None:
        self._is_looking_at_queue = False
        self._tell(error)

    # ── This computer ─────────────────────────────────────────────────────────────────────────────────────

    def search_bases(self) -> None:
        """Look for base models in the usual folders and the person's own."""
        if self.is_searching_bases:
            return
        self.is_searching_bases = True
        own = [Path(folder) for folder in self.settings.values.model_folders]

        def search(token: tasks.CancelToken) -> tuple[FoundBase, ...]:
            roots = bases.usual_roots(own)
            return tuple(bases.search_bases(roots, self.base_search_progressed.emit, lambda: token.is_cancelled))

        self._base_search = tasks.run(search, self._take_search, self._refuse_search, owner=self)
        self.bases_changed.emit()

    def cancel_base_search(self) -> None:
        """Give the search up; the list stays as it was."""
        self._base_search.cancel()
        self.is_searching_bases = False
        self.bases_changed.emit()

    def check_base(self, base: FoundBase) -> None:
        """Look at one model of the list again."""
        path = Path(base.source)
        tasks.run(lambda _: bases.describe_base(path, base.where), self._replace_base, self._tell, owner=self)

    def forget_base(self, base: FoundBase) -> None:
        """Take a model off the list and stop watching it; its files stay. A search of its folder finds it again."""
        self.bases = tuple(other for other in self.bases if other.source != base.source)
        self.bases_changed.emit()
        own = self.settings.values.model_folders
        if base.source in own:
            self.settings.set("model_folders", [folder for folder in own if folder != base.source])

    def add_base(self, path: Path) -> None:
        """Put a model that was given by hand on the list, and watch its folder; use it if it can be trained."""
        tasks.run(lambda _: bases.describe_base(path.absolute()), self._take_base, self._tell, owner=self)

    def use_base(self, base: FoundBase) -> None:
        """Train on this base."""
        self.change(base=BaseReference(source=base.source, name=base.name, size_bytes=base.size_bytes))

    def probe_hardware(self) -> None:
        """Ask the computer again, unless it is being asked."""
        if self._is_probing:
            return
        self._is_probing = True
        folder = self.project.folder if self.project is not None else self.settings.values.projects_dir
        tasks.run(lambda _: probe.probe_hardware(folder), self._take_hardware, self._refuse_hardware, owner=self)

    def _take_search(self, found: tuple[FoundBase, ...]) -> None:
        self.is_searching_bases = False
        self._take_bases(found)

    def _refuse_search(self, error: Exception) -> None:
        self.is_searching_bases = False
        self.bases_changed.emit()
        self._tell(error)

    def _take_bases(self, found: tuple[FoundBase, ...]) -> None:
        self.bases = found
        self.bases_changed.emit()
        self._find_base_again()

    def _replace_base(self, base: FoundBase) -> None:
        self._take_bases(tuple(base if other.source == base.source else other for other in self.bases))

    def _take_base(self, base: FoundBase) -> None:
        self.bases = (*(other for other in self.bases if other.source != base.source), base)
        self.bases_changed.emit()
        own = self.settings.values.model_folders
        if base.source not in own:
            self.settings.set("model_folders", [*own, base.source])
        if base.usable:
            self.use_base(base)

    def _find_base_again(self) -> None:
        """A base whose folder was moved is found by its name and size."""
        if self.project is None or self.plan_problem is None or self.plan_problem.code != "base_missing":
            return
        wanted = self.project.data.base
        found = bases.find_again(wanted.name, wanted.size_bytes, self.bases)
        if found is not None and found.source != wanted.source:
            self.use_base(found)

    def _take_hardware(self, hardware: Hardware) -> None:
        self._is_probing = False
        before, self.hardware = self.hardware, hardware
        if hardware != before:
            self.hardware_changed.emit()
        if before is not None and _cards(before) != _cards(hardware):
            self._plan_soon()

    def _refuse_hardware(self, error: Exception) -> None:
        self._is_probing = False
        self._tell(error)

    def _take_setting(self, field: str) -> None:
        if field in ("memory_kept_free_mib", "graphics_card"):
            self._plan_soon()

    # ── Work ──────────────────────────────────────────────────────────────────────────────────────────────

    def _write(
        self,
        act: Callable[[], Result],
        then: Callable[[Result], Any] = lambda _: None,
        refuse: Callable[[Exception], Any] | None = None,
    ) -> tasks.CancelToken:
        return tasks.run(lambda _: act(), then, refuse or self._tell, owner=self, pool=self._writer)

    def _tell(self, error: Exception) -> None:
        self.failed.emit(_studio_error(error))


def _one_thread(parent: QObject) -> QThreadPool:
    pool = QThreadPool(parent)
    pool.setMaxThreadCount(1)
    return pool


def _studio_error(error: Exception) -> StudioError:
    if not isinstance(error, StudioError):
        raise error
    return error


def _project_of(paths: tuple[Path, ...], home: Path) -> Project:
    folders = [path for path in paths if path.is_dir()]
    if folders:
        project = project_for_images(folders[0], home)
        rest = tuple(path for path in paths if path != folders[0])
        return _with_images(project, rest) if rest else project
    name = plain_name(paths[0].stem if is_archive(paths[0]) else paths[0].parent.name)
    project = create_project(free_place(home, name), name)
    try:
        return _with_images(project, paths)
    except StudioError:
        storage.remove_tree(project.folder)  # nothing is in it
        raise


def _with_images(project: Project, paths: tuple[Path, ...]) -> Project:
    for folder in (path for path in paths if path.is_dir()):
        project = project.with_folder(folder)
    for archive in filter(is_archive, paths):
        place = free_place(project.folder / UNPACKED_FOLDER, plain_name(archive.stem))
        unpack(archive, place)
        project = project.with_folder(place)
    pictures = [path for path in paths if not (path.is_dir() or is_archive(path))]
    project = copy_pictures(project, pictures) if pictures else project
    save_project(project)
    return project


def _read_captions(files: tuple[Path, ...]) -> dict[str, str]:
    """The text of each file by its folded stem. Nothing is taken if one of them is no caption."""
    texts: dict[str, str] = {}
    for path in files:
        with storage.read_errors(path), path.open("rb") as file:
            raw = file.read(MAX_CAPTION_BYTES + 1)
        if len(raw) > MAX_CAPTION_BYTES:
            raise StudioError(
                "caption_unreadable",
                _tr("{name} is no caption.").format(name=path.name),
                _tr("It holds more than 64 KB of text. Nothing was changed."),
                _tr("Drop the text files that belong to your pictures."),
            )
        texts[fold_stem(path.stem)] = decode_caption(raw)[0].strip()
    return texts


def _no_pictures_for(names: list[str]) -> StudioError:
    """Told for captions that belong to no picture; the others were taken."""
    more = len(names) - MOST_NAMES
    shown = ", ".join(names[:MOST_NAMES])
    return StudioError(
        "caption_orphan",
        QCoreApplication.translate("workspace", "%n caption(s) (belongs|belong) to no picture here.", "", len(names)),
        _tr("{names} and {count} more").format(names=shown, count=more) if more > 0 else shown,
        _tr("A caption file has its picture's name. Rename it, or choose the picture and paste the text."),
    )


def _most_wanted(runs: Sequence[RunSummary]) -> RunFolder | None:
    """The run that lives, else the newest."""
    living = (summary.run for summary in runs if summary.state.is_alive)
    return next(living, runs[0].run if runs else None)


def _is_unfinished(runs: Sequence[RunSummary]) -> bool:
    newest = runs[0].state.kind if runs else "draft"
    return newest in ("paused", "crashed") or any(summary.state.is_alive for summary in runs)


def _remember_timing(run: RunFolder) -> None:
    """What a run measured makes the next plans better; without it they are estimates."""
    try:
        remember_timing(run)
    except StudioError as error:
        log.warning("%s", error)


def _cards(hardware: Hardware) -> list[tuple[int, str, int]]:
    return [(card.index, card.name, card.total_mib) for card in hardware.cards]


def _tr(text: str) -> str:
    return QCoreApplication.translate("workspace", text)
