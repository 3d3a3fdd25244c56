from pathlib import Path

import pytest
from picture_bytes import encoded
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QAccessible, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lora_studio.config.resolve import validated
from lora_studio.runs.folder import RunFolder
from ui.models.comparison import (
    MISSING,
    ComparisonCell,
    ComparisonColumn,
    ComparisonModel,
    ComparisonRow,
    EpochComparison,
    Verdicts,
)
from ui.models.drawing import Drawings
from ui.models.run_record import RunFacts, SampleShot
from ui.widgets.compare_grid import CompareGrid
from ui.widgets.picture_store import PictureStore

ROWS = [ComparisonRow("a cat", 7), ComparisonRow("a dog", 8)]
COLUMNS = [ComparisonColumn(float(epoch), f"Epoch {epoch}" if epoch else "Off") for epoch in (0, 4, 8)]


@pytest.fixture
def comparison() -> ComparisonModel:
    model = ComparisonModel()
    model.lay_out(COLUMNS, ROWS)
    for row in range(2):
        for column in range(3):
            model.set_cell(row, column, ComparisonCell("picture", Path(f"/run/{row}-{column}.png")))
    return model


@pytest.fixture
def grid(comparison: ComparisonModel, qtbot: QtBot) -> CompareGrid:
    made = CompareGrid(comparison, PictureStore(lambda path, size_px: encoded(60, 60)))
    qtbot.addWidget(made)
    made.resize(480, 420)
    made.show()
    return made


def test_arrow_keys_move_through_the_grid(grid: CompareGrid, qtbot: QtBot) -> None:
    grid.select_cell(0, 0)
    with qtbot.waitSignal(grid.cell_shown) as shown:
        qtbot.keyClick(grid, Qt.Key.Key_Right)
    assert shown.args == [0, 1]
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert (grid.currentIndex().row(), grid.currentIndex().column()) == (1, 1)
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.currentIndex().column() == 2


@pytest.mark.parametrize(
    ("cell", "signal"),
    [
        (ComparisonCell("picture", Path("/run/0-1.png")), "cell_activated"),
        (MISSING, "draw_requested"),
        (ComparisonCell("failed", reason="No memory"), "draw_requested"),
    ],
)
def test_enter_opens_a_picture_or_asks_to_draw_it(
    grid: CompareGrid, comparison: ComparisonModel, qtbot: QtBot, cell: ComparisonCell, signal: str
) -> None:
    comparison.set_cell(0, 1, cell)
    grid.select_cell(0, 1)
    with qtbot.waitSignal(getattr(grid, signal)) as asked:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert asked.args == [0, 1]


def test_space_flips_a_picture_while_it_is_held_and_asks_to_draw_a_missing_one(
    grid: CompareGrid, comparison: ComparisonModel, qtbot: QtBot
) -> None:
    flips: list[bool] = []
    grid.flip_held.connect(flips.append)
    comparison.set_cell(0, 1, ComparisonCell("picture", Path("/run/0-1.png")))
    comparison.set_cell(0, 2, MISSING)
    grid.select_cell(0, 1)
    with qtbot.assertNotEmitted(grid.cell_activated):
        qtbot.keyPress(grid, Qt.Key.Key_Space)
        QApplication.sendEvent(grid, repeated_space())
        qtbot.keyRelease(grid, Qt.Key.Key_Space)
    assert flips == [True, False]
    grid.select_cell(0, 2)
    with qtbot.waitSignal(grid.draw_requested):
        qtbot.keyClick(grid, Qt.Key.Key_Space)
    assert flips == [True, False]


def repeated_space() -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", True)


def test_who_leaves_the_grid_with_space_held_flips_no_more(
    grid: CompareGrid, comparison: ComparisonModel, qtbot: QtBot
) -> None:
    flips: list[bool] = []
    grid.flip_held.connect(flips.append)
    comparison.set_cell(0, 1, ComparisonCell("picture", Path("/run/0-1.png")))
    grid.select_cell(0, 1)
    qtbot.keyPress(grid, Qt.Key.Key_Space)
    QApplication.sendEvent(grid, QFocusEvent(QEvent.Type.FocusOut))
    assert flips == [True, False]


def test_a_cell_that_is_being_drawn_is_left_alone(grid: CompareGrid, comparison: ComparisonModel, qtbot: QtBot) -> None:
    comparison.set_cell(0, 1, ComparisonCell("drawing"))
    assert grid._shimmer_beat.is_moving
    grid.select_cell(0, 1)
    with qtbot.assertNotEmitted(grid.draw_requested), qtbot.assertNotEmitted(grid.cell_activated):
        qtbot.keyClick(grid, Qt.Key.Key_Space)
    comparison.set_cell(0, 1, MISSING)
    assert not grid._shimmer_beat.is_moving


def test_the_draw_button_of_a_cell_can_be_clicked(grid: CompareGrid, comparison: ComparisonModel, qtbot: QtBot) -> None:
    comparison.set_cell(1, 2, MISSING)
    button = grid._button_rect(grid.visualRect(grid.model().index(1, 2))).center()
    with qtbot.waitSignal(grid.draw_requested) as asked:
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=button)
    assert asked.args == [1, 2]


