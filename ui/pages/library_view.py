"""The library as one list view with one delegate, as tiles or as rows."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.models import shortcuts
from ui.models.library import LibraryEntry, LibraryList, LibraryRole
from ui.models.library_words import day_word, family_word, kind_word, size_word
from ui.theme import fonts, tokens
from ui.widgets.labels import as_tooltip
from ui.widgets.picture_painting import fill, paint_icon, paint_label, paint_picture, paint_ring
from ui.widgets.picture_store import PictureStore
from ui.widgets.star_row import draw_star

AnyIndex = QModelIndex | QPersistentModelIndex

TILE_PX = 208
TILE_SHAPE = 0.72
ROW_PX = 64
GAP_PX = 8
STAR_PX = 13
ALL_COLUMNS_PX = 560  # a narrower row leaves out date and stars; the bar below tells them

_ICONS = {"run": "train", "adapter": "file", "missing": "folder", "damaged": "picture_broken"}


class LibraryMode(Enum):
    GRID = "grid"
    LIST = "list"


class LibraryDelegate(QStyledItemDelegate):
    """Paints one entry with its cover, words and stars."""

    def __init__(self, entries: LibraryList, store: PictureStore, parent: QWidget) -> None:
        super().__init__(parent)
        self.mode = LibraryMode.GRID
        self._entries = entries
        self._store = store
        self._cell = QSize(TILE_PX, TILE_PX)

    def set_width(self, width: int) -> QSize:
        """Tiles so wide, or rows over the whole width; returns their size."""
        small = QFontMetrics(fonts.ui_font("small")).height()
        if self.mode is LibraryMode.LIST:
            height = max(tokens.current().scaled(ROW_PX), 2 * small + 24)
        else:
            height = round((width - 2 * GAP_PX) * TILE_SHAPE) + 3 * small + 4 * GAP_PX
        self._cell = QSize(width, height)
        return self._cell

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return self._cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        entry: LibraryEntry = index.data(LibraryRole.ENTRY)
        cell = QRect(option.rect).adjusted(3, 3, -3, -3)
        self._paint_ground(painter, cell, option.state)
        painter.save()
        if self.mode is LibraryMode.LIST:
            self._paint_row(painter, cell, entry)
        else:
            self._paint_tile(painter, cell, entry)
        painter.restore()

    def _paint_ground(self, painter: QPainter, cell: QRect, state: QStyle.StateFlag) -> None:
        radius = tokens.current().sizes.radius_card
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        fill(painter, cell, radius, "soft" if is_selected else "raised" if is_hovered else "card")
        paint_ring(painter, cell, radius, "accent" if is_selected else "border", 2 if is_selected else 1)
        wanted = QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_KeyboardFocusChange
        if state & wanted == wanted:
            paint_ring(painter, cell.adjusted(-2, -2, 2, 2), radius + 2, "accent", 2)

    def _paint_tile(self, painter: QPainter, cell: QRect, entry: LibraryEntry) -> None:
        inner = cell.adjusted(GAP_PX, GAP_PX, -GAP_PX, -GAP_PX)
        cover = QRect(inner.left(), inner.top(), inner.width(), round(inner.width() * TILE_SHAPE))
        self._paint_cover(painter, cover, entry)
        kinds = {"run": self.tr("Run"), "adapter": self.tr("File")}
        if entry.kind in kinds:  # both show the same picture
            paint_label(painter, cover.adjusted(6, 6, -6, -6), kinds[entry.kind])
        line = QFontMetrics(fonts.ui_font("small")).height()
        top = cover.bottom() + GAP_PX
        name = QRect(inner.left() + 2, top, inner.width() - 4, QFontMetrics(fonts.ui_font("strong")).height())
        room = self._paint_stars(painter, name, entry)
        self._write(painter, room, entry.title, "strong", "text", Qt.TextElideMode.ElideMiddle)
        second = QRect(name.left(), name.bottom() + 2, name.width(), line)
        self._write(painter, second, self._what(entry), "small", "muted")
        third = QRect(name.left(), second.bottom() + 2, name.width(), line)
        size = QRect(third)
        if entry.size_bytes:
            words = size_word(entry.size_bytes)
            width = QFontMetrics(fonts.ui_font("small")).horizontalAdvance(words)
            size.setLeft(third.right() - width)
            self._write(painter, size, words, "small", "muted")
            third.setRight(size.left() - GAP_PX)
        self._write(painter, third, self._entries.state_words(entry), "small", self._tone(entry))

    def _paint_row(self, painter: QPainter, cell: QRect, entry: LibraryEntry) -> None:
        side = cell.height() - 2 * GAP_PX
        cover = QRect(cell.left() + GAP_PX, cell.top() + GAP_PX, round(side * 1.25), side)
        self._paint_cover(painter, cover, entry)
        columns = cell.adjusted(cover.width() + 2 * GAP_PX + 6, 0, -GAP_PX * 2, 0)
        small = QFontMetrics(fonts.ui_font("small"))
        size_width = small.horizontalAdvance("0000.0 MB")
        date_width = small.horizontalAdvance("00.00.0000") + GAP_PX
        stars_width = 5 * (STAR_PX + 3) + GAP_PX
        state_width = columns.width() // 4
        right = columns.right()
        has_room = columns.width() >= tokens.current().scaled(ALL_COLUMNS_PX)
        for text, width, tone in (
            (size_word(entry.size_bytes) if entry.size_bytes else "", size_width, "muted"),
            (day_word(entry.date) if entry.date else "", date_width if has_room else 0, "muted"),
        ):
            if not width:
                continue
            place = QRect(right - width, columns.top(), width, columns.height())
            self._write(painter, place, text, "small", tone, align=Qt.AlignmentFlag.AlignRight)
            right -= width + GAP_PX
        if has_room:
            stars = QRect(right - stars_width, columns.center().y() - STAR_PX // 2 - 1, stars_width, STAR_PX)
            self._paint_stars(painter, stars, entry)
            right -= stars_width + GAP_PX
        state = QRect(right - state_width, columns.top(), state_width, columns.height())
        self._write(painter, state, self._entries.state_words(entry), "small", self._tone(entry))
        words = QRect(columns.left(), columns.top(), state.left() - columns.left() - GAP_PX, columns.height())
        middle = words.center().y()
        upper = QRect(words.left(), words.top(), words.width(), middle - words.top() - 1)
        lower = QRect(words.left(), middle + 2, words.width(), words.bottom() - middle)
        self._write(
            painter, upper, entry.title, "strong", "text", Qt.TextElideMode.ElideMiddle, Qt.AlignmentFlag.AlignBottom
        )
        self._write(painter, lower, self._what(entry), "small", "muted", align=Qt.AlignmentFlag.AlignTop)

    def _paint_cover(self, painter: QPainter, rect: QRect, entry: LibraryEntry) -> None:
        radius = tokens.current().sizes.radius_button
        if entry.cover is not None:
            paint_picture(painter, rect, self._store, entry.cover, radius, painter.device().devicePixelRatioF())
        else:
            fill(painter, rect, radius, "stage")
            token = "err" if entry.kind == "damaged" else "muted"
            paint_icon(painter, rect, _ICONS[entry.kind], token, min(28, rect.height() // 2))

    def _paint_stars(self, painter: QPainter, rect: QRect, entry: LibraryEntry) -> QRect:
        """The stars at the right end, and what room is left of them; an entry nobody rated has none."""
        if not entry.stars:
            return rect
        step = STAR_PX + 3
        left = rect.right() - entry.stars * step
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place in range(entry.stars):
            top = rect.top() + (rect.height() - STAR_PX) / 2
            draw_star(painter, QPointF(left + place * step, top), STAR_PX, is_lit=True)
        return rect.adjusted(0, 0, left - rect.right() - 6, 0)

    def _what(self, entry: LibraryEntry) -> str:
        if entry.kind in ("missing", "damaged"):
            return entry.problem
        is_named = entry.title.casefold().startswith(entry.project_name.casefold())
        parts = (
            "" if is_named else entry.project_name,
            kind_word(entry.taught) if entry.taught else "",
            family_word(entry.family) if entry.family else "",
        )
        return "  ·  ".join(part for part in parts if part)

    def _tone(self, entry: LibraryEntry) -> str:
        if entry.kind in ("missing", "damaged"):
            return "warn"
        if entry.state is not None and entry.state.is_alive:
            return "accent"
        return "warn" if entry.can_resume and entry.state is not None and entry.state.kind != "stopped" else "text2"

    def _write(
        self,
        painter: QPainter,
        rect: QRect,
        text: str,
        level: fonts.Level,
        token: str,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter,
    ) -> None:
        font = fonts.ui_font(level)
        painter.setFont(font)
        painter.setPen(tokens.current().color(token))
        vertical = Qt.AlignmentFlag.AlignVCenter
        if align in (Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom):
            vertical = align
        across = Qt.AlignmentFlag.AlignRight if align == Qt.AlignmentFlag.AlignRight else Qt.AlignmentFlag.AlignLeft
        line = " ".join(text.split())
        painter.drawText(rect, across | vertical, QFontMetrics(font).elidedText(line, elide, rect.width()))


class LibraryView(QListView):
    """One entry is chosen at a time; Enter or a double click opens it, the menu key asks for what can be done."""

    entry_chosen = Signal()
    open_wanted = Signal()
    menu_wanted = Signal(object)  # QPoint on the screen

    def __init__(self, entries: LibraryList, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = entries
        self._delegate = LibraryDelegate(entries, store, self)
        self.setModel(entries)
        self.setItemDelegate(self._delegate)
        self.setProperty("frameless", True)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(self.tr("Library"))
        self.set_mode(LibraryMode.GRID)
        self.doubleClicked.connect(lambda _index: self.open_wanted.emit())
        self.customContextMenuRequested.connect(lambda at: self.menu_wanted.emit(self.viewport().mapToGlobal(at)))
        self.selectionModel().selectionChanged.connect(lambda *_: self.entry_chosen.emit())
        store.arrived.connect(self._paint_again)
        store.failed.connect(self._paint_again)
        tokens.changed.connect(self._fit)

    def set_mode(self, mode: LibraryMode) -> None:
        """Tiles or rows."""
        self._delegate.mode = mode
        is_grid = mode is LibraryMode.GRID
        self.setViewMode(QListView.ViewMode.IconMode if is_grid else QListView.ViewMode.ListMode)
        self.setMovement(QListView.Movement.Static)  # IconMode lets go of it
        self.setDragEnabled(False)
        self._fit()

    def chosen(self) -> LibraryEntry | None:
        index = self.currentIndex()
        return self._entries.entry(index.row()) if index.isValid() and self.selectionModel().hasSelection() else None

    def choose(self, path: Path) -> None:
        """Choose an entry and bring it into view; nothing happens if it is not shown."""
        row = self._entries.row_of(path)
        if row is not None:
            self.setCurrentIndex(self._entries.index(row))
            self.scrollTo(self._entries.index(row))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if shortcuts.pressed(event, "library") == "library_open":
            self.open_wanted.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            index = self.indexAt(event.pos())  # type: ignore[attr-defined]
            entry = index.data(LibraryRole.ENTRY) if index.isValid() else None
            self.viewport().setToolTip(as_tooltip(str(entry.path)) if entry is not None else "")
        return super().viewportEvent(event)

    def _fit(self) -> None:
        # As if the scroll bar were there: without it the tiles would grow, need it, shrink and need it no more.
        width = self.width() - self.verticalScrollBar().sizeHint().width() - 3
        if self._delegate.mode is LibraryMode.GRID:
            width //= max(1, width // tokens.current().scaled(TILE_PX))
        self.setGridSize(self._delegate.set_width(max(TILE_PX, width)))
        self.viewport().update()

    def _paint_again(self, _path: Path) -> None:
        self.viewport().update()
