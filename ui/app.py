"""Start of the desktop app: one window per project, settings, theme, window.

python -m ui.app [PROJECT_FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QFileDialog

from lora_studio.errors import StudioError
from lora_studio.hardware.probe import Hardware, probe_hardware
from ui.models.settings import SettingsModel
from ui.shell import places
from ui.shell.language import EnglishPlurals
from ui.shell.main_window import MainWindow
from ui.theme.appearance import Appearance, ThemeChoice
from ui.widgets.banner import Banner
from ui.widgets.page import Context
from ui.work import tasks
from ui.work.instance import Instance, hand_over, server_name
from ui.work.poll import Poll

if TYPE_CHECKING:
    from lora_studio.projects.project import Project

GPU_POLL_MS = 2000
_THEMES: dict[str, ThemeChoice] = {"system": "system", "dark": "dark", "light": "light", "high_contrast": "contrast"}


class Studio(QObject):
    """Everything that lives as long as the program: settings, look, window, and the project in it."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._english = EnglishPlurals(self)
        app.installTranslator(self._english)
        self.settings = SettingsModel()
        values = self.settings.values
        self.appearance = Appearance(app, _THEMES[values.theme], values.text_size_percent / 100)
        self.context = Context(self.settings, self.appearance)
        self.window = MainWindow(self.context, places.page_factories())
        self.instance: Instance | None = None
        self.settings.changed.connect(self._take_setting)
        self.settings.save_failed.connect(self._show_failure)
        self.window.new_project_wanted.connect(lambda: self.window.go_to("start"))
        self.window.open_project_wanted.connect(self._choose_project)
        self.window.rail.switcher.project_chosen.connect(self.open_project)
        self._is_probing = False
        self._gpu_poll = Poll(self._probe, GPU_POLL_MS, self)

    def start(self, project_dir: Path | None) -> None:
        """Show the window at once; the project, the list of recent ones and the card follow as they are read."""
        self.window.show()
        self.window.go_to("start")
        if self.settings.problem is not None:
            self._show_failure(self.settings.problem)
        if project_dir is not None:
            self.open_project(project_dir)
        self._read_recent()
        self._gpu_poll.start()

    def listen(self, name: str) -> None:
        """Be the window that later launches hand their arguments to."""
        self.instance = Instance(name, self)
        self.instance.handed_over.connect(self._take_arguments)

    def finish(self) -> None:
        """Before the program ends."""
        self._gpu_poll.stop()
        self.settings.wait_until_saved()

    def open_project(self, folder: Path) -> None:
        tasks.run(lambda _: _opened(folder), self._show_project, self._tell_failure, owner=self)

    def _choose_project(self) -> None:
        start = str(self.settings.values.projects_dir)
        folder = QFileDialog.getExistingDirectory(self.window, self.tr("Open a project"), start)
        if folder:
            self.open_project(Path(folder))

    def _show_project(self, project: Project) -> None:
        self.context.set_project(project)
        self.window.go_to("images")
        self._read_recent()

    def _read_recent(self) -> None:
        tasks.run(lambda _: _recent(), self._show_recent, owner=self)

    def _show_recent(self, recent: list[tuple[str, Path]]) -> None:
        self.window.rail.switcher.set_recent(recent)

    def _take_arguments(self, arguments: list[str]) -> None:
        self.window.come_to_front()
        if arguments:
            self.open_project(Path(arguments[0]))

    def _take_setting(self, field: str) -> None:
        values = self.settings.values
        if field == "theme":
            self.appearance.set_choice(_THEMES[values.theme])
        elif field == "text_size_percent":
            self.appearance.set_text_scale(values.text_size_percent / 100)

    def _tell_failure(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self._show_failure(error)

    def _show_failure(self, error: StudioError) -> None:
        body = "\n".join(filter(None, (error.detail, error.hint)))
        self.window.show_banner(Banner("err", error.title, body, closable=True))

    def _probe(self) -> None:
        if self._is_probing or not self.window.isVisible():
            return
        self._is_probing = True
        tasks.run(lambda _: probe_hardware(), self._show_hardware, self._tell_failure, owner=self)

    def _show_hardware(self, hardware: Hardware) -> None:
        self._is_probing = False
        chosen = self.settings.values.graphics_card
        card = next((c for c in hardware.cards if chosen is None or c.index == chosen), None)
        if card is None:
            self.window.rail.gpu_meter.set_absent()
        else:
            used_gb, total_gb = (card.total_mib - card.free_mib) / 1024, card.total_mib / 1024
            self.window.rail.gpu_meter.set_reading(card.name, used_gb, total_gb)


# The rooms of projects take numpy and the run folder with them, about 0.3 s of imports that the first window need not
# wait for: these two run in the pool.
def _opened(folder: Path) -> Project:
    from lora_studio.projects.project import open_project
    from lora_studio.projects.recent import note_opened

    project = open_project(folder)
    note_opened(project)
    return project


def _recent() -> list[tuple[str, Path]]:
    from lora_studio.projects.recent import recent_projects

    return [(project.name, project.folder) for project in recent_projects() if project.is_there]


def main(argv: list[str] | None = None) -> int:
    """Run the app until its window closes; the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    app = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(app, QApplication)
    app.setApplicationName("LoRA Studio")
    app.setDesktopFileName("lora-studio")
    project_dir = Path(arguments[0]).absolute() if arguments else None
    name = server_name(project_dir)
    if hand_over(name, [str(project_dir)] if project_dir else []):
        return 0
    studio = Studio(app)
    studio.listen(name)
    studio.start(project_dir)
    code = app.exec()
    studio.finish()
    return code


if __name__ == "__main__":
    sys.exit(main())
