"""What happens to a training when the window closes: it goes on by itself, or it is paused first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

from pydantic import JsonValue
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QCheckBox

from lora_studio.jobs import supervisor
from lora_studio.runs.commands import Pause, send
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import is_alive
from ui.models.run import STOP_LIMIT_S
from ui.models.workspace import Workspace
from ui.shell.main_window import MainWindow
from ui.widgets.buttons import Button
from ui.widgets.labels import Label
from ui.widgets.sheet import Sheet
from ui.work import tasks

QUESTION = "close_while_training"
LOOK_EVERY_S = 0.1

Answer = Literal["keep", "pause"]


class Closing(QObject):
    """Asks once when something trains, unless the answer is remembered. Keeping is the default."""

    def __init__(self, window: MainWindow, workspace: Workspace) -> None:
        super().__init__(window)
        self._window = window
        self._workspace = workspace
        self._settings = workspace.settings
        self._may_close = False
        self.sheet: Sheet | None = None
        window.close_question = self.may_close
        window.notices.window_wanted.connect(self.leave_tray)
        window.notices.quit_wanted.connect(self._quit_from_tray)

    def living_runs(self) -> list[RunFolder]:
        """Every run that trains now, as of the last look: the one shown, and the queue's."""
        run = self._workspace.run
        shown = [run.run] if run is not None and run.state.is_alive else []
        queued = [job.run for job in self._workspace.jobs if job.place == "running"]
        return [*shown, *(job for job in queued if job.path not in {each.path for each in shown})]

    def may_close(self) -> bool:
        """Whether the window may close now; if not, it closes by itself after the answer."""
        runs = self.living_runs()
        if self._may_close or not runs or not self._window.isVisible():
            self._may_close = False
            return True
        remembered = self._settings.values.remembered_answers.get(QUESTION)
        if remembered == "pause":
            self._pause_and_close(runs)
            return False
        if remembered == "keep":
            self._stay_in_tray()
            return True
        self._ask(runs)
        return False

    def leave_tray(self) -> None:
        """The window is back: closing it ends the program again."""
        self._window.notices.set_tray_shown(False)
        QApplication.setQuitOnLastWindowClosed(True)

    def _quit_from_tray(self) -> None:
        if not self._window.isVisible():
            QApplication.quit()

    def _ask(self, runs: Sequence[RunFolder]) -> None:
        sheet = Sheet(self._window.sheet_area(), self.tr("Training is still running"), width_px=540)
        text = self.tr("It carries on by itself when the window closes. Open the app again to see it.")
        sheet.body.addWidget(Label(text, wrap=True))
        self.remember_box = QCheckBox(self.tr("Do not ask again"))
        sheet.body.addWidget(self.remember_box)
        self.pause_button = sheet.add_button(Button(self.tr("Pause and close"), "secondary", "pause"))
        self.keep_button = sheet.add_button(Button(self.tr("Close and keep training"), "primary", "play"))
        self.pause_button.clicked.connect(lambda: self._answer("pause", runs))
        self.keep_button.clicked.connect(lambda: self._answer("keep", runs))
        self.sheet = sheet
        self._window.open_sheet(sheet)
        self.keep_button.setFocus()

    def _answer(self, answer: Answer, runs: Sequence[RunFolder]) -> None:
        if self.remember_box.isChecked():
            answers: dict[str, JsonValue] = {**self._settings.values.remembered_answers, QUESTION: answer}
            self._settings.set("remembered_answers", answers)
            self._settings.set("keep_training_when_closed", answer == "keep")
        if answer == "pause":
            self._pause_and_close(runs)
            return
        self._close_sheet()
        self._stay_in_tray()
        self._may_close = True
        self._window.close()

    def _stay_in_tray(self) -> None:
        """With a tray the program waits there for the end of the training, to tell of it."""
        if self._window.notices.has_tray:
            QApplication.setQuitOnLastWindowClosed(False)
            self._window.notices.set_tray_shown(True)

    def _pause_and_close(self, runs: Sequence[RunFolder]) -> None:
        self._close_sheet()
        self.sheet = Sheet(self._window.sheet_area(), self.tr("Pausing"), width_px=420)
        text = self.tr("Finishing the step and saving. The window closes by itself.")
        self.sheet.body.addWidget(Label(text, wrap=True))
        self._window.open_sheet(self.sheet)
        tasks.run(lambda _: pause_all(runs), lambda _: self._close_now(), self._give_up, owner=self)

    def _close_now(self) -> None:
        self._close_sheet()
        self._may_close = True
        self._window.close()

    def _give_up(self, error: Exception) -> None:
        self._close_sheet()
        self._workspace.failed.emit(error)

    def _close_sheet(self) -> None:
        if self.sheet is not None:
            self.sheet.close_sheet()
            self.sheet = None


def pause_all(runs: Sequence[RunFolder], limit_s: float = STOP_LIMIT_S) -> None:
    """Ask these runs to save and end, and wait until they did; what has not after the limit is ended.

    Raises:
        StudioError: A run's folder cannot be written to.
    """
    for run in runs:
        send(run, Pause())
    end = time.monotonic() + limit_s
    while any(is_alive(run) for run in runs) and time.monotonic() < end:
        time.sleep(LOOK_EVERY_S)
    for run in runs:
        if trainer := supervisor.attach(run):
            trainer.kill()
