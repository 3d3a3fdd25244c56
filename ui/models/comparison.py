"""The grid of a comparison: prompts down, epochs or strengths across, and the person's own verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QLocale, QObject, Signal

from ui.models.drawing import Drawings, DrawWish
from ui.models.run import RunModel

CellState = Literal["picture", "drawing", "missing", "failed"]
MAX_STARS = 5
OFF = 0.0  # the base model alone: epoch 0, or strength 0
STRENGTHS = (0.4, 0.6, 0.8, 1.0)
COLUMNS_AT_FIRST = 5  # beside "Off"


@dataclass(frozen=True, slots=True)
class ComparisonColumn:
    """One column. `value` is the epoch or the strength; `note` is a word under the title, `tone` its colour."""

    value: float
    title: str
    note: str = ""
    tone: Literal["muted", "warn"] = "muted"


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One prompt, always drawn with the same seed."""

    prompt: str
    seed: int


@dataclass(frozen=True, slots=True)
class ComparisonCell:
    """One place of the grid; `version` changes when the picture is drawn again, `reason` says why it failed.

    `note` is what a picture should be looked at for; empty for most.
    """

    state: CellState
    path: Path | None = None
    version: int = 0
    reason: str = ""
    note: str = ""


MISSING = ComparisonCell("missing")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a person decided about the epochs of a run: the pick, and stars from 1 to 5."""

    pick: int | None = None
    stars: Mapping[int, int] = field(default_factory=dict)


class ComparisonModel(QObject):
    """The base of every comparison grid: columns, rows and cells that others fill."""

    columns_changed = Signal()  # columns or rows: lay out again
    cell_changed = Signal(int, int)  # row, column
    pick_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: list[ComparisonColumn] = []
        self._rows: list[ComparisonRow] = []
        self._cells: dict[tuple[int, float], ComparisonCell] = {}  # (row, column value)
        self._picked: float | None = None

    @property
    def columns(self) -> list[ComparisonColumn]:
        return self._columns

    @property
    def rows(self) -> list[ComparisonRow]:
        return self._rows

    @property
    def picked(self) -> float | None:
        """The value of the picked column, or None."""
        return self._picked

    @property
    def picked_column(self) -> int | None:
        """The picked column's place, or None while nothing is picked or it is not shown."""
        values = [column.value for column in self._columns]
        return values.index(self._picked) if self._picked in values else None

    def cell(self, row: int, column: int) -> ComparisonCell:
        return self._cells.get((row, self._columns[column].value), MISSING)

    def _show(
        self,
        columns: list[ComparisonColumn],
        rows: list[ComparisonRow],
        cell_of: Callable[[int, int], ComparisonCell],
    ) -> None:
        """Lay out anew where columns or rows differ, and take every cell as `cell_of(row, column)` says it is."""
        if columns != self._columns or rows != self._rows:
            self.lay_out(columns, rows)
        for place in range(len(columns)):
            for row in range(len(rows)):
                self.set_cell(row, place, cell_of(row, place))

    def lay_out(self, columns: list[ComparisonColumn], rows: list[ComparisonRow]) -> None:
        """Take other columns and rows. Cells stay with their column's value; other prompts begin with none."""
        if rows[: len(self._rows)] != self._rows:
            self._cells.clear()
        self._columns, self._rows = columns, rows
        self.columns_changed.emit()

    def set_cell(self, row: int, column: int, cell: ComparisonCell) -> None:
        """Show another state of one cell."""
        if self.cell(row, column) != cell:
            self._cells[row, self._columns[column].value] = cell
            self.cell_changed.emit(row, column)

    def pick(self, column: int) -> None:
        """Pick a column; the base model alone cannot be picked."""
        value = self._columns[column].value
        if value != OFF and value != self._picked:
            self._picked = value
            self.pick_changed.emit()

    def spoken(self, row: int, column: int) -> str:
        """A cell in words, for screen readers."""
        words: dict[CellState, str] = {
            "picture": self.tr("{column}, {prompt}"),
            "drawing": self.tr("{column}, {prompt}, being drawn"),
            "missing": self.tr("{column}, {prompt}, not drawn"),
            "failed": self.tr("{column}, {prompt}, could not be drawn"),
        }
        sentence = words[self.cell(row, column).state]
        spoken = sentence.format(column=self._columns[column].title, prompt=self._rows[row].prompt)
        note = self.cell(row, column).note
        spoken = f"{spoken}, {note}" if note else spoken
        return self.tr("{cell}, your pick").format(cell=spoken) if column == self.picked_column else spoken


