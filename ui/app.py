"""Start of the desktop app: one window per project, settings, theme, window.

python -m ui.app [PROJECT_FOLDER]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog
from shiboken6 import isValid

from lora_studio import paths, storage
from lora_studio.dataset.thumbnails import Thumbnails
from lora_studio.errors import StudioError
from lora_studio.projects.project import Project
from lora_studio.runs.picture_facts import DrawnPicture, read_drawn_picture
from ui.models.messages import Message, MessageButton, message_for
from ui.models.readiness import Readiness
from ui.models.recent import project_note
from ui.models.run import RunModel
from ui.models.settings import SettingsModel
from ui.models.workspace import PromptWish, Workspace
from ui.shell import drops, places
from ui.shell.closing import Closing
from ui.shell.drops import Drop
from ui.shell.language import install_language
from ui.shell.main_window import MainWindow
from ui.shell.marks import rail_marks, train_mark
from ui.shell.rail import ProjectEntry
from ui.theme import icons, motion
from ui.theme.appearance import Appearance, ThemeChoice
from ui.widgets.banner import Banner
from ui.widgets.page import Context
from ui.widgets.picture_store import PictureRequest, at_ratio
from ui.work import tasks
from ui.work.garbage import Collector
from ui.work.instance import Instance, hand_over, server_name
from ui.work.poll import Poll

LOOK_MS = 2000
SHOWN_AFTER_MS = 100  # by then the window is there and answers
IMPORT_EVERY_MS, IMPORT_S = 20, 0.01  # how often the window turns to what pages are made of, and for how long
COVER_PX = 48
END_WAIT_MS = 5000
_THEMES: dict[str, ThemeChoice] = {"system": "system", "dark": "dark", "light": "light", "high_contrast": "contrast"}


class Studio(QObject):
    """Everything that lives as long as the program: settings, look, window, and the project in it."""

    def __init__(self, app: QApplication, command: Sequence[str] | None = None) -> None:
        """`command` replaces the real trainer, for tests."""
        super().__init__(app)
        self._collector = Collector(self)
        app.setWindowIcon(icons.app_icon())
        self.settings = SettingsModel()
        values = self.settings.values
        install_language(app, values.language)
        self.appearance = Appearance(app, _THEMES[values.theme], values.text_size_percent / 100)
        motion.put_in_force(values.reduce_motion)
        self.context = Context(self.settings, self.appearance, Workspace(self.settings, command=command))
        self.workspace = self.context.workspace
        self.window = MainWindow(self.context, places.page_factories())
        self.closing = Closing(self.window, self.workspace)
        self._instances: dict[str, Instance] = {}
        self._has_looked_for_runs = False
        self._open_elsewhere: Path | None = None
        self._told_last: Path | None = None  # the run whose end the end of the queue has told
        self._countdown: Banner | None = None
        self._tidying = tasks.CancelToken()
        self._poll = Poll(self._look, LOOK_MS, self)
        self._to_import = places.import_pages()
        self._importer = QTimer(self, interval=IMPORT_EVERY_MS)
        self._importer.timeout.connect(self._import_more)
        self.has_imported = False  # then a page is quickly made
        self._connect_window()
        self._connect_workspace()
        self.readiness = Readiness(self.workspace, self)
        if command is None:
            self.window.place_shown.connect(self.readiness.show_place)

    def _connect_window(self) -> None:
        self.settings.changed.connect(self._take_setting)
        self.settings.save_failed.connect(self._show_failure)
        self.window.new_project_wanted.connect(lambda: self.window.go_to("start"))
        self.window.open_project_wanted.connect(self._choose_project)
        self.window.report_wanted.connect(self._save_report)
        self.window.rail.switcher.project_chosen.connect(self.workspace.open_project)
        self.window.dropped.connect(self._take_drop)
        self.window.page_changed.connect(self._mark_again)
        self.context.store.arrived.connect(self._show_cover)
        self.context.after.changed.connect(self._show_countdown)
        self.context.after.refused.connect(lambda words: self.window.toasts.show_toast(words, None))

    def _connect_workspace(self) -> None:
        workspace = self.workspace
        workspace.before_opening = self._refuse_if_open_elsewhere
        workspace.failed.connect(self._show_failure)
        workspace.project_opened.connect(self._show_project)
        workspace.project_changed.connect(self._show_cover)
        workspace.hardware_changed.connect(self._show_card)
        workspace.run_ended.connect(self._tell_end)
        workspace.queue_ended.connect(self._tell_queue_end)
        workspace.run_changed.connect(self._follow_run)
        workspace.recent.changed.connect(self._show_recent)
        for signal in (
            workspace.project_changed, workspace.pictures_changed, workspace.plan_changed, workspace.runs_changed,
            workspace.run_changed, workspace.queue_changed,
        ):  # fmt: skip
            signal.connect(self._mark_places)

    def start(self, project_dir: Path | None) -> None:
        """Show the window at once; the project, the list of recent ones and the card follow as they are read."""
        self.window.show()
        self.window.go_to("start")
        if self.settings.problem is not None:
            self._show_failure(self.settings.problem)
        if project_dir is not None:
            self._has_looked_for_runs = True
            self.workspace.open_project(project_dir)
        self.workspace.start()
        self._poll.start()
        QTimer.singleShot(SHOWN_AFTER_MS, self, self._import_large_parts)
        cache_dir = self.settings.values.cache_dir
        self._tidying = tasks.run(lambda token: tidy_up(cache_dir, token), lambda _: None)

    def listen(self, name: str) -> None:
        """Be the window that later launches with the same arguments hand them to."""
        instance = Instance(name, self)
        instance.handed_over.connect(self._take_arguments)
        self._instances[name] = instance

    def _import_large_parts(self) -> None:
        tasks.run(lambda _: places.import_large_parts(), lambda _: self._importer.start(), owner=self)

    def _import_more(self) -> None:
        end_s = time.perf_counter() + IMPORT_S
        while time.perf_counter() < end_s:
            if next(self._to_import, self) is self:
                self._importer.stop()
                self.has_imported = True
                tasks.run(lambda _: places.import_charts(), lambda _: self._collector.settle())
                return

    def finish(self) -> None:
        """Before the program ends."""
        self._poll.stop()
        self._importer.stop()
        self._tidying.cancel()
        self.workspace.finish()
        self.readiness.finish()
        self.settings.wait_until_saved()

    # ── Projects ──────────────────────────────────────────────────────────────────────────────────────────

    def _choose_project(self) -> None:
        start = str(self.settings.values.projects_dir)
        folder = QFileDialog.getExistingDirectory(self.window, self.tr("Open a project"), start)
        if folder:
            self.workspace.open_project(Path(folder))

    def _open_copy(self) -> None:
        """The original of a newer version stays as it is; what this one does not understand stays there too."""
        told = self.tr("This is a copy. Its runs stayed in the original.")
        self.workspace.open_copy(self.tr("{name} copy"), lambda: self.window.toasts.show_toast(told, None))

    def _choose_images(self) -> None:
        folder = QFileDialog.getExistingDirectory(self.window, self.tr("Choose a folder of pictures"), str(Path.home()))
        if folder:
            self.workspace.open_images([Path(folder)])

    def _refuse_if_open_elsewhere(self, project: Project) -> None:
        """Off the GUI thread: another window that has this project comes to the front instead."""
        name = server_name(project.folder)
        if name not in self._instances and hand_over(name, [str(project.folder)]):
            self._open_elsewhere = project.folder
            raise StudioError(
                "already_open", "LoRA Studio is already open with this project.", "That window is in front now."
            )

    def _go_to_other_window(self) -> None:
        """Ask it to the front once more; if it was closed meanwhile, the project is opened here."""
        if self._open_elsewhere is not None:
            self.workspace.open_project(self._open_elsewhere)

    def _show_project(self) -> None:
        project = self.workspace.project
        self._has_looked_for_runs = True
        if not self.context.after.is_queue_running:  # the training it was about is out of view
            self.context.after.choose("nothing")
        for banner in self.window.banners():
            banner.hide()
            banner.deleteLater()
        if project is None:
            self.window.go_to("start")
            return
        name = server_name(project.folder)
        if name not in self._instances:
            self._close_instances()
            self.listen(name)
        self.window.go_to("train" if self.workspace.found_unfinished else "images")

    def _close_instances(self) -> None:
        """The earlier project's window is gone; a launch without a project still comes to this one."""
        for name in [name for name in self._instances if name != server_name(None)]:
            self._instances.pop(name).close()

    def _show_recent(self) -> None:
        lines, project = self.workspace.recent.lines, self.workspace.project
        folder = project.folder if project is not None else None
        self.window.rail.switcher.set_recent(
            [ProjectEntry(line.name, line.folder, line.folder == folder, line.is_training) for line in lines
             if line.is_there]
        )  # fmt: skip
        self._show_cover()
        if not self._has_looked_for_runs:
            self._has_looked_for_runs = True
            training = next((line for line in lines if line.is_training), None)
            if training is not None and self.workspace.project is None:
                self.workspace.open_project(training.folder)

    def _show_cover(self, *_: object) -> None:
        project = self.workspace.project
        if project is None:
            return
        lines = (line for line in self.workspace.recent.lines if line.folder == project.folder)
        cover = next((line.cover for line in lines), None)
        pixmap = None
        if cover is not None:
            ratio = self.window.devicePixelRatioF()
            pixmap = self.context.store.picture(at_ratio(PictureRequest(cover, COVER_PX, COVER_PX), ratio))
        self.window.rail.switcher.set_project(project.name, project_note(project), pixmap)

    def _take_arguments(self, arguments: list[str]) -> None:
        self.closing.leave_tray()
        self.window.come_to_front()
        folder = Path(arguments[0]) if arguments else None
        present = self.workspace.project
        if folder is not None and (present is None or present.folder != folder):
            self.workspace.open_project(folder)

    def _take_drop(self, drop: Drop) -> None:
        match drop.kind:
            case "pictures" if self.workspace.project is not None and drops.may_be_drawn(drop):
                path = drop.paths[0]
                tasks.run(lambda _: read_drawn_picture(path), lambda found: self._take_drawn(drop, found), owner=self)
            case "pictures" if self.workspace.project is not None:
                self._add_images(drop)
            case "pictures" | "folders":
                self.workspace.open_images(drop.paths)
            case "model":
                tasks.run(lambda _: drops.holds_adapters(drop), lambda found: self._take_model(drop, found), owner=self)
            case "recipe" if self.workspace.project is not None:
                self.window.go_to("recipe")
                if self.window.page is not None and self.window.page.drop_sentence(drop.paths):
                    self.window.page.take_drop(drop.paths)
            case "captions" if self.workspace.project is not None:
                self.workspace.take_captions(drop.paths)
            case _:
                said = self.tr("Open a project first, then drop {name} again.").format(name=drop.paths[0].name)
                self.window.toasts.show_toast(said, None)

    def _add_images(self, drop: Drop) -> None:
        self.workspace.add_images(drop.paths)
        self.window.go_to("images")

    def _take_drawn(self, drop: Drop, picture: DrawnPicture | None) -> None:
        """A picture of this app gives its prompt; any other becomes one of the project's."""
        if picture is None:
            self._add_images(drop)
            return
        place = drops.prompt_place(self.workspace, self.window.place)
        self.window.go_to(place)
        self.workspace.want_prompt(PromptWish(place, picture.prompt, picture.seed))

    def _take_model(self, drop: Drop, is_adapter: bool) -> None:
        if not is_adapter:
            self.workspace.add_base(drop.paths[0])
            self.window.go_to("base_models")
            return
        self.window.go_to("library")
        if self.window.page is not None:
            self.window.page.take_drop(drop.paths)

    # ── Runs ──────────────────────────────────────────────────────────────────────────────────────────────

    def _follow_run(self) -> None:
        run = self.workspace.run
        if run is not None:
            run.changed.connect(self._mark_run)
        self._mark_run()

    def _mark_run(self) -> None:
        mark = train_mark(self.workspace)
        self.window.rail.set_mark("train", mark)
        self.window.taskbar.show_run(mark.share, needs_you=mark.kind == "look")

    def _mark_places(self) -> None:
        page = self.window.made_page("images")
        counted = page.things_to_look_at() if page is not None else None
        for name, mark in rail_marks(self.workspace, counted).items():
            self.window.rail.set_mark(name, mark)

    def _mark_again(self, place: str) -> None:
        if place == "images":
            self._mark_places()

    def _tell_end(self, run: RunModel) -> None:
        values = self.settings.values
        project = self.workspace.project
        name = project.name if project is not None else run.run.name
        if self._is_told_with_queue(run):
            pass
        elif run.kind == "done" and values.notify_done:
            title = self.tr("{project} is ready to compare").format(project=name)
            self._notify(title, run.headline, "compare")
        elif run.kind in ("failed", "crashed", "recovered") and values.notify_needs_you:
            title = self.tr("{project} needs you").format(project=name)
            self._notify(title, run.headline, "train")
        if run.kind in ("done", "failed", "crashed"):  # neither paused nor stopped by somebody who is there
            self.context.after.training_ended()

    def _is_told_with_queue(self, run: RunModel) -> bool:
        """Whether the end of the queue says what became of this run, or has just said it."""
        is_last, self._told_last = run.run.path == self._told_last, None
        goes_on = self.context.after.is_queue_running and self._is_job(run)
        return self.settings.values.notify_queue_once and (goes_on or is_last)

    def _is_job(self, run: RunModel) -> bool:
        return any(job.run.path == run.run.path for job in self.workspace.jobs)

    def _tell_queue_end(self, sentence: str, needs_a_look: bool) -> None:
        values, run = self.settings.values, self.workspace.run
        if values.notify_done or (needs_a_look and values.notify_needs_you):
            self._notify(sentence, "", "queue")
        # The queue may see the end of its last run before the follower of that run does.
        if run is not None and run.state.is_alive and self._is_job(run):
            self._told_last = run.run.path

    def _show_countdown(self) -> None:
        """Above whatever page is in view: the computer is about to sleep, and the button against it."""
        after = self.context.after
        if self._countdown is not None and (after.seconds_left is None or not isValid(self._countdown)):
            if isValid(self._countdown):
                self._countdown.hide()
                self._countdown.deleteLater()
            self._countdown = None
        if after.seconds_left is None:
            return
        title = self.tr("The computer sleeps in %n second(s).", "", after.seconds_left)
        if after.wish == "shut_down":
            title = self.tr("The computer shuts down in %n second(s).", "", after.seconds_left)
        if self._countdown is None:
            self._countdown = Banner("warn", title, actions=(self.tr("Cancel"),))
            self._countdown.action_chosen.connect(lambda _place: after.choose("nothing"))
            self.window.show_banner(self._countdown)
        self._countdown.set_title(title)

    def _notify(self, title: str, body: str, place: str) -> None:
        if self.window.notices.notify(title, body, place) and self.settings.values.notification_sound:
            QApplication.beep()

    # ── This computer ─────────────────────────────────────────────────────────────────────────────────────

    def _look(self) -> None:
        if self.window.isVisible():
            self.workspace.probe_hardware()
        self.workspace.refresh_queue()
        self.workspace.save_again()
        if any(line.is_training for line in self.workspace.recent.lines):
            self.workspace.recent.refresh()

    def _show_card(self) -> None:
        hardware = self.workspace.hardware
        chosen = self.settings.values.graphics_card
        cards = hardware.cards if hardware is not None else ()
        card = next((card for card in cards if chosen is None or card.index == chosen), None)
        if card is None:
            self.window.rail.gpu_meter.set_absent()
        else:
            used_gb, total_gb = (card.total_mib - card.free_mib) / 1024, card.total_mib / 1024
            self.window.rail.gpu_meter.set_reading(card.name, used_gb, total_gb)

    def _take_setting(self, field: str) -> None:
        values = self.settings.values
        if field == "theme":
            self.appearance.set_choice(_THEMES[values.theme])
        elif field == "reduce_motion":
            motion.put_in_force(values.reduce_motion)
        elif field == "text_size_percent":
            self.appearance.set_text_scale(values.text_size_percent / 100)

    # ── Problems ──────────────────────────────────────────────────────────────────────────────────────────

    def _show_failure(self, error: StudioError) -> None:
        """Above the page, unless a page shows it in its place or it is there already."""
        shown = [banner.title for banner in self.window.banners()]
        told = message_for(error)
        if error is not self.workspace.scan_problem and told.title not in shown:
            self._show_message(told)

    def _show_message(self, told: Message) -> None:
        ways = self._ways_out()
        told = told.only(ways)
        words = tuple(button.words for button in told.buttons)
        banner = Banner("err", told.title, told.body, words, details=told.details, closable=True)
        banner.action_chosen.connect(lambda place: self._mend(banner, ways[told.buttons[place].action]))
        self.window.show_banner(banner)

    def _mend(self, banner: Banner, act: Callable[[], object]) -> None:
        banner.hide()
        banner.deleteLater()
        act()

    def tell_fault(self, error: Exception) -> None:
        """Above the page: something in this program is wrong, and what is safe."""
        title = self.tr("Something in the window went wrong.")
        body = self.tr("Trainings go on, and what was saved is safe. A report tells the makers what happened.")
        report = MessageButton("save_report", self.tr("Save a report"))
        if title not in [banner.title for banner in self.window.banners()]:
            self._show_message(Message("window_fault", title, body, (report,), f"{type(error).__name__}: {error}"))

    def _save_report(self) -> None:
        from ui.pages.settings import SettingsPage  # a page is imported when it is shown

        self.window.go_to("settings")
        if isinstance(self.window.page, SettingsPage):
            self.window.page.offer_report()

    def _ways_out(self) -> dict[str, Callable[[], object]]:
        """What the window itself can do about a problem; the rest is done where it arose."""

        def going_to(place: str) -> Callable[[], object]:
            return lambda: self.window.go_to(place)

        return {
            "choose_folder": self._choose_images,
            "choose_project": self._choose_project,
            "open_copy": self._open_copy,
            "choose_base": going_to("base_models"),
            "go_to_recipe": going_to("recipe"),
            "open_settings": going_to("settings"),
            "review_issues": going_to("images"),
            "show_pictures": going_to("images"),
            "rescan": self.workspace.rescan,
            "refresh": self.workspace.refresh_runs,
            "show_run": going_to("train"),
            "search_bases": self.workspace.search_bases,
            "check_again": self.workspace.probe_hardware,
            "go_to_window": self._go_to_other_window,
            "save_report": self._save_report,
            "free_space": going_to("library"),
            "close": lambda: None,
        }


