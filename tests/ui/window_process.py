"""Real windows for tests that kill them: in processes of their own, told over a socket what to do and what to tell.

Run as `python window_process.py PORT TRAINER`, the trainer's command as JSON. Every line on stdin, the arguments as
JSON, opens one window; it is forked, so that the imports are done only once. A window answers each line it gets,
[name of a function below, arguments...], with one line.
"""

from __future__ import annotations

import faulthandler
import json
import os
import re
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QLocale, QSocketNotifier
from PySide6.QtWidgets import QApplication

from lora_studio.projects.project import RunNote
from lora_studio.runs.folder import RunFolder
from ui.app import Studio, main
from ui.models import export_effect
from ui.pages.export import ExportPage
from ui.pages.images import ImagesPage
from ui.pages.queue import QueuePage
from ui.pages.recipe import RecipePage
from ui.pages.train import TrainPage
from ui.shell import places

export_effect.AUTOMATIC_S = 0.0  # a drawing program would outlive every killed window for seconds


class Window:
    """What may be asked of a window; everything is done on its own thread, between two of its events."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._lines = link.makefile("rb")
        self._notifier = QSocketNotifier(link.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._obey)

    def _obey(self) -> None:
        name, *arguments = json.loads(self._lines.readline() or b'["leave"]')
        try:
            answer = getattr(self, name)(*arguments)
        except BaseException:
            traceback.print_exc()
            os._exit(1)  # whoever waits for the answer is told at once
        self._link.sendall(json.dumps(answer).encode() + b"\n")

    def leave(self) -> None:
        os._exit(0)

    @property
    def studio(self) -> Studio:
        studio = QApplication.instance().findChild(Studio)  # type: ignore[union-attr]
        assert studio is not None
        return studio

    def is_ready(self) -> bool:
        """Whether a project is open and its pictures and plan are known."""
        workspace = self.studio.workspace
        return workspace.project is not None and workspace.plan is not None and not workspace.is_starting

    def minimise(self) -> None:
        self.studio.window.showMinimized()

    def is_in_front(self) -> bool:
        window = self.studio.window
        return window.isActiveWindow() and not window.isMinimized()

    def rescan(self) -> None:
        self.studio.workspace.rescan()

    def type_caption(self, name: str, text: str) -> None:
        self.studio.window.go_to("images")
        page = self.studio.window.page
        assert isinstance(page, ImagesPage)
        path = next(file.path for file in self.studio.workspace.files if file.path.name == name)
        page.set.changes.type_captions({path: text})

    def change_trigger(self, word: str) -> None:
        self.studio.workspace.change(trigger=word)

    def start_training(self) -> None:
        self.studio.workspace.start_training()

    def add_to_queue(self) -> None:
        self.studio.workspace.add_to_queue()

    def start_queue(self) -> None:
        self.studio.window.go_to("queue")
        page = self.studio.window.page
        assert isinstance(page, QueuePage)
        page.model.start()

    def pick(self, run: str, epoch: int) -> None:
        """Show a run and choose one of its epochs."""
        workspace = self.studio.workspace
        workspace.show_run(RunFolder(Path(run)))
        workspace.change(runs={Path(run).name: RunNote(pick=epoch)})

    def press(self, place: str, button: str) -> bool:
        """Click a button of a page, named as the page calls it; False while it cannot be pressed."""
        self.studio.window.go_to(place)
        found = getattr(self.studio.window.page, button)
        if found.isEnabled() and found.isVisible():
            found.click()
            return True
        return False

    def tell(self) -> dict[str, Any]:
        """What a person could read, with Train in view."""
        studio, window = self.studio, self.studio.window
        window.go_to("train")
        workspace, train = studio.workspace, window.page
        assert isinstance(train, TrainPage)
        words = f"{train.progress.headline.text()} {train.progress.detail.text()}"
        step = re.search(r"step ([\d,]+)", words)
        marks = {name: item.mark for name, item in window.rail.items.items()}
        images = workspace.report.images if workspace.report else ()
        return {
            "title": window.windowTitle(),
            "project": str(workspace.project.folder) if workspace.project else None,
            "run": workspace.run.run.name if workspace.run else None,
            "word": train.state_chip.text,
            "step": int(step[1].replace(",", "")) if step else None,
            "train_mark": marks["train"].kind,
            "export_mark": marks["export"].kind,
            "queue_count": marks["queue"].count,
            "captions": {image.path.name: image.caption for image in images},
            "trigger": workspace.project.data.trigger if workspace.project else None,
            "banners": [banner.title for banner in window.banners()],
            "is_listening": bool(studio._instances) and all(each.is_listening for each in studio._instances.values()),
        }

    def tell_queue(self) -> dict[str, int]:
        """How many jobs stand in each part of the line."""
        self.studio.window.go_to("queue")
        page = self.studio.window.page
        assert isinstance(page, QueuePage)
        shown = {
            place: len(page.model.in_place(place)) for place, section in page.sections.items() if section.isVisible()
        }
        return {place: count for place, count in shown.items() if count}


def be_window(port: int, trainer: list[str], arguments: list[str]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    faulthandler.enable()  # a window that dies by itself says where
    link = socket.create_connection(("127.0.0.1", port))
    link.sendall(json.dumps(os.getpid()).encode() + b"\n")
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    app = QApplication([sys.argv[0]])
    window = Window(link)
    assert app is not None and window is not None
    os._exit(main(arguments, trainer))


def serve(port: int, trainer: list[str]) -> None:
    places.page_factories()
    assert ExportPage and RecipePage  # so that forked windows find them loaded
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for windows that were killed
    while line := sys.stdin.readline():
        if os.fork() == 0:
            os.close(0)
            be_window(port, trainer, json.loads(line))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    serve(int(sys.argv[1]), json.loads(sys.argv[2]))
