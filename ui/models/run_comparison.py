"""Several runs of a project side by side: the same prompts, each run at the epoch its person picked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLocale, QObject

from ui.models.comparison import (
    OFF,
    ComparisonCell,
    ComparisonColumn,
    ComparisonModel,
    ComparisonRow,
    compared_cell,
    compared_rows,
)
from ui.models.drawing import Drawings, DrawWish
from ui.models.run import RunModel

NO_ROW = -1  # of a prompt that a run did not draw while it trained


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One run, what is drawn of it, and what tells which epoch is picked in it now."""

    run: RunModel
    drawings: Drawings
    pick: Callable[[], int | None]

    @property
    def epoch(self) -> int:
        """The pick, else the newest epoch; 0 before the first."""
        trained = sorted({*self.run.sampled_epochs, *self.run.epoch_ends} - {0})
        pick = self.pick()
        return pick if pick in trained else trained[-1] if trained else 0


class RunComparison(ComparisonModel):
    """The base model alone, then each run that has an epoch; the prompts are those of the first run.

    A column's value is the run's place in `runs`, counted from 1.
    """

    def __init__(self, runs: Sequence[ComparedRun], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs = list(runs)
        for one in self.runs:
            one.run.samples_changed.connect(self.refresh)
            for signal in (one.drawings.ready, one.drawings.drawn, one.drawings.changed):
                signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Read columns, rows and pictures again."""
        columns = [ComparisonColumn(OFF, self.tr("Off"), self.tr("base model"))]
        for place, one in enumerate(self.runs, 1):
            if one.epoch:
                note = self.tr("Epoch {epoch}").format(epoch=QLocale().toString(one.epoch))
                columns.append(ComparisonColumn(float(place), one.run.run.name, note))
        self._show(columns, compared_rows(self.runs[0].run, self.runs[0].drawings), self._found)

    def run_of(self, column: int) -> ComparedRun:
        """Whose pictures a column shows; the base alone is drawn by the first run."""
        return self.runs[max(0, int(self._columns[column].value) - 1)]

    def wish(self, row: int, column: int) -> DrawWish:
        """The picture that belongs into a cell, drawn by `run_of(column)`."""
        shown = self._rows[row]
        if self._columns[column].value == OFF:
            return DrawWish(0, OFF, shown.prompt, shown.seed)
        return DrawWish(self.run_of(column).epoch, 1.0, shown.prompt, shown.seed)

    def pick(self, column: int) -> None:
        """Runs are looked at, not picked."""

    def _found(self, row: int, column: int) -> ComparisonCell:
        one, shown = self.run_of(column), self._rows[row]
        own_row = _row_in(one, shown)
        return compared_cell(one.drawings, own_row, self.wish(row, column))


def _row_in(one: ComparedRun, shown: ComparisonRow) -> int:
    rows = compared_rows(one.run, one.drawings)
    return rows.index(shown) if shown in rows else NO_ROW
