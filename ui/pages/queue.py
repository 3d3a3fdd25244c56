"""Queue: what trains now, what waits, what was set aside and why, and when it will all be finished."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from lora_studio.errors import StudioError
from lora_studio.hardware.probe import MIB
from lora_studio.jobs.queue import Place
from ui.models.engine_words import engine_words
from ui.models.library_opening import RunOpener
from ui.models.library_recipe import recipe_of
from ui.models.library_words import span_words
from ui.models.queue import JobLine, QueueModel, QueueOutcome
from ui.models.queue_after import AfterQueue, command_for
from ui.models.run import clock_time
from ui.models.shortcuts import key_words
from ui.pages.queue_row import JobList, JobRow
from ui.theme import icons, tokens
from ui.widgets.banner import Banner, BannerKind
from ui.widgets.buttons import Button
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import Label
from ui.widgets.menus import open_above
from ui.widgets.page import BottomState, Context, Page
from ui.work import tasks

_PLACES: tuple[Place, ...] = ("running", "waiting", "set_aside", "ended")


class _Section(QWidget):
    """A heading and its rows; hidden while it has none."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, tokens.current().sizes.gap8)
        layout.setSpacing(tokens.current().sizes.gap8)
        layout.addWidget(Label(title, "section"))
        self.list = JobList(self)
        self.list.setAccessibleName(title)
        layout.addWidget(self.list)


