"""The grid of pictures: one list view and one delegate that paints everything; no widget per picture."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QDrag, QFocusEvent, QFontMetrics, QHelpEvent, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from ui.models import shortcuts
from ui.models.pictures import Issue, PictureFilter, PictureRecord, PictureRole
from ui.theme import fonts, tokens
from ui.widgets.labels import as_tooltip
from ui.widgets.picture_painting import (
    LEFT_OUT_OPACITY,
    crop_rect,
    fill,
    paint_badge,
    paint_picture,
    paint_selected_ring,
    paint_skeleton,
    paint_trim,
    paint_unreadable,
)
from ui.widgets.picture_store import PictureRequest, PictureStore, at_ratio

PADDING = 5
TEXT_GAP = 7
SMALLEST_PICTURE = 132  # as wide as fits a whole number of columns, never below
LETTERS = 200  # of a caption; no tile shows more
BATCH = 5000

BADGES: dict[Issue, tuple[str, str, str]] = {
    "unreadable": ("picture_broken", "err", "errsoft"),
    "no_caption": ("text", "warn", "warnsoft"),
    "duplicate": ("duplicate", "warn", "warnsoft"),
    "too_small": ("expand", "warn", "warnsoft"),
    "blurry": ("blur", "warn", "warnsoft"),
    "extreme_shape": ("shape", "warn", "warnsoft"),
}


class GridMode(Enum):
    """What a tile shows: the picture as a cover, or the whole of it with the part that training keeps."""

    PICTURES = "pictures"
    CROPS = "crops"


class PictureDelegate(QStyledItemDelegate):
    """Paints one picture of the grid with its name, its caption and its marks."""

    def __init__(self, store: PictureStore, pictures: PictureFilter, parent: QWidget) -> None:
        super().__init__(parent)
        self.mode = GridMode.PICTURES
        self._store = store
        self._pictures = pictures.pictures
        self._cell = QSize()
        self.read_theme()

    def read_theme(self) -> None:
        """Take the fonts of the theme in force."""
        self._name_font = fonts.ui_font("small")
        self._name_font.setBold(True)
        self._text_font = fonts.ui_font("small")
        self._name_metrics = QFontMetrics(self._name_font)
        self._text_metrics = QFontMetrics(self._text_font)

    def set_width(self, width: int) -> QSize:
        """Make tiles so wide, and as high as a square picture and words need; returns their size."""
        text = self._name_metrics.height() + 1 + self._text_metrics.height()
        self._cell = QSize(width, width + TEXT_GAP + text + 1)
        return self._cell

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self._cell

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        record: PictureRecord = index.data(PictureRole.RECORD)
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        cell: QRect = option.rect.adjusted(1, 1, -1, -1)
        if selected:
            fill(painter, cell, tokens.current().sizes.radius_picture, "soft")
        self._paint_focus(painter, cell, state)
        width = cell.width() - 2 * (PADDING - 1)
        picture = QRect(cell.left() + PADDING - 1, cell.top() + PADDING - 1, width, width)
        painter.setOpacity(LEFT_OUT_OPACITY if record.left_out else 1.0)
        if self.mode is GridMode.CROPS:
            self._paint_crop(painter, picture, record)
        else:
            self._paint_cover(painter, picture, record)
        painter.setOpacity(1.0)
        if selected:
            paint_selected_ring(painter, picture, tokens.current().sizes.radius_picture)
        if record.issues:
            paint_badge(painter, picture, *BADGES[record.issues[0]])
        elif record.left_out:
            paint_badge(painter, picture, "eye_off", "text2", "raised")
        self._paint_texts(painter, picture, record, index)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """The whole name, of which the tile may show a part."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), as_tooltip(index.data()), view, option.rect)
        return True

    def _paint_focus(self, painter: QPainter, cell: QRect, state: QStyle.StateFlag) -> None:
        wanted = QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_KeyboardFocusChange
        if state & wanted != wanted:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens.current().color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = tokens.current().sizes.radius_picture
        painter.drawRoundedRect(cell, radius, radius)
        painter.restore()

    def _paint_cover(self, painter: QPainter, picture: QRect, record: PictureRecord) -> None:
        radius = tokens.current().sizes.radius_picture
        if "unreadable" in record.issues:
            paint_unreadable(painter, picture, radius)
            return
        ratio = painter.device().devicePixelRatioF()
        paint_picture(painter, picture, self._store, record.path, radius, ratio, record.version)

    def _paint_crop(self, painter: QPainter, picture: QRect, record: PictureRecord) -> None:
        radius = tokens.current().sizes.radius_segment
        if "unreadable" in record.issues:
            paint_unreadable(painter, picture, radius)
            return
        ratio = painter.device().devicePixelRatioF()
        request = PictureRequest(record.path, picture.width(), picture.height(), radius, "contain", record.version)
        found = self._store.picture(at_ratio(request, ratio))
        if found is None:
            paint_skeleton(painter, picture, radius)
            return
        shown = QRectF(0, 0, found.width() / ratio, found.height() / ratio)
        shown.moveCenter(QRectF(picture).center())
        painter.drawPixmap(shown, found, QRectF(found.rect()))
        if record.placement is not None:
            paint_trim(painter, shown, crop_rect(record.placement, shown), radius)

    def _paint_texts(
        self, painter: QPainter, picture: QRect, record: PictureRecord, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        current = tokens.current()
        left, width = picture.left() + 2, picture.width() - 4
        name = QRect(left, picture.bottom() + TEXT_GAP, width, self._name_metrics.height())
        painter.setFont(self._name_font)
        painter.setPen(current.color("muted" if record.left_out else "text"))
        shown = self.shown_name(record, width)
        painter.drawText(name, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        text, token = self._second_line(record, index)
        line = QRect(left, name.bottom() + 2, width, self._text_metrics.height())
        painter.setFont(self._text_font)
        painter.setPen(current.color(token))
        shown = self._text_metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def shown_name(self, record: PictureRecord, width: int) -> str:
        """A name as far as it fits. Its ending gives way first, for most names of a set end alike."""
        if self._name_metrics.horizontalAdvance(record.name) <= width:
            return record.name
        return self._name_metrics.elidedText(record.path.stem, Qt.TextElideMode.ElideRight, width)

    def _second_line(self, record: PictureRecord, index: QModelIndex | QPersistentModelIndex) -> tuple[str, str]:
        """The words under the name and the token of their colour."""
        if "unreadable" in record.issues:
            return self._pictures.issue_words("unreadable"), "err"
        if record.left_out:
            return self.tr("Left out"), "muted"
        if self.mode is GridMode.CROPS and record.training_size:
            return self._training_size_words(record.training_size, index.data(PictureRole.GROUP_SIZE))
        if "no_caption" in record.issues:
            return self._pictures.issue_words("no_caption"), "warn"
        if not record.caption and record.width_px:
            return self.tr("Kept without a caption"), "muted"
        return (record.caption or "")[:LETTERS].replace("\n", " "), "muted"

    def _training_size_words(self, size: tuple[int, int], count: int) -> tuple[str, str]:
        width, height = size
        if count == 1:
            return self.tr("{width} × {height}, alone in its size").format(width=width, height=height), "warn"
        words = self.tr("{width} × {height}, %n picture(s)", "", count)
        return words.format(width=width, height=height), "muted"


class PictureGrid(QListView):
    """Pictures to look through, choose and sort out; by mouse or keyboard alone.

    Typing a letter that is no key of its own asks for the caption to be edited and passes the letter on.
    """

    pictures_selected = Signal(list)  # PictureRecords, in the order shown
    loupe_requested = Signal(object)  # PictureRecord
    leave_out_requested = Signal(list)
    caption_edit_requested = Signal(list, str)  # PictureRecords, what was typed

    def __init__(self, pictures: PictureFilter, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._delegate = PictureDelegate(store, pictures, self)
        self.setModel(pictures)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(BATCH)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setProperty("frameless", True)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(self.tr("Pictures"))
        self.doubleClicked.connect(self._ask_for_loupe)
        store.arrived.connect(self._paint_again)
        store.failed.connect(self._paint_again)
        tokens.changed.connect(self._take_theme)

    @property
    def mode(self) -> GridMode:
        return self._delegate.mode

    def set_mode(self, mode: GridMode) -> None:
        """Show covers, or crops grouped by their training size."""
        self._delegate.mode = mode
        self._pictures.pictures.set_grouped(mode is GridMode.CROPS)
        self.viewport().update()

    def selected_pictures(self) -> list[PictureRecord]:
        """The chosen pictures, in the order shown."""
        parts = self.selectionModel().selection().toList()
        rows = sorted(row for part in parts for row in range(part.top(), part.bottom() + 1))
        return [self._pictures.record(row) for row in rows]

    def select_picture(self, path: Path) -> None:
        """Choose one picture and bring it into view; nothing happens if it is not shown."""
        source_row = self._pictures.pictures.row_of(path)
        if source_row is not None:
            self._go_to(self._pictures.mapFromSource(self._pictures.pictures.index(source_row)))

    def select_next_issue(self) -> None:
        """Choose the next picture that needs a look, going round."""
        row = self._pictures.next_issue_row(self.currentIndex().row())
        if row is not None:
            self._go_to(self._pictures.index(row, 0))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Given by the page or a click, the frame of the chosen picture is enough; Tab shows where it came to."""
        reasons = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.setProperty("quiet_focus", event.reason() not in reasons)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
        )
        match shortcuts.pressed(event, "images"):
            case "picture_open":
                self._ask_for_loupe(self.currentIndex())
            case "leave_out":
                self._ask_to_leave_out()
            case "next_issue":
                self.select_next_issue()
            case "caption_edit":
                self._ask_for_caption("")
            case _ if plain and event.text().strip() and event.text().isprintable():
                self._ask_for_caption(event.text())
            case _:
                super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Typing edits the caption here, it does not look for names."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_columns()
        super().resizeEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.pictures_selected.emit(self.selected_pictures())

    def startDrag(self, supported: Qt.DropAction) -> None:
        indexes = self.selectionModel().selectedIndexes()
        if not indexes:
            return
        drag = QDrag(self)
        drag.setMimeData(self._pictures.mimeData(indexes))
        drag.setPixmap(self.viewport().grab(self.visualRect(self.currentIndex())))
        drag.exec(Qt.DropAction.CopyAction)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_columns()

    def _fit_columns(self) -> None:
        """As many columns as fit, together as wide as the view."""
        width = self.viewport().width()
        smallest = tokens.current().scaled(SMALLEST_PICTURE) + 2 * PADDING
        # One pixel less: the view wraps when a row fills it exactly.
        self.setGridSize(self._delegate.set_width(max(smallest, (width - 1) // max(1, width // smallest))))

    def _take_theme(self) -> None:
        self._delegate.read_theme()
        self._fit_columns()
        self.viewport().update()

    def _paint_again(self, path: Path) -> None:
        source_row = self._pictures.pictures.row_of(path)
        if source_row is not None:
            self.update(self._pictures.mapFromSource(self._pictures.pictures.index(source_row)))

    def _go_to(self, index: QModelIndex) -> None:
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)

    def _ask_for_loupe(self, index: QModelIndex) -> None:
        if index.isValid():
            self.loupe_requested.emit(index.data(PictureRole.RECORD))

    def _ask_for_caption(self, typed: str) -> None:
        if chosen := self.selected_pictures():
            self.caption_edit_requested.emit(chosen, typed)

    def _ask_to_leave_out(self) -> None:
        if chosen := self.selected_pictures():
            self.leave_out_requested.emit(chosen)
