"""The epochs of a run as a strip of small pictures: before, each epoch, and a dashed place for the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.theme import fonts, tokens
from ui.widgets.picture_painting import paint_icon, paint_picture, paint_selected_ring, paint_skeleton
from ui.widgets.picture_store import PictureStore

Index = QModelIndex | QPersistentModelIndex
SMALLEST, LARGEST = 58, 74  # widths; more epochs than fit are scrolled
SHAPE = 0.73
GAP = 8
LABEL_GAP = 6


@dataclass(frozen=True, slots=True)
class EpochThumb:
    """One picture of the strip; epoch 0 is the base alone."""

    epoch: int
    path: Path | None
    version: int = 0


class StripRole(IntEnum):
    """Data roles of `EpochList`."""

    THUMB = Qt.ItemDataRole.UserRole + 1  # an EpochThumb, or None for the next one


class EpochList(QAbstractListModel):
    """The epochs there are, then the next one while it is awaited."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbs: list[EpochThumb] = []
        self._next: str | None = None

    def show_epochs(self, thumbs: Sequence[EpochThumb], next_words: str | None) -> None:
        """Show these epochs; `next_words` say when the next one comes, None that there is no next."""
        count, awaited = len(self._thumbs), self._next is not None
        shorter = len(thumbs) + (next_words is not None) < count + awaited
        if shorter:
            self.beginResetModel()
            self._thumbs, self._next = list(thumbs), next_words
            self.endResetModel()
            return
        grown = len(thumbs) + (next_words is not None) - count - awaited
        if grown:
            self.beginInsertRows(QModelIndex(), count + awaited, count + awaited + grown - 1)
        self._thumbs, self._next = list(thumbs), next_words
        if grown:
            self.endInsertRows()
        if self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def row_of(self, epoch: int) -> int | None:
        return next((row for row, thumb in enumerate(self._thumbs) if thumb.epoch == epoch), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._thumbs) + (self._next is not None)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        thumb = self._thumbs[index.row()] if index.row() < len(self._thumbs) else None
        if role == StripRole.THUMB:
            return thumb
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        spoken = role == Qt.ItemDataRole.AccessibleTextRole
        if thumb is None:
            return self.tr("Next samples: {when}").format(when=self._next) if spoken else self._next
        if thumb.epoch == 0:
            return self.tr("Before training") if spoken else self.tr("Before")
        number = QLocale().toString(thumb.epoch)
        return self.tr("Epoch {epoch}").format(epoch=number) if spoken else number

    def flags(self, index: Index) -> Qt.ItemFlag:
        is_next = index.row() >= len(self._thumbs)
        return Qt.ItemFlag.NoItemFlags if is_next else super().flags(index)


class EpochDelegate(QStyledItemDelegate):
    """Paints one epoch: its picture and its number."""

    def __init__(self, store: PictureStore, parent: QWidget) -> None:
        super().__init__(parent)
        self._store = store
        self.width = LARGEST

    @property
    def thumb_size(self) -> QSize:
        return QSize(self.width, round(self.width * SHAPE))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        current = tokens.current()
        radius = current.sizes.radius_button
        cell: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        picture = QRect(cell.topLeft(), self.thumb_size)
        thumb: EpochThumb | None = index.data(StripRole.THUMB)
        if thumb is None:
            self._paint_next(painter, picture, radius)
        elif thumb.path is None:
            paint_skeleton(painter, picture, radius)
        else:
            ratio = painter.device().devicePixelRatioF()
            paint_picture(painter, picture, self._store, thumb.path, radius, ratio, thumb.version)
        if selected:
            paint_selected_ring(painter, picture, radius)
        font = fonts.ui_font("small", tabular=True)
        font.setBold(selected)
        painter.setFont(font)
        painter.setPen(current.color("text" if selected else "muted"))
        label = cell.adjusted(0, self.thumb_size.height() + LABEL_GAP, -GAP, 0)
        words = QFontMetrics(font).elidedText(index.data(), Qt.TextElideMode.ElideRight, label.width())
        painter.drawText(label, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)

    def _paint_next(self, painter: QPainter, picture: QRect, radius: float) -> None:
        pen = QPen(tokens.current().color("line"), 1.5)
        pen.setDashPattern([4, 3])
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(picture).adjusted(1, 1, -1, -1), radius, radius)
        painter.restore()
        paint_icon(painter, picture, "clock", "muted", 18)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        words = QFontMetrics(fonts.ui_font("small")).height()
        return QSize(self.width + GAP, self.thumb_size.height() + LABEL_GAP + words)


class EpochStrip(QListView):
    """Epochs to look through, by click or arrow keys. It follows the newest epoch until another one is chosen."""

    epoch_selected = Signal(int)

    def __init__(self, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._epochs = EpochList(self)
        self._follows_newest = True
        self.setModel(self._epochs)
        self._delegate = EpochDelegate(store, self)
        self.setItemDelegate(self._delegate)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setProperty("frameless", True)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(self.tr("Epochs"))
        self.selectionModel().currentChanged.connect(self._choose)
        store.arrived.connect(self.viewport().update)
        tokens.changed.connect(self._take_theme)
        self._take_theme()

    def show_epochs(self, thumbs: Sequence[EpochThumb], next_words: str | None = None) -> None:
        """Show these epochs. `next_words`, such as "3 min", say when the next comes; None: there is no next."""
        self._epochs.show_epochs(thumbs, next_words)
        self._fit()
        if thumbs and (self._follows_newest or self.epoch is None):
            self._select_row(len(thumbs) - 1)

    @property
    def epoch(self) -> int | None:
        """The epoch that is shown, or None."""
        thumb = self.currentIndex().data(StripRole.THUMB) if self.currentIndex().isValid() else None
        return thumb.epoch if thumb is not None else None

    def select_epoch(self, epoch: int) -> None:
        """Choose an epoch; nothing happens if there is none such."""
        row = self._epochs.row_of(epoch)
        if row is not None:
            self._select_row(row)

    def _select_row(self, row: int) -> None:
        index = self._epochs.index(row)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(self._epochs.index(self._epochs.rowCount() - 1) if self._follows_newest else index)

    def _choose(self, index: QModelIndex) -> None:
        thumb: EpochThumb | None = index.data(StripRole.THUMB)
        if thumb is None:
            return
        newest = self._epochs.index(index.row() + 1).data(StripRole.THUMB) is None
        self._follows_newest = newest
        self.epoch_selected.emit(thumb.epoch)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """Make the pictures as wide as all of them fit, within limits."""
        count = max(1, self._epochs.rowCount())
        width = min(LARGEST, max(SMALLEST, (self.viewport().width() + GAP) // count - GAP))
        if width != self._delegate.width:
            self._delegate.width = width
            self.scheduleDelayedItemsLayout()

    def _take_theme(self) -> None:
        words = QFontMetrics(fonts.ui_font("small")).height()
        self.setFixedHeight(round(LARGEST * SHAPE) + LABEL_GAP + words + 2)
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
