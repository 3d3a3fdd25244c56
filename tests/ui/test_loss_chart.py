import subprocess
import sys
import time
from collections.abc import Mapping

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.models.run_record import LossSeries
from ui.theme.appearance import Appearance
from ui.widgets.loss_chart import LossChart, round_range, spans, thinned


def series(count: int, loss: float = 0.1) -> LossSeries:
    made = LossSeries()
    for step in range(1, count + 1):
        made.record(step, loss + 0.02 * (step % 3))
    return made


def draw(chart: LossChart, made: LossSeries, ends: Mapping[int, int], total: int | None, epochs: int) -> None:
    chart.show_loss(made, ends, total, epochs)
    QApplication.processEvents()  # the lines come in a turn of their own


@pytest.fixture
def chart(qtbot: QtBot) -> LossChart:
    made = LossChart()
    qtbot.addWidget(made)
    made.resize(400, 220)
    made.show()
    return made


def test_pyqtgraph_is_imported_when_the_first_chart_is_shown_and_not_before() -> None:
    words = "import sys, ui.widgets.loss_chart; sys.exit('pyqtgraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


def test_a_chart_without_steps_says_so(chart: LossChart) -> None:
    chart.show_loss(LossSeries(), {}, 100, 4)
    assert chart.accessibleName() == "Loss, no steps yet"
    assert chart._plot is None


def test_the_lines_are_made_in_a_turn_of_their_own(chart: LossChart) -> None:
    chart.show_loss(series(50), {}, 300, 12)
    assert chart._plot is None
    assert not chart._hint.isVisible()
    QApplication.processEvents()
    assert chart._plot is not None
    assert chart._plot.widget.isVisible()


def test_the_axis_begins_with_a_word_and_counts_epochs(chart: LossChart) -> None:
    draw(chart, series(50), {1: 25}, 300, 12)
    assert chart._plot is not None
    ticks = chart._plot._item.getAxis("bottom")._tickLevels[0]
    assert ticks == [(0.0, "start"), *((300 * epoch / 12, str(epoch)) for epoch in (2, 4, 6, 8, 10, 12))]


@pytest.mark.parametrize(("height_px", "shown"), [(220, ["0.10", "0.12", "0.14", "0.16"]), (70, ["0.10", "0.16"])])
def test_where_lines_lie_close_only_the_outer_ones_have_a_number(
    chart: LossChart, height_px: int, shown: list[str]
) -> None:
    chart.setMinimumHeight(60)
    draw(chart, series(50), {}, 300, 12)
    chart.resize(400, height_px)
    assert chart._plot is not None
    assert [words for _, words in chart._plot._item.getAxis("left")._tickLevels[0]] == shown


def test_a_finished_epoch_gets_a_dot(chart: LossChart) -> None:
    draw(chart, series(50), {1: 25, 2: 75}, 300, 12)
    assert chart._plot is not None
    assert list(chart._plot._dots.getData()[0]) == [25.0]


def between(low: float, high: float) -> LossSeries:
    made = LossSeries()
    for step in range(1, 200):
        made.record(step, low if step % 2 else high)
    return made


def test_the_range_stays_while_the_lines_stay_inside(chart: LossChart) -> None:
    draw(chart, between(0.0, 0.12), {}, 300, 12)
    assert chart._plot is not None
    before = chart._plot._range
    draw(chart, between(0.03, 0.10), {}, 300, 12)
    assert chart._plot._range == before
    draw(chart, between(0.5, 0.9), {}, 300, 12)
    assert chart._plot._range != before


def test_hovering_reads_the_values(chart: LossChart, qtbot: QtBot) -> None:
    losses = series(50)
    draw(chart, losses, {}, 50, 2)
    plot = chart._plot
    assert plot is not None
    plot.widget.underMouse = lambda: True
    box = plot._item.getViewBox()
    qtbot.waitUntil(lambda: box.width() > 100)
    plot._show_hover((box.mapViewToScene(QPointF(20, 0.1)),))
    assert plot._hover.text() == f"Step 20: {losses.smoothed[19]:.4f} smoothed, {losses.raw[19]:.4f} raw"


def test_the_table_has_the_same_numbers(chart: LossChart) -> None:
    losses = series(3)
    draw(chart, losses, {}, 10, 1)
    chart.show_table(True)
    assert chart.is_table_shown
    model = chart.table.model()
    assert [model.index(2, column).data() for column in range(3)] == ["3", "0.1000", f"{losses.smoothed[2]:.4f}"]
    losses.record(4, 0.5)
    draw(chart, losses, {}, 10, 1)
    assert model.rowCount() == 4
    losses.record(2, 0.5)
    draw(chart, losses, {}, 10, 1)
    assert model.rowCount() == 2


def test_a_change_of_theme_recolours_the_lines(chart: LossChart, appearance: Appearance) -> None:
    draw(chart, series(20), {}, 50, 2)
    assert chart._plot is not None
    dark = chart._plot._smoothed.opts["pen"].color().name()
    appearance.set_choice("light")
    assert chart._plot._smoothed.opts["pen"].color().name() != dark


def test_twenty_thousand_steps_are_updated_quickly(chart: LossChart) -> None:
    losses = series(20_000)
    draw(chart, losses, {}, 20_000, 20)
    times = []
    for step in range(20_001, 20_021):
        losses.record(step, 0.1)
        began = time.thread_time()
        chart.show_loss(losses, {}, 21_000, 20)
        times.append(time.thread_time() - began)
    assert sorted(times)[10] < 0.04


def test_thinning_keeps_the_last_point() -> None:
    x, _ = thinned(np.arange(1000.0), np.zeros(1000), 100)
    assert len(x) <= 100
    assert x[-1] == 999


def test_strokes_keep_the_extremes_of_every_few_points() -> None:
    x, y = spans(np.arange(6.0), np.array([1.0, 5, 2, 4, np.nan, 3]), 3)
    assert list(x) == [0, 0, 2, 2, 4, 4]
    assert list(y) == [1, 5, 2, 4, 3, 3]


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.055, 0.155, (0.04, 0.16)), (0.0, 0.9, (0.0, 0.9)), (0.1, 0.1, (0.1, 0.1003))]
)
def test_the_range_has_round_lines(low: float, high: float, expected: tuple[float, float]) -> None:
    assert round_range(low, high) == pytest.approx(expected, abs=1e-3)


def test_the_table_is_named_for_screen_readers(chart: LossChart) -> None:
    assert chart.table.accessibleName() == "Loss of each step"
    assert chart.table.model().headerData(1, Qt.Orientation.Horizontal) == "Loss"
