"""Showing a run that may belong to another project than the open one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from lora_studio.runs.folder import RunFolder
from ui.models.workspace import Workspace


class RunOpener(QObject):
    """Opens a run's project first where need be; the newest wish replaces one that still waits."""

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._wish: tuple[Path, Callable[[], None]] | None = None
        workspace.project_changed.connect(self._take_project)

    def open_run(self, run: RunFolder, project_dir: Path | None, then: Callable[[], None]) -> None:
        """Show a run, and call `then` once it is shown. A run without a project is shown over the open one."""

        def show() -> None:
            self._workspace.show_run(run)
            then()

        self.open_project(project_dir, show)

    def open_project(self, project_dir: Path | None, then: Callable[[], None]) -> None:
        """Open a project, and call `then` once it is open; at once when it is, or when None is wanted."""
        self._wish = None
        if project_dir is None or self._is_open(project_dir):
            then()
        else:
            self._wish = (project_dir, then)
            self._workspace.open_project(project_dir)

    def _is_open(self, project_dir: Path) -> bool:
        return self._workspace.project is not None and self._workspace.project.folder == project_dir

    def _take_project(self) -> None:
        if self._wish is not None and self._is_open(self._wish[0]):
            _, then = self._wish
            self._wish = None
            QTimer.singleShot(0, self, then)  # the workspace has more to tell about the project it just opened
