"""The comparison grid: prompts down, epochs or strengths across, first column and header always in view.

It is a table view, so keyboard, selection and screen readers work as in any table; only geometry and painting are its
own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import (
    QDrag,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QTableView, QWidget

from ui.models import shortcuts
from ui.models.comparison import ComparisonCell, ComparisonModel
from ui.theme import fonts, tokens
from ui.theme.motion import Beat
from ui.widgets.labels import as_tooltip
from ui.widgets.picture_painting import (
    fill,
    paint_badge,
    paint_icon,
    paint_picture,
    paint_ring,
    paint_selected_ring,
    paint_skeleton,
    rounded,
)
from ui.widgets.picture_store import PictureStore

Index = QModelIndex | QPersistentModelIndex
GAP = 8
BAND = 4  # how far the band of the picked column reaches beyond its pictures
SMALLEST_CELL = 72
LARGEST_CELL = 240
ICON = 18
NOTE_FLAGS = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
SHIMMER_MS = 60
SHIMMER_STEPS = 24


class ComparisonTable(QAbstractTableModel):
    """A `ComparisonModel` as a table, for the view and for screen readers."""

    def __init__(self, comparison: ComparisonModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.comparison = comparison
        comparison.columns_changed.connect(self._start_over)
        comparison.cell_changed.connect(self._tell_cell)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.comparison.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.comparison.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if index.isValid() and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.comparison.spoken(index.row(), index.column())
        if index.isValid() and role == Qt.ItemDataRole.ToolTipRole:
            cell = self.comparison.cell(index.row(), index.column())
            return as_tooltip(cell.reason or cell.note)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Horizontal:
            column = self.comparison.columns[section]
            return f"{column.title}, {column.note}" if column.note else column.title
        return self.comparison.rows[section].prompt

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        cells = [self.comparison.cell(index.row(), index.column()) for index in indexes]
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(cell.path)) for cell in cells if cell.path is not None])
        return data

    def _start_over(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _tell_cell(self, row: int, column: int) -> None:
        index = self.index(row, column)
        self.dataChanged.emit(index, index)


class CompareGrid(QTableView):
    """Pictures to compare.

    Moving shows a cell, Enter opens it, holding Space flips it, either asks to draw it where it is missing; P picks its
    column, and 0 to 5 rate it.
    """

    cell_shown = Signal(int, int)  # row, column: the current cell changed
    cell_activated = Signal(int, int)
    pick_requested = Signal(int)  # column
    draw_requested = Signal(int, int)
    rating_requested = Signal(int, int)  # column, stars
    flip_held = Signal(bool)  # while Space is held on a picture

    def __init__(self, comparison: ComparisonModel, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison = comparison
        self._store = store
        self._cell = SMALLEST_CELL
        self._note_height = 0
        self._shimmer = 0
        self._is_flipping = False
        self._flip_key = 0
        self._shimmer_beat = Beat(SHIMMER_MS, self._move_shimmer, self)
        self.setModel(ComparisonTable(comparison, self))
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        for corner in self.findChildren(QAbstractButton):  # the table's own, which would cover the first title
            corner.hide()
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setProperty("frameless", True)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(self.tr("Comparison"))
        comparison.columns_changed.connect(self._lay_out)
        comparison.cell_changed.connect(self._cell_changed)
        comparison.pick_changed.connect(self.viewport().update)
        store.arrived.connect(self.viewport().update)
        store.failed.connect(self.viewport().update)
        tokens.changed.connect(self._lay_out)
        self._lay_out()

    # ── Geometry: in content pixels, before scrolling ─────────────────────────────────────────────────────

    def _header_height(self) -> int:
        return BAND + QFontMetrics(fonts.ui_font("strong")).height() + self._note_height + 8

    def _label_height(self) -> int:
        return QFontMetrics(fonts.ui_font("small")).height() + 8

    def _column_left(self, column: int) -> int:
        """Where a column begins in the viewport; the first one stays."""
        left = BAND + column * (self._cell + GAP)
        return left if column == 0 else left - self.horizontalScrollBar().value()

    def _row_top(self, row: int) -> int:
        """Where a row, its prompt included, begins in the viewport."""
        height = self._label_height() + self._cell + GAP
        return self._header_height() + row * height - self.verticalScrollBar().value()

    def _picture_rect(self, row: int, column: int) -> QRect:
        return QRect(self._column_left(column), self._row_top(row) + self._label_height(), self._cell, self._cell)

    def _size_cells(self, columns: int, rows: int, width: int) -> int:
        """Make the cells as large as fits into this width; the height of the whole grid then."""
        fitting = (width - 2 * BAND + GAP) // max(1, columns) - GAP
        self._cell = min(LARGEST_CELL, max(tokens.current().scaled(SMALLEST_CELL), fitting))
        self._note_height = self._measure_notes()
        return self._header_height() + rows * (self._label_height() + self._cell + GAP)

    def _lay_out(self) -> None:
        columns, rows = len(self._comparison.columns), len(self._comparison.rows)
        room = self.maximumViewportSize()  # the viewport's own width would change with the bar, and the bar with it
        high = self._size_cells(columns, rows, room.width())
        if high > room.height():
            high = self._size_cells(columns, rows, room.width() - self.verticalScrollBar().sizeHint().width())
        wide = 2 * BAND + columns * (self._cell + GAP) - GAP
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        # What is left beside the bars that are needed; those of a moment ago must not keep each other.
        room.setHeight(room.height() - (across.sizeHint().height() if wide > room.width() else 0))
        room.setWidth(room.width() - (down.sizeHint().width() if high > room.height() else 0))
        across.setRange(0, max(0, wide - room.width()))
        across.setPageStep(room.width())
        across.setSingleStep(self._cell + GAP)
        down.setRange(0, max(0, high - room.height()))
        down.setPageStep(room.height())
        down.setSingleStep(self._cell // 2)
        self._cell_changed()
        self.viewport().update()

    def _measure_notes(self) -> int:
        """The height of the longest words under a title, in as many lines as they need."""
        metrics = QFontMetrics(fonts.ui_font("small"))
        notes = [self.tr("Your pick"), *(column.note for column in self._comparison.columns)]
        room = QRect(0, 0, self._cell, metrics.height())
        return max(metrics.boundingRect(room, NOTE_FLAGS, note).height() for note in notes)

    def visualRect(self, index: Index) -> QRect:
        return self._picture_rect(index.row(), index.column()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        if point.y() < self._header_height():
            return QModelIndex()
        for row in range(len(self._comparison.rows)):
            for column in range(len(self._comparison.columns)):  # the first column first: it lies on top
                if self._picture_rect(row, column).contains(point):
                    return self.model().index(row, column)
        return QModelIndex()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if not index.isValid():
            return
        rect = self._picture_rect(index.row(), index.column())
        down, across = self.verticalScrollBar(), self.horizontalScrollBar()
        above = self._header_height() + self._label_height() - rect.top()
        below = rect.bottom() + GAP - self.viewport().height()
        down.setValue(down.value() + (-above if above > 0 else max(0, below)))
        if index.column():
            before = self._column_left(0) + self._cell + GAP - rect.left()
            after = rect.right() + BAND + 1 - self.viewport().width()
            across.setValue(across.value() + (-before if before > 0 else max(0, after)))

    def horizontalOffset(self) -> int:
        return self.horizontalScrollBar().value()

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        rows, columns = len(self._comparison.rows), len(self._comparison.columns)
        if not rows or not columns:
            return QModelIndex()
        current = self.currentIndex()
        if not current.isValid():
            return self.model().index(0, 0)
        actions = QAbstractItemView.CursorAction
        down, across = {
            actions.MoveUp: (-1, 0),
            actions.MoveDown: (1, 0),
            actions.MoveLeft: (0, -1),
            actions.MoveRight: (0, 1),
            actions.MovePrevious: (0, -1),
            actions.MoveNext: (0, 1),
            actions.MoveHome: (0, -columns),
            actions.MoveEnd: (0, columns),
            actions.MovePageUp: (-rows, 0),
            actions.MovePageDown: (rows, 0),
        }[action]
        row = min(rows - 1, max(0, current.row() + down))
        return self.model().index(row, min(columns - 1, max(0, current.column() + across)))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        index = self.indexAt(rect.center())
        self.selectionModel().select(QItemSelection(index, index), command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for index in selection.indexes():
            region += self.visualRect(index)
        return region

    def updateGeometries(self) -> None:
        """The table view's own would set the scroll bars by its rows and columns."""
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def scrollContentsBy(self, across: int, down: int) -> None:
        self.viewport().update()  # parts of it stay where they are

    # ── Acting ────────────────────────────────────────────────────────────────────────────────────────────

    def select_cell(self, row: int, column: int) -> None:
        """Make a cell the current one and bring it into view."""
        self.setCurrentIndex(self.model().index(row, column))

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()
        if current.isValid():
            self.cell_shown.emit(current.row(), current.column())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.currentIndex()
        if not current.isValid():
            super().keyPressEvent(event)
            return
        match shortcuts.pressed(event, "compare"):
            case "flip" if self._comparison.cell(current.row(), current.column()).state == "picture":
                self._flip_key = event.key()
                self._flip(True)
            case "flip" | "cell_open":
                self._activate(current.row(), current.column())
            case action if action.startswith("stars_"):
                self.rating_requested.emit(current.column(), int(action.removeprefix("stars_")))
            case "pick":
                self.pick_requested.emit(current.column())
            case _:
                super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == self._flip_key and not event.isAutoRepeat():
            self._flip(False)
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._flip(False)  # the key is let go elsewhere
        super().focusOutEvent(event)

    def _flip(self, is_held: bool) -> None:
        if is_held != self._is_flipping:
            self._is_flipping = is_held
            self.flip_held.emit(is_held)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        point = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        index = self.indexAt(point)
        if index.isValid():
            cell = self._comparison.cell(index.row(), index.column())
            waits = cell.state in ("missing", "failed")
            if waits and self._button_rect(self.visualRect(index)).contains(point):
                self._activate(index.row(), index.column())
        elif point.y() < self._header_height():
            self._pick_at(point)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self._comparison.cell(index.row(), index.column()).state == "picture":
            self.cell_activated.emit(index.row(), index.column())

    def startDrag(self, supported: Qt.DropAction) -> None:
        data = self.model().mimeData([self.currentIndex()])
        if data.urls():
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.exec(Qt.DropAction.CopyAction)

    def _activate(self, row: int, column: int) -> None:
        match self._comparison.cell(row, column).state:
            case "picture":
                self.cell_activated.emit(row, column)
            case "missing" | "failed":
                self.draw_requested.emit(row, column)
            case "drawing":
                pass

    def _pick_at(self, point: QPoint) -> None:
        for column in range(len(self._comparison.columns)):
            left = self._column_left(column)
            if left <= point.x() < left + self._cell:
                self.pick_requested.emit(column)
                return

    def _cell_changed(self) -> None:
        places = range(len(self._comparison.rows)), range(len(self._comparison.columns))
        drawing = any(
            self._comparison.cell(row, column).state == "drawing" for row in places[0] for column in places[1]
        )
        if drawing:
            self._shimmer_beat.start()
        else:
            self._shimmer_beat.stop()

    def _move_shimmer(self) -> None:
        self._shimmer = (self._shimmer + 1) % SHIMMER_STEPS
        self.viewport().update()

    # ── Painting ──────────────────────────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        columns = len(self._comparison.columns)
        header = self._header_height()
        moving = QRect(
            self._column_left(0) + self._cell + GAP // 2, 0, self.viewport().width(), self.viewport().height()
        )
        painter.setClipRect(moving)
        self._paint_band(painter)
        for column in range(1, columns):
            self._paint_title(painter, column)
        painter.setClipRect(moving & QRect(0, header, self.viewport().width(), self.viewport().height()))
        for column in range(1, columns):
            self._paint_column(painter, column)
        painter.setClipping(False)
        if columns:
            self._paint_title(painter, 0)
        painter.setClipRect(QRect(0, header, self.viewport().width(), self.viewport().height()))
        if columns:
            self._paint_column(painter, 0)
        self._paint_prompts(painter)

    def _paint_band(self, painter: QPainter) -> None:
        """The picked column, from its title down to the last picture."""
        column = self._comparison.picked_column
        if column is None or not self._comparison.rows:
            return
        bottom = self._picture_rect(len(self._comparison.rows) - 1, column).bottom() + BAND
        band = QRect(
            self._column_left(column) - BAND, 0, self._cell + 2 * BAND, min(bottom, self.viewport().height() - 1)
        )
        radius = tokens.current().sizes.radius_picture
        fill(painter, band, radius, "soft")
        paint_ring(painter, band, radius, "accent", 2)

    def _paint_title(self, painter: QPainter, column: int) -> None:
        current = tokens.current()
        shown = self._comparison.columns[column]
        picked = column == self._comparison.picked_column
        strong, small = fonts.ui_font("strong"), fonts.ui_font("small")
        place = QRect(self._column_left(column), BAND + 2, self._cell, QFontMetrics(strong).height())
        painter.setFont(strong)
        painter.setPen(current.color("accent" if picked else "text"))
        self._draw_line(painter, place, shown.title)
        note = self.tr("Your pick") if picked else shown.note
        small.setBold(picked)
        painter.setFont(small)
        painter.setPen(current.color("accent" if picked else "warn" if shown.tone == "warn" else "muted"))
        painter.drawText(QRect(place.left(), place.bottom() + 2, self._cell, self._note_height), NOTE_FLAGS, note)

    def _paint_column(self, painter: QPainter, column: int) -> None:
        radius = tokens.current().sizes.radius_button
        for row in range(len(self._comparison.rows)):
            place = self._picture_rect(row, column)
            if place.intersects(self.viewport().rect()):
                self._paint_cell(painter, place, self._comparison.cell(row, column), radius)
                if self.currentIndex().row() == row and self.currentIndex().column() == column:
                    paint_selected_ring(painter, place, radius)

    def _paint_cell(self, painter: QPainter, place: QRect, cell: ComparisonCell, radius: int) -> None:
        if cell.state == "picture" and cell.path is not None:
            ratio = self.viewport().devicePixelRatioF()
            paint_picture(painter, place, self._store, cell.path, radius, ratio, cell.version)
            if cell.note:
                paint_badge(painter, place, "warning", "warn", "warnsoft")
        elif cell.state == "drawing":
            self._paint_drawing(painter, place, radius)
        elif cell.state == "failed":
            reason = cell.reason or self.tr("Could not be drawn")
            self._paint_waiting(painter, place, radius, reason, self.tr("Try again"), "warn")
        else:
            self._paint_waiting(painter, place, radius, self.tr("Not drawn"), self.tr("Draw"), "muted")

    def _paint_drawing(self, painter: QPainter, place: QRect, radius: int) -> None:
        current = tokens.current()
        paint_skeleton(painter, place, radius)
        light = QLinearGradient(0, 0, place.width(), 0)
        left = place.left() + place.width() * (2 * self._shimmer / SHIMMER_STEPS - 1)
        light.setStart(left, 0)
        light.setFinalStop(left + place.width(), 0)
        light.setColorAt(0, current.color("hover", 0.0))
        light.setColorAt(0.5, current.color("hover"))
        light.setColorAt(1, current.color("hover", 0.0))
        painter.fillPath(rounded(QRectF(place), radius), light)

    def _paint_waiting(self, painter: QPainter, place: QRect, radius: int, words: str, action: str, token: str) -> None:
        """An empty place with what is the matter and a button that mends it."""
        current = tokens.current()
        pen = QPen(current.color("line" if token == "muted" else token), 1)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        button = self._button_rect(place)
        text = QRect(place.left() + 8, place.top() + 8, place.width() - 16, button.top() - place.top() - 12)
        painter.setFont(fonts.ui_font("small"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        needed = painter.boundingRect(QRect(0, 0, text.width(), 1), flags, words).height()
        if token == "warn" and needed + ICON <= text.height():
            paint_icon(painter, QRect(text.left(), text.top(), text.width(), ICON), "warning", "warn", ICON - 2)
            text.setTop(text.top() + ICON)
        if needed > text.height():  # the whole of it is in the tooltip
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            line = painter.fontMetrics().lineSpacing()
            text.setHeight(text.height() // line * line)
        painter.setPen(current.color("text2" if token == "warn" else "muted"))
        painter.drawText(text, flags, words)
        fill(painter, button, current.sizes.radius_segment, "raised")
        paint_ring(painter, button, current.sizes.radius_segment, "line", 1)
        painter.setPen(current.color("text"))
        self._draw_line(painter, button, action)

    def _button_rect(self, place: QRect) -> QRect:
        height = tokens.current().scaled(28)
        width = min(place.width() - 16, tokens.current().scaled(84))
        return QRect(place.center().x() - width // 2, place.bottom() - height - 10, width, height)

    def _paint_prompts(self, painter: QPainter) -> None:
        current = tokens.current()
        font = fonts.ui_font("small")
        metrics = QFontMetrics(font)
        painter.setFont(font)
        for row, shown in enumerate(self._comparison.rows):
            place = QRect(BAND + 2, self._row_top(row), self.viewport().width() - 2 * BAND, self._label_height())
            seed = self.tr("seed {seed}").format(seed=shown.seed)
            room = self._prompt_room() - metrics.horizontalAdvance(seed) - 24
            prompt = metrics.elidedText(shown.prompt.replace("\n", " "), Qt.TextElideMode.ElideRight, room)
            painter.setPen(current.color("text2"))
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(place, middle, prompt)
            painter.setPen(current.color("muted"))
            painter.drawText(place.adjusted(metrics.horizontalAdvance(prompt) + 10, 0, 0, 0), middle, seed)

    def _prompt_room(self) -> int:
        """How wide a prompt may be: up to the band of the picked column, where two columns lie before it."""
        picked = self._comparison.picked_column
        before_band = self._column_left(picked) - BAND if picked is not None and picked >= 2 else 0
        whole = self.viewport().width() - 2 * BAND
        return before_band if before_band >= 2 * self._cell else whole

    def _draw_line(self, painter: QPainter, place: QRect, words: str) -> None:
        line = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, line)