def test_p_or_a_click_on_the_title_picks_a_column(grid: CompareGrid, qtbot: QtBot) -> None:
    grid.select_cell(0, 2)
    with qtbot.waitSignal(grid.pick_requested) as asked:
        qtbot.keyClick(grid, Qt.Key.Key_P)
    assert asked.args == [2]
    title = QPoint(grid._column_left(1) + 10, 10)
    with qtbot.waitSignal(grid.pick_requested) as asked:
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=title)
    assert asked.args == [1]


def test_first_column_and_header_stay_while_the_rest_is_scrolled(grid: CompareGrid, qtbot: QtBot) -> None:
    grid.resize(220, 200)
    first, second = grid._column_left(0), grid._column_left(1)
    grid.select_cell(1, 2)
    assert grid.horizontalScrollBar().value() > 0
    assert grid.verticalScrollBar().value() > 0
    assert grid._column_left(0) == first
    assert grid._column_left(1) < second
    assert grid.viewport().rect().contains(grid.visualRect(grid.model().index(1, 2)))


def test_what_lies_under_the_first_column_cannot_be_hit(grid: CompareGrid) -> None:
    grid.resize(250, 400)
    grid.horizontalScrollBar().setValue(grid.horizontalScrollBar().maximum())
    hit = grid.indexAt(grid.visualRect(grid.model().index(0, 0)).center())
    assert (hit.row(), hit.column()) == (0, 0)


def test_a_screen_reader_hears_cells_in_words(grid: CompareGrid, comparison: ComparisonModel) -> None:
    comparison.pick(2)
    comparison.set_cell(1, 2, ComparisonCell("failed", reason="No memory"))
    table = QAccessible.queryAccessibleInterface(grid)
    assert table.role() == QAccessible.Role.Table
    assert table.childCount() == (2 + 1) * (3 + 1)  # prompts and epochs are its headers
    spoken = [
        grid.model().index(row, column).data(Qt.ItemDataRole.AccessibleTextRole) for row, column in ((0, 1), (1, 2))
    ]
    assert spoken == ["Epoch 4, a cat", "Epoch 8, a dog, could not be drawn, your pick"]


def test_a_dragged_picture_is_a_real_file(grid: CompareGrid) -> None:
    model = grid.model()
    assert model.mimeData([model.index(0, 1)]).urls() == [QUrl.fromLocalFile("/run/0-1.png")]


def test_nothing_lies_over_the_titles(grid: CompareGrid) -> None:
    assert grid.childAt(grid._column_left(0) + 5, 5) is grid.viewport()


def test_a_picture_is_painted(grid: CompareGrid, qtbot: QtBot) -> None:
    middle = grid.visualRect(grid.model().index(0, 1)).center()
    qtbot.waitUntil(lambda: grid.grab().toImage().pixelColor(middle).name() == "#ff0000")


# ── The model ─────────────────────────────────────────────────────────────────────────────────────────────


class WrittenRun(QObject):
    """A run as the comparison reads it."""

    samples_changed = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        config = validated({"preview": {"prompts": ["a cat", "a dog"], "seed": 7}})
        self.facts = RunFacts(config, None)
        self.run = RunFolder(Path("/run"))
        self.epoch_ends = {1: 10, 2: 20}
        self.sampled_now: int | None = None
        self.shots = {epoch: [SampleShot(epoch, 0, Path(f"/{epoch}"), "a cat", 7, 1)] for epoch in (0, 1)}

    @property
    def sampled_epochs(self) -> list[int]:
        return sorted(self.shots)

    def samples(self, epoch: int) -> list[SampleShot]:
        return self.shots.get(epoch, [])


def compared(saved: list[Verdicts], verdicts: Verdicts = Verdicts()) -> EpochComparison:  # noqa: B008
    run = WrittenRun()
    drawings = Drawings(run, Path("/nowhere"), run)  # type: ignore[arg-type]
    return EpochComparison(run, verdicts, saved.append, drawings, drawings)  # type: ignore[arg-type]


def test_epochs_stand_beside_the_base_alone() -> None:
    model = compared([])
    assert [column.title for column in model.columns] == ["Off", "Epoch 1", "Epoch 2"]
    assert model.rows == ROWS
    assert model.cell(0, 1) == ComparisonCell("picture", Path("/1"), 1)
    assert model.cell(1, 1) == MISSING


def test_only_the_chosen_epochs_are_shown_and_the_base_always() -> None:
    model = compared([])
    model.show_epochs((2,))
    assert [column.value for column in model.columns] == [0, 2]


def test_a_pick_and_stars_are_kept_and_found_again() -> None:
    saved: list[Verdicts] = []
    model = compared(saved)
    model.pick(2)
    model.rate(1, 4)
    model.rate(1, 4)
    assert saved == [Verdicts(2, {}), Verdicts(2, {1: 4})]
    again = compared([], saved[-1])
    assert (again.picked_column, again.stars(1), again.stars(2)) == (2, 4, 0)


def test_the_base_alone_cannot_be_picked() -> None:
    saved: list[Verdicts] = []
    model = compared(saved)
    model.pick(0)
    assert (model.picked, saved) == (None, [])


def test_a_cell_that_waits_keeps_its_state_when_an_epoch_arrives(comparison: ComparisonModel) -> None:
    comparison.set_cell(0, 2, ComparisonCell("drawing"))
    comparison.lay_out([*COLUMNS[:2], ComparisonColumn(6.0, "Epoch 6"), COLUMNS[2]], ROWS)
    assert comparison.cell(0, 3).state == "drawing"
    assert comparison.cell(0, 2) == MISSING
