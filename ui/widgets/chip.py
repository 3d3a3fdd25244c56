"""Small rounded words: a state, a value, a removable tag."""

from typing import Literal

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui.theme import icons, tokens
from ui.theme.fonts import ui_font
from ui.widgets import painting
from ui.widgets.labels import as_menu_text

ChipKind = Literal["neutral", "ok", "warn", "err", "info"]

_COLOURS = {
    "neutral": ("raised", "text2"),
    "ok": ("oksoft", "ok"),
    "warn": ("warnsoft", "warn"),
    "err": ("errsoft", "err"),
    "info": ("soft", "accent"),
}
_ICONS = {"neutral": "", "ok": "check", "warn": "warning", "err": "error", "info": ""}


class Chip(QWidget):
    """A word in its soft colour; kinds with a meaning bring their icon, so colour is never alone."""

    def __init__(
        self, text: str, kind: ChipKind = "neutral", icon: str | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        tokens.changed.connect(self._restyle)
        self._icon_override = icon
        self.set_state(text, kind)

    @property
    def text(self) -> str:
        return self._text

    @property
    def kind(self) -> ChipKind:
        return self._kind

    def set_state(self, text: str, kind: ChipKind) -> None:
        self._text = text
        self._kind: ChipKind = kind
        self.setAccessibleName(text)
        self._restyle()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _icon_name(self) -> str:
        return _ICONS[self._kind] if self._icon_override is None else self._icon_override

    def sizeHint(self) -> QSize:
        current = tokens.current()
        width = QFontMetrics(_chip_font()).horizontalAdvance(self._text) + 22
        if self._icon_name():
            width += current.scaled(14) + 6
        return QSize(width, current.chip_height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        ground, ink = _COLOURS[self._kind]
        painter = painting.smooth(QPainter(self))
        outline = current.color("line") if current.scheme == "contrast" else None
        rect = QRectF(self.rect())
        painting.fill_round(painter, rect, rect.height() / 2 - 0.5, current.color(ground), outline)
        x = 11
        if self._icon_name():
            size = current.scaled(14)
            mark = QRect(x, (self.height() - size) // 2, size, size)
            painter.drawPixmap(painting.mirrored(self, mark), icons.pixmap(self._icon_name(), ink, size))
            x += size + 6
        painter.setFont(_chip_font())
        painter.setPen(current.color(ink))
        words = painting.mirrored(self, self.rect().adjusted(x, 0, 0, 0))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | painting.leading(self), self._text)


class TagChip(QPushButton):
    """A removable tag: click chooses it, the cross or Delete removes it; a locked one shows a lock instead."""

    removed = Signal()

    def __init__(
        self, text: str, *, locked: bool = False, partial: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(as_menu_text(text), parent)
        self.setProperty("kind", "tag")
        self.tag = text
        self._is_locked = locked
        self._is_partial = partial
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        if locked:
            self.setAccessibleDescription(self.tr("Locked in first place"))
        else:
            self.setAccessibleDescription(self.tr("Press Delete to remove"))
        tokens.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        current = tokens.current()
        return QSize(
            QFontMetrics(ui_font("small")).horizontalAdvance(self.tag) + current.scaled(12) + 28, current.scaled(28)
        )

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _mark_rect(self) -> QRectF:
        size = tokens.current().scaled(12)
        x = 10 if self._is_locked else self.width() - size - 9
        return QRectF(x, (self.height() - size) / 2, size, size)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        reach = self._mark_rect().adjusted(-8, -8, 9, 8)
        super().mouseReleaseEvent(event)
        if not self._is_locked and reach.contains(event.position()):
            self.removed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not self._is_locked:
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        is_chosen = self.isChecked() or self._is_locked
        ground = "soft" if is_chosen else "hover" if self.underMouse() else "card" if self._is_partial else "raised"
        rect = QRectF(self.rect())
        painting.fill_round(painter, rect, 6, current.color(ground), current.color("border"))
        ink = "accent" if is_chosen else "muted" if self._is_partial else "text"
        mark = self._mark_rect()
        name = "lock" if self._is_locked else "close"
        painter.drawPixmap(mark.topLeft(), icons.pixmap(name, "accent" if is_chosen else "muted", round(mark.width())))
        painter.setFont(ui_font("small"))
        painter.setPen(current.color(ink))
        left = round(mark.right()) + 6 if self._is_locked else 10
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.tag)


def _chip_font() -> QFont:
    font = ui_font("small")
    font.setBold(True)
    return font