def tidy_up(cache_dir: Path, token: tasks.CancelToken) -> None:
    """Delete what killed windows left half written, and the oldest thumbnails where there are too many."""
    for place in (paths.config_dir(), paths.data_dir() / "queue", cache_dir):
        storage.collect_orphans(place)
    Thumbnails(cache_dir / "thumbnails").trim(lambda: token.is_cancelled)


def main(argv: list[str] | None = None, command: Sequence[str] | None = None) -> int:
    """Run the app until its window closes; the exit code. `command` replaces the real trainer, for tests."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    app = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(app, QApplication)
    app.setApplicationName("LoRA Studio")
    app.setDesktopFileName("lora-studio")
    project_dir = Path(arguments[0]).absolute() if arguments else None
    name = server_name(project_dir)
    if hand_over(name, [str(project_dir)] if project_dir else []):
        return 0
    studio = Studio(app, command)
    studio.listen(name)
    studio.start(project_dir)
    tell_faults(studio)
    code = app.exec()
    studio.finish()
    if not tasks.wait_for_all(END_WAIT_MS):
        os._exit(code)  # everything is saved; a picture that takes long to look at must not hold the program up
    return code


def tell_faults(studio: Studio) -> None:
    """From now on errors in our own event handlers are logged and told; Qt goes on after them by itself."""

    def take(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        if isinstance(error, Exception):
            QTimer.singleShot(0, studio, lambda: studio.tell_fault(error))  # not amid what failed

    sys.excepthook = take


if __name__ == "__main__":
    sys.exit(main())
