"""The samples of one epoch: one to eight pictures that fill the space they get, each with its prompt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDrag, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.models import shortcuts
from ui.models.run_record import SampleShot
from ui.theme import tokens
from ui.widgets.picture_painting import paint_caption, paint_picture, paint_ring, paint_skeleton
from ui.widgets.picture_store import PictureStore

Index = QModelIndex | QPersistentModelIndex
MOST = 8
GAP = 12


class SampleRole(IntEnum):
    """Data roles of `SampleList`."""

    SHOT = Qt.ItemDataRole.UserRole + 1
    PROMPT = Qt.ItemDataRole.UserRole + 2


class SampleList(QAbstractListModel):
    """One row for each prompt; rows whose sample is not drawn yet have no shot."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shots: list[SampleShot | None] = []
        self._prompts: list[str] = []

    def show_samples(self, shots: Sequence[SampleShot], prompts: Sequence[str]) -> None:
        """Show these samples, and an empty place for each prompt without one."""
        by_prompt = {shot.prompt_index: shot for shot in shots}
        count = min(MOST, max(len(prompts), max(by_prompt, default=-1) + 1))
        rows = [by_prompt.get(index) for index in range(count)]
        names = [self._prompt(shot, prompts, index) for index, shot in enumerate(rows)]
        if len(rows) == len(self._shots):
            self._shots, self._prompts = rows, names
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._shots, self._prompts = rows, names
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shots)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        prompt = self._prompts[index.row()]
        match role:
            case SampleRole.SHOT:
                return self._shots[index.row()]
            case SampleRole.PROMPT | Qt.ItemDataRole.DisplayRole:
                return prompt
            case Qt.ItemDataRole.AccessibleTextRole:
                if self._shots[index.row()] is None:
                    return self.tr("{prompt}, not drawn yet").format(prompt=prompt)
                return prompt
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        drawn = index.isValid() and self._shots[index.row()] is not None
        return super().flags(index) | (Qt.ItemFlag.ItemIsDragEnabled if drawn else Qt.ItemFlag.NoItemFlags)

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        shots = [self._shots[index.row()] for index in indexes]
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(shot.path)) for shot in shots if shot is not None])
        return data

    def _prompt(self, shot: SampleShot | None, prompts: Sequence[str], index: int) -> str:
        if shot is not None and shot.prompt:
            return shot.prompt
        return prompts[index] if index < len(prompts) else ""


class SampleDelegate(QStyledItemDelegate):
    """Paints one sample with its prompt over the lower edge."""

    def __init__(self, store: PictureStore, parent: QWidget) -> None:
        super().__init__(parent)
        self._store = store
        self._side = 1

    def lay_out(self, side: int) -> QSize:
        """Draw squares of this side; returns the size of a cell, which has the gaps at its right and below."""
        self._side = side
        return QSize(side + GAP, side + GAP)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._side + GAP, self._side + GAP)

    def picture_rect(self, cell: QRect) -> QRect:
        """Where the picture lies in its cell: samples are square."""
        return QRect(cell.left(), cell.top(), self._side, self._side)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        current = tokens.current()
        radius = current.sizes.radius_picture
        square = self.picture_rect(option.rect)
        shot: SampleShot | None = index.data(SampleRole.SHOT)
        if shot is None:
            paint_skeleton(painter, square, radius)
        else:
            ratio = painter.device().devicePixelRatioF()
            paint_picture(painter, square, self._store, shot.path, radius, ratio, shot.version)
            paint_caption(painter, square, index.data(SampleRole.PROMPT), radius)
        wanted = QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_KeyboardFocusChange
        if option.state & wanted == wanted:
            paint_ring(painter, square, radius, "accent", current.sizes.focus_width)


class SamplesView(QListView):
    """The samples of one epoch, in as many columns as show them largest. Enter or a double click opens one."""

    sample_opened = Signal(object)  # SampleShot

    def __init__(self, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples = SampleList(self)
        self.setModel(self._samples)
        self._delegate = SampleDelegate(store, self)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setProperty("frameless", True)
        self.viewport().setAutoFillBackground(False)
        self.setMinimumSize(220, 160)
        self.setAccessibleName(self.tr("Samples"))
        self.doubleClicked.connect(self._open)
        store.arrived.connect(self._paint_again)
        store.failed.connect(self._paint_again)
        tokens.changed.connect(self.viewport().update)

    def show_samples(self, shots: Sequence[SampleShot], prompts: Sequence[str]) -> None:
        """Show the samples of one epoch; prompts without one are empty places."""
        self._samples.show_samples(shots, prompts)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if shortcuts.pressed(event, "train") == "sample_open":
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def startDrag(self, supported: Qt.DropAction) -> None:
        indexes = self.selectionModel().selectedIndexes()
        data = self._samples.mimeData(indexes)
        if data.urls():
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.exec(Qt.DropAction.CopyAction)

    def _fit(self) -> None:
        count, area = self._samples.rowCount(), self.contentsRect().size()
        if not count or area.isEmpty():
            return
        columns = best_columns(count, area.width(), area.height())
        rows = math.ceil(count / columns)
        side = min((area.width() + GAP) // columns, (area.height() + GAP) // rows) - GAP
        self.setGridSize(self._delegate.lay_out(max(1, side)))
        left = max(0, area.width() - columns * (side + GAP) + GAP) // 2
        # The last cells reach out of sight by their gap; one pixel more, as the view wraps when a row fills it exactly.
        self.setViewportMargins(left, 0, left - GAP - 1, -GAP - 1)

    def _open(self, index: QModelIndex) -> None:
        shot = index.data(SampleRole.SHOT) if index.isValid() else None
        if shot is not None:
            self.sample_opened.emit(shot)

    def _paint_again(self, path: Path) -> None:
        for row in range(self._samples.rowCount()):
            shot = self._samples.index(row).data(SampleRole.SHOT)
            if shot is not None and shot.path == path:
                self.update(self._samples.index(row))


def best_columns(count: int, width: int, height: int) -> int:
    """How many columns show `count` pictures largest, judged by the square that fits into a place."""

    def side(columns: int) -> float:
        return min(width / columns, height / math.ceil(count / columns))

    return max(range(1, count + 1), key=lambda columns: (round(side(columns)), -columns))
