"""The loss over the run: raw faint, smoothed bold, a dot for each epoch; and the same numbers as a table.

pyqtgraph takes half a second to import, so it is imported when the first chart is shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    Qt,
    QTimer,
)
from PySide6.QtGui import QBrush, QLinearGradient, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QLabel, QStackedLayout, QTableView, QWidget

from ui.models.run_record import LossSeries
from ui.theme import fonts, tokens
from ui.widgets.labels import Label

Index = QModelIndex | QPersistentModelIndex
Floats = NDArray[np.float64]

POINTS_SHOWN = 600  # about two for each pixel of a card's width
SETTLING_STEPS = 5  # the mean of so few says nothing yet
LINES_Y = 4
LEAST_GAP_PX = 18  # between two lines that both have their number; where they lie closer only the outer ones have it
EPOCH_LABELS = 7
DECIMALS = 4


class LossTable(QAbstractTableModel):
    """The numbers of the chart, one row for each step, for reading and for screen readers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._series = LossSeries()
        self._row_count = 0

    def show_series(self, series: LossSeries) -> None:
        """Take the numbers as they are now; only what is new is announced."""
        if series is self._series and len(series) > self._row_count:
            self.beginInsertRows(QModelIndex(), self._row_count, len(series) - 1)
            self._row_count = len(series)
            self.endInsertRows()
            return
        self.beginResetModel()
        self._series, self._row_count = series, len(series)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._row_count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 3

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = index.row()
        if not index.isValid() or row >= len(self._series):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if index.column() == 0:
            return QLocale().toString(self._series.steps[row])
        values = self._series.raw if index.column() == 1 else self._series.smoothed
        return QLocale().toString(values[row], "f", DECIMALS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return (self.tr("Step"), self.tr("Loss"), self.tr("Smoothed"))[section]


class LossChart(QWidget):
    """The loss of a run, as a picture or as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series = LossSeries()
        self._epoch_ends: Mapping[int, int] = {}
        self._total_steps = 0
        self._epochs = 0
        self._plot: _Plot | None = None
        self._table_shown = False
        self._numbers = LossTable(self)
        self.table = QTableView(self)
        self.table.setModel(self._numbers)
        self.table.setProperty("frameless", True)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setAccessibleName(self.tr("Loss of each step"))
        self._layers = QStackedLayout(self)
        self._layers.addWidget(QWidget(self))  # in sight until the lines are made
        self._hint = Label(self.tr("The line begins with the first steps."), tone="muted", parent=self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._layers.addWidget(self._hint)
        self._layers.addWidget(self.table)
        self.setMinimumSize(200, 120)
        tokens.changed.connect(self._take_theme)

    @property
    def is_table_shown(self) -> bool:
        return self._table_shown

    def show_table(self, shown: bool) -> None:
        """Show the numbers instead of the lines."""
        self._table_shown = shown
        self._refresh()

    def show_loss(
        self, series: LossSeries, epoch_ends: Mapping[int, int], total_steps: int | None, epochs: int
    ) -> None:
        """Show the series as it is now. `epoch_ends` gives the last step of each finished epoch."""
        self._series, self._epoch_ends = series, epoch_ends
        self._total_steps = max(total_steps or 0, series.steps[-1] if len(series) else 0, 1)
        self._epochs = epochs
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._plot is not None:
            self._plot.fit()

    def _refresh(self) -> None:
        self._describe()
        if not self.isVisible():  # drawn by showEvent
            return
        if self._table_shown:
            self._numbers.show_series(self._series)
            self._layers.setCurrentWidget(self.table)
        elif len(self._series) < 2:
            self._layers.setCurrentWidget(self._hint)
        elif self._plot is None:
            self._layers.setCurrentIndex(0)
            QTimer.singleShot(0, self, self._make_plot)  # in a turn of its own: it takes as long as the page around it
        else:
            self._layers.setCurrentWidget(self._plot.widget)
            self._plot.draw(self._series, self._epoch_ends, self._total_steps, self._epochs)

    def _make_plot(self) -> None:
        if self._plot is None:
            self._plot = _Plot(self)
            self._layers.addWidget(self._plot.widget)
            self._refresh()

    def _describe(self) -> None:
        if not len(self._series):
            self.setAccessibleName(self.tr("Loss, no steps yet"))
            return
        sentence = self.tr("Loss at step {step}: {smoothed} smoothed, {first} at the start")
        loss = [QLocale().toString(value, "f", DECIMALS) for value in (self._series.smoothed[-1], self._series.raw[0])]
        step = QLocale().toString(self._series.steps[-1])
        self.setAccessibleName(sentence.format(step=step, smoothed=loss[0], first=loss[1]))

    def _take_theme(self) -> None:
        if self._plot is not None:
            self._plot.take_theme()
            self._refresh()


class _Plot:
    """The lines, drawn by pyqtgraph."""

    def __init__(self, chart: LossChart) -> None:
        import pyqtgraph  # type: ignore[import-untyped]

        self._chart = chart
        self._series = LossSeries()
        self._range: tuple[float, float] | None = None
        self._axes: tuple[object, ...] = ()
        self._loss_labels: list[tuple[float, str]] = []
        self.widget = pyqtgraph.PlotWidget(chart, background=None)
        self.widget.setFrameShape(QFrame.Shape.NoFrame)
        self.widget.setStyleSheet("background: transparent; border: none;")
        for part in (self.widget, self.widget.viewport()):  # the chart around it takes the keys
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.setMenuEnabled(False)
        self.widget.setMouseEnabled(False, False)
        self.widget.hideButtons()
        self._item = self.widget.getPlotItem()
        self._item.getViewBox().setDefaultPadding(0)
        self._item.setContentsMargins(0, 8, 12, 0)
        # Lines of our own: an axis that draws a grid leaves its outermost labels out.
        self._lines = [pyqtgraph.InfiniteLine(angle=0, movable=False) for _ in range(LINES_Y)]
        for line in self._lines:
            self._item.addItem(line, ignoreBounds=True)
        self._raw = self._item.plot(connect="pairs", antialias=False)
        self._smoothed = self._item.plot(antialias=True, fillLevel=0.0)
        self._dots = pyqtgraph.ScatterPlotItem(pxMode=True)
        self._now = pyqtgraph.ScatterPlotItem(pxMode=True)
        self._hover_line = pyqtgraph.InfiniteLine(angle=90, movable=False)
        for item in (self._dots, self._now, self._hover_line):
            self._item.addItem(item, ignoreBounds=True)
        self._hover_line.hide()
        self._hover = QLabel(self.widget)
        self._hover.setTextFormat(Qt.TextFormat.PlainText)
        self._hover.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hover.hide()
        self._moves = pyqtgraph.SignalProxy(self.widget.scene().sigMouseMoved, rateLimit=60, slot=self._show_hover)
        self._pyqtgraph = pyqtgraph
        self.take_theme()

    def take_theme(self) -> None:
        """Take colours and fonts of the theme in force."""
        current = tokens.current()
        make_pen = self._pyqtgraph.mkPen
        self._raw.setPen(make_pen(current.color("v1", 0.28), width=1))
        self._smoothed.setPen(make_pen(current.color("v1"), width=2.5))
        self._dots.setPen(make_pen(current.color("card"), width=2))
        self._dots.setBrush(current.color("v1"))
        self._now.setPen(make_pen(current.color("v1", 0.3), width=7))
        self._now.setBrush(current.color("v1"))
        self._hover_line.setPen(make_pen(current.color("line"), width=1))
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setPen(None)
            axis.setTextPen(current.color("muted"))
            axis.setStyle(
                tickFont=fonts.ui_font("small", tabular=True),
                tickLength=0,
                tickTextOffset=8,
                hideOverlappingLabels=current.scaled(24),
            )
        for line in self._lines:
            line.setPen(make_pen(current.color("border"), width=1))
        self._item.getAxis("left").setWidth(current.scaled(42))
        self._item.getAxis("bottom").setHeight(current.scaled(24))
        self._hover.setFont(fonts.ui_font("small", tabular=True))
        self._hover.setStyleSheet(
            f"background: {current.raised}; color: {current.text}; border: 1px solid {current.line};"
            f"border-radius: {current.sizes.radius_segment}px; padding: 4px 8px;"
        )
        self._axes = ()

    def draw(self, series: LossSeries, epoch_ends: Mapping[int, int], total_steps: int, epochs: int) -> None:
        self._series = series
        steps, raw = np.array(series.steps, float), np.array(series.raw, float)
        smoothed = np.array(series.smoothed, float)
        low, high = self._fit_range(raw, smoothed)
        self._set_axes(low, high, total_steps, epochs)
        self._raw.setData(*spans(steps, raw, POINTS_SHOWN), connect="pairs")
        first = min(SETTLING_STEPS, len(steps) // 2)
        x, y = thinned(steps[first:], smoothed[first:], POINTS_SHOWN)
        self._smoothed.setData(x, y)
        self._smoothed.setFillLevel(low)
        self._smoothed.setBrush(self._fade(low, high))
        ends = np.searchsorted(steps, [step for step in epoch_ends.values() if len(steps) and step <= steps[-1]])
        ends = ends[ends < len(steps)]
        self._dots.setData(steps[ends], smoothed[ends], size=10)
        self._now.setData(steps[-1:], smoothed[-1:], size=9)

    def _fit_range(self, raw: Floats, smoothed: Floats) -> tuple[float, float]:
        """A range of round numbers that stays until the lines leave it or use less than half of it."""
        finite = raw[np.isfinite(raw)]
        if not len(finite):
            return self._range or (0.0, 1.0)
        # The tips of the raw line may be cut off, the smoothed line never.
        settled = smoothed[min(SETTLING_STEPS, len(smoothed) // 2) :]
        low = min(float(np.percentile(finite, 1)), float(np.nanmin(settled)))
        high = max(float(np.percentile(finite, 98)), float(np.nanmax(settled)))
        if self._range is not None:
            shown_low, shown_high = self._range
            if shown_low <= low and high <= shown_high and high - low >= (shown_high - shown_low) / 2:
                return self._range
        self._range = round_range(low, high)
        return self._range

    def _set_axes(self, low: float, high: float, total_steps: int, epochs: int) -> None:
        axes = (low, high, total_steps, epochs)
        if axes == self._axes:
            return
        self._axes = axes
        gap = (high - low) / (LINES_Y - 1)
        # A hair wider than the outer lines, or rounding would leave them out.
        self._item.setRange(xRange=(0, total_steps * 1.01), yRange=(low - gap / 50, high + gap / 50), padding=0)
        locale = QLocale()
        digits = max(0, -math.floor(math.log10(gap) + 1e-9)) if gap < 1 else 0
        ticks = [low + gap * line for line in range(LINES_Y)]
        for line, value in zip(self._lines, ticks, strict=True):
            line.setValue(value)
        self._loss_labels = [(value, locale.toString(value, "f", digits)) for value in ticks]
        self.fit()
        labels = [(0.0, _tr("start"))]
        every = max(1, math.ceil(epochs / (EPOCH_LABELS - 1)))
        for epoch in range(every, epochs + 1, every):
            labels.append((total_steps * epoch / epochs, locale.toString(epoch)))
        self._item.getAxis("bottom").setTicks([labels])

    def fit(self) -> None:
        """Put as many numbers beside the lines as there is room for."""
        height_px = self.widget.height() - self._item.getAxis("bottom").height()
        is_roomy = height_px >= (LINES_Y - 1) * tokens.current().scaled(LEAST_GAP_PX)
        shown = self._loss_labels if is_roomy else self._loss_labels[:: LINES_Y - 1]
        self._item.getAxis("left").setTicks([shown])

    def _fade(self, low: float, high: float) -> QBrush:
        fade = QLinearGradient(QPointF(0, high), QPointF(0, low))
        fade.setColorAt(0, tokens.current().color("v1", 0.22))
        fade.setColorAt(1, tokens.current().color("v1", 0.0))
        return QBrush(fade)

    def _show_hover(self, arguments: tuple[QPointF]) -> None:
        box = self._item.getViewBox()
        inside = box.sceneBoundingRect().contains(arguments[0]) and self.widget.underMouse()
        if not inside or not len(self._series):
            self._hover.hide()
            self._hover_line.hide()
            return
        step = box.mapSceneToView(arguments[0]).x()
        nearest = int(np.searchsorted(np.array(self._series.steps, float), step - 0.5))
        row = min(nearest, len(self._series) - 1)
        locale = QLocale()
        sentence = _tr("Step {step}: {smoothed} smoothed, {raw} raw")
        self._hover.setText(
            sentence.format(
                step=locale.toString(self._series.steps[row]),
                smoothed=locale.toString(self._series.smoothed[row], "f", DECIMALS),
                raw=locale.toString(self._series.raw[row], "f", DECIMALS),
            )
        )
        self._hover.adjustSize()
        left = min(arguments[0].x() + 12, self.widget.width() - self._hover.width() - 4)
        self._hover.move(round(max(0, left)), 4)
        self._hover.show()
        self._hover_line.setValue(self._series.steps[row])
        self._hover_line.show()


def thinned(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """At most about `most` points of a line, evenly chosen, the last one always among them."""
    if len(x) <= most:
        return x, y
    chosen = np.unique(np.linspace(0, len(x) - 1, most).round().astype(int))
    return x[chosen], y[chosen]


def spans(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """A noisy line as upright strokes, in pairs: from the lowest to the highest of every few points.

    Fewer than `most` points make strokes from each to the next.
    """
    if len(x) < 2:
        return np.repeat(x, 2), np.repeat(y, 2)
    if len(x) <= most:
        return np.repeat(x, 2)[1:-1], np.repeat(y, 2)[1:-1]
    size = math.ceil(len(x) / most)
    starts = np.arange(0, len(x), size)
    low, high = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    return np.repeat(x[starts], 2), np.column_stack((low, high)).ravel()


def round_range(low: float, high: float) -> tuple[float, float]:
    """The narrowest range around both whose lines, `LINES_Y` of them, are round numbers."""
    width = max(high - low, abs(high) * 1e-3, 1e-6)
    size = 10 ** math.floor(math.log10(width / (LINES_Y - 1)))
    for factor in (1, 2, 3, 4, 5, 10, 20, 50):
        gap = size * factor
        first = math.floor(low / gap + 1e-9) * gap
        if first + gap * (LINES_Y - 1) >= high - 1e-12:
            return max(0.0, first) if low >= 0 else first, first + gap * (LINES_Y - 1)
    return low, high


def _tr(text: str) -> str:
    return QCoreApplication.translate("LossChart", text)