class QueuePage(Page):
    """Starts nothing by itself: the queue runs from the moment it is told to until it ends, is paused or crashes."""

    widest_px = 1200

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._workspace = context.workspace
        self.model = QueueModel(self._workspace.queue, self)
        self.after = context.after
        self._opener = RunOpener(self._workspace, self)
        self._rows: dict[str, JobRow] = {}
        self._banner: Banner | None = None
        self._banner_key: tuple[str, ...] = ()
        self._chrome: tuple[object, ...] = ()
        self._build()
        self.model.changed.connect(self._show)
        self.model.failed.connect(self._show_failure)
        self.model.ended.connect(self._take_end)
        self.after.changed.connect(self._show)
        self._workspace.queue_changed.connect(self.model.look)
        self._workspace.recent.changed.connect(self._show)
        self._workspace.hardware_changed.connect(self._take_hardware)
        self._take_hardware()
        self._show()

    def _build(self) -> None:
        self.start_button = Button(self.tr("Start queue"), "primary", "play")
        self.start_button.clicked.connect(self.model.start)
        self.pause_button = Button(self.tr("Pause queue"), "secondary", "pause")
        self.pause_button.clicked.connect(self._pause)
        self.clear_button = Button(self.tr("Clear finished"), "secondary", "check")
        self.clear_button.clicked.connect(self.model.clear_ended)
        self.after_button = Button("", "secondary", trailing_icon="chevron_down")
        self.after_button.clicked.connect(self._open_after_menu)
        self._banner_place = QVBoxLayout()
        self.body.addLayout(self._banner_place)
        self.empty = EmptyState(
            "queue",
            self.tr("Nothing waiting"),
            self.tr("Add jobs from Recipe. They train one after the other, also over night."),
            self.tr("Go to Recipe"),
        )
        self.empty.action_chosen.connect(lambda: self.place_wanted.emit("recipe"))
        self.body.addWidget(self.empty, 1)
        titles: dict[Place, str] = {
            "running": self.tr("Running"),
            "waiting": self.tr("Next"),
            "set_aside": self.tr("Set aside"),
            "ended": self.tr("Done"),
        }
        self.sections = {place: _Section(titles[place], self) for place in _PLACES}
        for section in self.sections.values():
            self.body.addWidget(section)
        self.sections["waiting"].list.dropped.connect(self.model.move_before)
        self.body.addStretch(0)

    # ── Page ──────────────────────────────────────────────────────────────────────────────────────────────

    def title(self) -> str:
        return self.tr("Queue")

    def subtitle(self) -> str:
        return self.tr("Jobs that train one after the other. Each keeps the recipe and pictures it was added with.")

    def help(self) -> str:
        return self.tr(
            "Add a job with Add to queue in Recipe. Press Start queue and the jobs train one after the other; one that "
            "fails is set aside with its reason, and the next starts. Drag a job, or press {up} and {down}, to change "
            "the order. Pause queue starts nothing more; the job that runs goes on to its end."
        ).format(up=key_words("job_up"), down=key_words("job_down"))

    def header_actions(self) -> list[QWidget]:
        return [self.clear_button] if self.model.in_place("ended") else []

    def bottom_actions(self) -> list[Button]:
        if self.model.is_running:
            return [self.after_button, self.pause_button]
        return [self.after_button, self.start_button] if self.model.in_place("waiting") else []

    def bottom_state(self) -> BottomState | None:
        waiting = len(self.model.in_place("waiting"))
        if self.model.is_running:
            return BottomState(
                self._waiting_words(waiting), self.tr("The next job starts while this app is open."), "busy"
            )
        if not waiting:
            return None
        known = [line.left_s for line in self.model.in_place("waiting") if line.left_s is not None]
        span = span_words(sum(known)) if len(known) == waiting else ""
        body = self.tr("In all {span} of training.").format(span=span) if span else ""
        return BottomState(self.tr("%n job(s) waiting", "", waiting), body)

    def _waiting_words(self, waiting: int) -> str:
        finishes_at = self.model.finishes_at
        if finishes_at is None:
            return self.tr("%n job(s) waiting", "", waiting)
        words = self.tr("%n job(s) waiting, finished around {time}", "", waiting)
        return words.format(time=clock_time(finishes_at))

    def shown(self) -> None:
        self.model.follow()
        self._workspace.recent.refresh()

    def hidden(self) -> None:
        self.model.rest()

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def _show(self) -> None:
        model = self.model
        self.after.is_queue_running = model.is_running
        for line in model.lines:
            row = self._rows.get(line.id)
            if row is None:
                row = self._rows[line.id] = JobRow(line, self)
                row.action_wanted.connect(lambda action, job_id=line.id: self._do(job_id, action))
            row.show_line(line, model.subline(line), model.sentence(line))
        for job_id in self._rows.keys() - {line.id for line in model.lines}:
            self._rows.pop(job_id).deleteLater()
        for place, section in self.sections.items():
            rows = [self._rows[line.id] for line in model.in_place(place)]
            section.setVisible(bool(rows))
            section.list.show_rows(rows)
        self.empty.setVisible(model.has_looked and not model.lines and model.problem is None)
        self._show_banner()
        self._show_chrome()

    def _show_chrome(self) -> None:
        self.after_button.setText(self._after_words()[self.after.wish])
        if self.model.is_run_elsewhere:
            self.start_button.block(self.tr("Another window or terminal runs the queue"))
        elif self.start_button.reason:
            self.start_button.unblock()
        chrome = (self.bottom_state(), tuple(self.bottom_actions()), tuple(self.header_actions()))
        if chrome != self._chrome:
            self._chrome = chrome
            self.chrome_changed.emit()

    def _show_banner(self) -> None:
        key = self._banner_words()
        if key == self._banner_key:
            return
        self._banner_key = key
        if self._banner is not None:
            self._banner.deleteLater()
            self._banner = None
        if key:
            self._put_banner(*key)  # type: ignore[arg-type]

    def _banner_words(self) -> tuple[str, ...]:
        """Kind, title and body of what must be said above the rows; empty if there is nothing."""
        model = self.model
        if model.problem is not None:
            body = "\n".join(filter(None, map(engine_words, (model.problem.detail, model.problem.hint))))
            return ("err", engine_words(model.problem.title), body)
        if model.is_held_back and not model.is_running:
            body = self.tr(
                "Everything that was saved is safe. Look at the jobs set aside before you start the queue again."
            )
            return ("warn", self.tr("Two jobs stopped unexpectedly one after the other, so the queue waits."), body)
        if model.is_run_elsewhere:
            return (
                "info",
                self.tr("Another window or terminal runs the queue."),
                self.tr("It is shown here as it goes."),
            )
        if model.in_place("running") and model.in_place("waiting") and not model.is_running:
            body = self.tr("When it ends, nothing else starts until you start the queue.")
            return ("info", self.tr("A job of the queue is training."), body)
        training = [line.name for line in self._workspace.recent.lines if line.is_training]
        if training and not model.in_place("running"):
            title = self.tr("“{name}” is training.").format(name=training[0])
            return ("info", title, self.tr("It was not started from this queue."))
        return ()

    def _put_banner(self, kind: BannerKind, title: str, body: str) -> None:
        self._banner = Banner(kind, title, body)
        self._banner_place.addWidget(self._banner)
        self._banner.speak()

    def _show_failure(self, error: StudioError) -> None:
        self.toast_wanted.emit(engine_words(error.title), None)

    def _take_hardware(self) -> None:
        hardware, chosen = self._workspace.hardware, self.context.settings.values.graphics_card
        cards = hardware.cards if hardware is not None else ()
        self.model.set_card(next((card for card in cards if chosen in (None, card.index)), None))

    # ── Doing ─────────────────────────────────────────────────────────────────────────────────────────────

    def _do(self, job_id: str, action: str) -> None:
        line = self._rows[job_id].line
        match action:
            case "open":
                self._open(line, "train")
            case "compare":
                self._open(line, "compare")
            case "pause":
                self.model.pause_job(job_id)
            case "retry":
                self.model.retry(job_id)
            case "leaner":
                values = self.context.settings.values
                kept_free_bytes = values.memory_kept_free_mib * MIB
                self.model.retry_leaner(job_id, self._workspace.hardware, kept_free_bytes, values.graphics_card)
            case "up" | "down":
                self.model.move_by(job_id, -1 if action == "up" else 1)
            case "first" | "last":
                count = len(self.model.lines)
                self.model.move_by(job_id, -count if action == "first" else count)
            case "edit":
                self._edit(line)
            case "show_folder":
                self.show_folder(line.job.run.path)
            case "remove":
                self._remove(line)

    def _open(self, line: JobLine, place: str) -> None:
        if line.job.state is not None:
            project_dir = line.facts.project_dir if line.facts else None
            self._opener.open_run(line.job.run, project_dir, lambda: self.place_wanted.emit(place))

    def _remove(self, line: JobLine) -> None:
        place = self.model.lines.index(line)
        self.model.remove(line.id)
        words = self.tr("{name} was taken out of the queue. Its run is kept.").format(name=line.name)
        undo = None if line.place in ("ended", "set_aside") else lambda: self.model.put_back(line.job.run, place)
        self.toast_wanted.emit(words, undo)

    def _edit(self, line: JobLine) -> None:
        """Back to Recipe: the job leaves the queue, and the project gets the recipe the job was frozen with."""
        if line.facts is None:
            return
        project_dir = line.facts.project_dir

        def edit(recipe: dict[str, object]) -> None:
            self._workspace.change(**recipe)
            self.model.remove(line.id)
            self.place_wanted.emit("recipe")

        def read() -> None:
            found = self._workspace.bases
            tasks.run(lambda _: recipe_of(line.job.run, found, with_words=True), edit, self._refuse, owner=self)

        self._opener.open_project(project_dir, read)

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self._show_failure(error)

    def _pause(self) -> None:
        self.model.pause()
        if self.model.in_place("running"):
            self.toast_wanted.emit(self.tr("The job that trains goes on to its end. Nothing else starts."), None)

    def _take_end(self, outcome: QueueOutcome) -> None:
        done = self.tr("The queue is done: %n job(s) finished.", "", outcome.done)
        if outcome.aside:
            done = self.tr("The queue is done. %n job(s) set aside with a reason.", "", outcome.aside)
        self.toast_wanted.emit(done, None)
        self._workspace.queue_ended.emit(done, bool(outcome.aside))
        if not self.model.is_held_back:
            self.after.begin()

    def _after_words(self) -> dict[AfterQueue, str]:
        return {
            "nothing": self.tr("Afterwards: do nothing"),
            "sleep": self.tr("Afterwards: sleep"),
            "shut_down": self.tr("Afterwards: shut down"),
        }

    def build_after_menu(self) -> QMenu:
        """What may be done after the queue on this computer."""
        menu = QMenu(self)
        for wish, words in self._after_words().items():
            if wish == "nothing" or command_for(wish) is not None:
                entry = menu.addAction(icons.icon("check"), words) if wish == self.after.wish else menu.addAction(words)
                entry.triggered.connect(lambda _checked=False, chosen=wish: self.after.choose(chosen))
        return menu

    def _open_after_menu(self) -> None:
        open_above(self.build_after_menu(), self.after_button)