class EpochComparison(ComparisonModel):
    """Epochs of one run side by side: "Off" first, then every epoch that has samples or a saved adapter.

    Verdicts are kept by `save`, given once for each change; nothing here writes files.
    """

    stars_changed = Signal(int)  # epoch

    def __init__(
        self,
        run: RunModel,
        verdicts: Verdicts,
        save: Callable[[Verdicts], None],
        drawings: Drawings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._run = run
        self._save = save
        self._drawings = drawings
        self._stars = dict(verdicts.stars)
        self._picked = verdicts.pick
        self._shown: tuple[int, ...] | None = None
        self._notes: dict[int, tuple[str, Literal["muted", "warn"]]] = {}
        self._sample_notes: dict[tuple[Path, int], str] = {}  # by a sample's path and version
        self._sampled: int | None = None  # the epoch whose samples the trainer draws now
        run.samples_changed.connect(self.refresh)
        run.changed.connect(self._take_run)
        for signal in (drawings.ready, drawings.drawn, drawings.changed):
            signal.connect(self.refresh)
        self.refresh()

    @property
    def epochs(self) -> list[int]:
        """Every epoch that could be shown, 0 being the base alone."""
        return sorted({0, *self._run.sampled_epochs, *self._run.epoch_ends})

    def show_epochs(self, epochs: tuple[int, ...] | None) -> None:
        """Show only these columns beside "Off"; None shows all."""
        self._shown = epochs
        self.refresh()

    def note_epoch(self, epoch: int, note: str, tone: Literal["muted", "warn"] = "muted") -> None:
        """Put a verdict's words under an epoch's title."""
        self._notes[epoch] = (note, tone)
        self.refresh()

    def note_samples(self, notes: Mapping[tuple[Path, int], str]) -> None:
        """Mark samples, by their paths and versions, with what to look at them for."""
        self._sample_notes = dict(notes)
        self.refresh()

    def refresh(self) -> None:
        """Read columns, rows and pictures from the run again."""
        shown = [epoch for epoch in self.epochs if self._shown is None or epoch == 0 or epoch in self._shown]
        columns = [self._column(epoch) for epoch in shown]
        self._sampled = self._run.sampled_now
        self._show(columns, self._prompt_rows(), self._cell)

    def _cell(self, row: int, column: int) -> ComparisonCell:
        cell = compared_cell(self._drawings, row, self.wish(row, column))
        if cell.path is not None and (note := self._sample_notes.get((cell.path, cell.version), "")):
            return replace(cell, note=note)
        is_next = self._columns[column].value == self._sampled and row < self._sampled_rows()
        return ComparisonCell("drawing") if cell is MISSING and is_next else cell

    def _sampled_rows(self) -> int:
        facts = self._run.facts
        return len(facts.config.preview.prompts) if facts is not None else 0

    def wish(self, row: int, column: int) -> DrawWish:
        """The picture that belongs into a cell."""
        shown = self._rows[row]
        epoch = int(self._columns[column].value)
        return DrawWish(epoch, 1.0 if epoch else OFF, shown.prompt, shown.seed)

    def stars(self, epoch: int) -> int:
        """The person's stars for an epoch; 0 where none were given."""
        return self._stars.get(epoch, 0)

    def rate(self, epoch: int, stars: int) -> None:
        """Give an epoch 0 to 5 stars."""
        stars = max(0, min(MAX_STARS, stars))
        if stars == self.stars(epoch):
            return
        self._stars[epoch] = stars
        self._keep()
        self.stars_changed.emit(epoch)

    def pick(self, column: int) -> None:
        before = self._picked
        super().pick(column)
        if self._picked != before:
            self._keep()

    def _take_run(self) -> None:
        """The prompts, as soon as they are known, and what is drawn by the trainer itself."""
        if not self._rows or self._run.sampled_now != self._sampled:
            self.refresh()

    def _keep(self) -> None:
        pick = None if self._picked is None else int(self._picked)
        self._save(Verdicts(pick, {epoch: stars for epoch, stars in self._stars.items() if stars}))

    def _column(self, epoch: int) -> ComparisonColumn:
        if epoch == 0:
            return ComparisonColumn(OFF, self.tr("Off"), self.tr("base model"))
        note, tone = self._notes.get(epoch, ("", "muted"))
        title = self.tr("Epoch {epoch}").format(epoch=QLocale().toString(epoch))
        return ComparisonColumn(float(epoch), title, note, tone)

    def _prompt_rows(self) -> list[ComparisonRow]:
        return compared_rows(self._run, self._drawings)


class StrengthComparison(ComparisonModel):
    """One epoch at several strengths, "Off" first. Picking a column gives its strength to `save`."""

    def __init__(
        self,
        run: RunModel,
        drawings: Drawings,
        epoch: int,
        picked: float | None,
        save: Callable[[float], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._run = run
        self._drawings = drawings
        self._save = save
        self._picked = picked
        self.epoch = epoch
        for signal in (drawings.ready, drawings.drawn, drawings.changed, run.samples_changed):
            signal.connect(self.refresh)
        self.refresh()

    def show_epoch(self, epoch: int) -> None:
        """Show another epoch at the same strengths."""
        self.epoch = epoch
        self.refresh()

    def refresh(self) -> None:
        """Read rows and pictures again."""
        columns = [ComparisonColumn(OFF, self.tr("Off"), self.tr("base model"))]
        columns += [ComparisonColumn(strength, QLocale().toString(strength, "f", 1)) for strength in STRENGTHS]
        rows = compared_rows(self._run, self._drawings)
        self._show(columns, rows, lambda row, place: compared_cell(self._drawings, row, self.wish(row, place)))

    def wish(self, row: int, column: int) -> DrawWish:
        """The picture that belongs into a cell."""
        shown = self._rows[row]
        return DrawWish(self.epoch, self._columns[column].value, shown.prompt, shown.seed)

    def pick(self, column: int) -> None:
        before = self._picked
        super().pick(column)
        if self._picked is not None and self._picked != before:
            self._save(self._picked)


def compared_rows(run: RunModel, drawings: Drawings) -> list[ComparisonRow]:
    """The prompts of a run, then those the person added."""
    if run.facts is None:
        return []
    preview = run.facts.config.preview
    rows = [ComparisonRow(prompt, preview.seed + index) for index, prompt in enumerate(preview.prompts)]
    return rows + [ComparisonRow(added.prompt, added.seed) for added in drawings.added]


def compared_cell(drawings: Drawings, row: int, wish: DrawWish) -> ComparisonCell:
    """A picture the trainer drew, or one drawn to compare, or what is the matter with it."""
    if wish.is_base_alone or wish.strength == 1:
        epoch = 0 if wish.is_base_alone else wish.epoch
        shot = drawings.sample(row, epoch)
        if shot is not None:
            return ComparisonCell("picture", shot.path, shot.version)
    path = drawings.picture(wish)
    if path is not None:
        return ComparisonCell("picture", path)
    if drawings.is_waiting(wish):
        return ComparisonCell("drawing")
    reason = drawings.reason(wish)
    return ComparisonCell("failed", reason=reason) if reason else MISSING


def spread_epochs(epochs: Sequence[int], most: int = COLUMNS_AT_FIRST) -> tuple[int, ...]:
    """Some of many epochs, evenly chosen from the last one back."""
    if len(epochs) <= most:
        return tuple(epochs)
    apart = (len(epochs) - 1) / most
    return tuple(epochs[round(len(epochs) - 1 - place * apart)] for place in reversed(range(most)))
