"""A card to press, with one picture or a row of them, a title and a line below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui.theme import icons, tokens
from ui.theme.fonts import ui_font
from ui.widgets import painting
from ui.widgets.labels import as_menu_text
from ui.widgets.picture_store import PictureRequest, PictureStore, at_ratio

_PADDING_PX = 10
_GAP_PX = 6
_LINE_GAP_PX = 3


class CoverCard(QPushButton):
    """Pictures come from the store when they are ready; until then, and without any, there is a calm ground."""

    def __init__(
        self,
        title: str,
        note: str,
        pictures: Sequence[Path],
        store: PictureStore,
        *,
        text: str = "",
        width_px: int = 176,
        picture_px: int = 104,
        parent: QWidget | None = None,
    ) -> None:
        """`text` is an explanation of up to two lines; lengths are at 100 % text."""
        super().__init__(as_menu_text(title), parent)
        self.setProperty("kind", "cover")
        self.setProperty("focus_radius", tokens.current().sizes.radius_card)
        self._title = title
        self._note = note
        self._explanation = text
        self._pictures = tuple(pictures)
        self._store = store
        self._width_px = width_px
        self._picture_px = picture_px
        self.setAccessibleName(title)
        self.setAccessibleDescription("  ".join(filter(None, (note, text))))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        store.arrived.connect(self._take_picture)
        tokens.changed.connect(self._restyle)

    def _take_picture(self, path: Path) -> None:
        if path in self._pictures:
            self.update()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _text_height(self) -> int:
        return 2 * QFontMetrics(ui_font("small")).lineSpacing() + _LINE_GAP_PX if self._explanation else 0

    def sizeHint(self) -> QSize:
        current = tokens.current()
        lines = QFontMetrics(ui_font("strong")).height() + QFontMetrics(ui_font("small")).height()
        height = current.scaled(self._picture_px) + lines + self._text_height() + 2 * _PADDING_PX + 10
        return QSize(current.scaled(self._width_px), height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        rect = QRectF(self.rect())
        ground = current.color("soft" if self.isDown() else "raised" if self.underMouse() else "card")
        painting.fill_round(painter, rect, current.sizes.radius_card, ground, current.color("border"))
        inner = self.rect().adjusted(_PADDING_PX, _PADDING_PX, -_PADDING_PX, -_PADDING_PX)
        height = current.scaled(self._picture_px)
        self._paint_pictures(painter, QRect(inner.x(), inner.y(), inner.width(), height))
        inner.setTop(inner.y() + height + 8)
        self._paint_line(painter, inner, self._title, "strong", "text")
        inner.setTop(inner.y() + QFontMetrics(ui_font("strong")).height() + _LINE_GAP_PX)
        if self._explanation:
            painter.setFont(ui_font("small"))
            painter.setPen(current.color("text2"))
            area = QRect(inner.x(), inner.y(), inner.width(), self._text_height())
            painter.drawText(area, Qt.TextFlag.TextWordWrap, self._explanation)
            inner.setTop(inner.y() + self._text_height())
        self._paint_line(painter, inner, self._note, "small", "muted")

    def _paint_line(self, painter: QPainter, room: QRect, text: str, level: str, ink: str) -> None:
        font = ui_font("strong" if level == "strong" else "small")
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(tokens.current().color(ink))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(
            QRect(room.x(), room.y(), room.width(), metrics.height()), Qt.AlignmentFlag.AlignVCenter, shown
        )

    def _paint_pictures(self, painter: QPainter, area: QRect) -> None:
        current = tokens.current()
        radius = current.sizes.radius_picture - 2
        count = max(1, len(self._pictures))
        width = (area.width() - (count - 1) * _GAP_PX) // count
        places = [QRect(area.x() + n * (width + _GAP_PX), area.y(), width, area.height()) for n in range(count)]
        for place in places:
            painting.fill_round(painter, QRectF(place), radius, current.color("stage"))
        for path, place in zip(self._pictures, places, strict=False):
            wanted = PictureRequest(path, place.width(), place.height(), radius)
            pixmap = self._store.picture(at_ratio(wanted, self.devicePixelRatioF()))
            if pixmap is not None:
                painter.drawPixmap(place, pixmap)
            painting.outline_round(painter, QRectF(place), radius, current.color("border"), 1)
        if not self._pictures:
            size = current.scaled(24)
            mark = icons.pixmap("folder", "muted", size)
            painter.drawPixmap(area.center().x() - size // 2, area.center().y() - size // 2, mark)
