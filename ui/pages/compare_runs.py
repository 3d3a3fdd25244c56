"""The runs of a project in one grid, and the drawing of what is missing in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.runs.folder import RunFolder
from ui.models.comparison import ComparisonCell
from ui.models.drawing import Drawings
from ui.models.run import RunModel
from ui.models.run_comparison import ComparedRun, RunComparison
from ui.widgets.buttons import Button
from ui.widgets.compare_grid import CompareGrid
from ui.widgets.labels import Label
from ui.widgets.picture_store import PictureStore
from ui.widgets.wipe_view import ComparedPicture

MOST_RUNS = 5  # beside the one that is shown; more would make the pictures too small


class RunsPanel(QWidget):
    """Lives as long as its first run is shown; `close_all` before it goes."""

    flip_held = Signal(bool)
    pair_shown = Signal(object, object, str)  # ComparedPicture beside ComparedPicture, and their prompt
    run_wanted = Signal(object)  # RunFolder, whose epochs somebody wants to see
    refused = Signal(str)
    failed = Signal(object)  # StudioError

    def __init__(
        self,
        first: ComparedRun,
        others: Sequence[RunFolder],
        pick_of: Callable[[RunFolder], int | None],
        home: Path,
        store: PictureStore,
        parent: QWidget | None = None,
    ) -> None:
        """`home` is where pictures drawn to compare are kept, a folder for each run."""
        super().__init__(parent)
        self.refusal: Callable[[], str] = str  # why nothing can be drawn now; empty when it can
        self.others = list(others)
        self._others = [self._follow(folder, partial(pick_of, folder), home) for folder in others[:MOST_RUNS]]
        self.comparison = RunComparison([first, *self._others], self)
        self.grid = CompareGrid(self.comparison, store)
        self.grid.cell_shown.connect(self._show_pair)
        self.grid.cell_activated.connect(self._open)
        self.grid.pick_requested.connect(lambda column: self._open(0, column))
        self.grid.draw_requested.connect(self._draw)
        self.grid.flip_held.connect(self.flip_held)
        self.hint = Label(self.tr("Each run at the epoch you picked, or its last."), "small", "muted", wrap=True)
        self.stop_button = Button(self.tr("Stop"), "danger", "stop", small=True)
        self.stop_button.clicked.connect(self._stop)
        self.stop_button.hide()
        row = QHBoxLayout()
        row.addWidget(self.hint, 1)
        row.addWidget(self.stop_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.grid, 1)

    def _follow(self, folder: RunFolder, pick: Callable[[], int | None], home: Path) -> ComparedRun:
        run = RunModel(folder, self)
        drawings = Drawings(run, home, run)
        drawings.progressed.connect(lambda: self.stop_button.setVisible(self._is_drawing))
        drawings.failed.connect(self.failed)
        run.unreadable.connect(self.failed)
        run.samples_changed.connect(drawings.read)
        run.look()
        return ComparedRun(run, drawings, pick)

    @property
    def _is_drawing(self) -> bool:
        return any(one.drawings.is_drawing for one in self.comparison.runs)

    def look_again(self) -> None:
        """The panel came into view: another run may have gone on, or another epoch been picked."""
        self.comparison.refresh()
        for one in self._others:
            one.run.look()

    def close_all(self) -> None:
        """End what is being drawn, and remove what was only needed for drawing."""
        for one in self._others:
            one.drawings.close()

    def show_pair_again(self) -> None:
        """Something else was looked at meanwhile, or a picture has come."""
        here = self.grid.currentIndex()
        if here.isValid():
            self._show_pair(here.row(), here.column())

    def _stop(self) -> None:
        for one in self.comparison.runs:
            one.drawings.stop()

    def _draw(self, row: int, column: int) -> None:
        """One picture at a time: two models at once might not fit."""
        drawings = self.comparison.run_of(column).drawings
        busy = [one.drawings for one in self.comparison.runs if one.drawings.is_drawing]
        why = self.refusal()
        if not why and busy and busy != [drawings]:
            why = self.tr("A picture of another run is being drawn. Wait until it is there.")
        if why:
            self.refused.emit(why)
        else:
            drawings.draw([self.comparison.wish(row, column)])

    def _open(self, _row: int, column: int) -> None:
        if self.comparison.columns[column].value:
            self.run_wanted.emit(self.comparison.run_of(column).run.run)

    def _show_pair(self, row: int, column: int) -> None:
        """The cell beside the shown run's own picture; that one beside the base alone."""
        beside = 0 if column <= 1 else 1
        pair = [self._picture(row, place) for place in (beside, column)]
        if pair[0] is not None and pair[1] is not None:
            self.pair_shown.emit(pair[0], pair[1], self.comparison.rows[row].prompt)

    def _picture(self, row: int, column: int) -> ComparedPicture | None:
        cell: ComparisonCell = self.comparison.cell(row, column)
        title = self.comparison.columns[column].title
        return ComparedPicture(cell.path, title, cell.version) if cell.path is not None else None
