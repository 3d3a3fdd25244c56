"""Which of a project's runs the steps are about."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from ui.models.workspace import Workspace
from ui.theme import icons
from ui.widgets.buttons import Button
from ui.widgets.labels import as_menu_text
from ui.widgets.menus import open_below

LONGEST_NAME = 28


class RunChoice(Button):
    """Names the run that is shown; its menu shows another. Each page has its own, for where `has_choice`."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("", "ghost", "train", small=True, trailing_icon="chevron_down")
        self._workspace = workspace
        self.clicked.connect(self._open_menu)
        for signal in (workspace.run_changed, workspace.runs_changed):
            signal.connect(self._show_name)
        self._show_name()

    @property
    def has_choice(self) -> bool:
        return len(self._workspace.runs) > 1 and self._workspace.run is not None

    def build_menu(self) -> QMenu:
        menu = QMenu(self)
        shown = self._workspace.run
        for run in self._workspace.runs:
            action = menu.addAction(icons.icon("train"), as_menu_text(run.name))
            action.setCheckable(True)
            action.setChecked(shown is not None and shown.run.path == run.path)
            action.triggered.connect(lambda _checked=False, chosen=run: self._workspace.show_run(chosen))
        return menu

    def _open_menu(self) -> None:
        open_below(self.build_menu(), self)

    def _show_name(self) -> None:
        run = self._workspace.run
        name = run.run.name if run is not None else ""
        self.setText(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…")
        self.setAccessibleName(self.tr("Training: {name}").format(name=name))
        self.setToolTip(self.tr("Show another training of this project"))
