"""The four kinds of button, with icon, busy state and a reason while they cannot be pressed."""

from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui.theme import icons, tokens
from ui.theme.fonts import ui_font
from ui.theme.motion import Beat
from ui.widgets import painting
from ui.widgets.labels import as_tooltip

Kind = Literal["primary", "secondary", "ghost", "danger"]
_ICON_GAP_PX = 9
_SPIN_MS = 60


class Button(QPushButton):
    """A push button that paints itself from tokens.

    `block` disables it and says why; `set_busy` keeps its width, shows a turning ring and takes no presses.
    """

    def __init__(
        self,
        text: str = "",
        kind: Kind = "secondary",
        icon: str = "",
        *,
        small: bool = False,
        trailing_icon: str = "",
        accessible_name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setProperty("kind", kind)
        self._kind: Kind = kind
        self._icon_name = icon
        self._trailing_icon = trailing_icon
        self._is_small = small
        self._is_lean = False
        self._is_busy = False
        self._reason = ""
        self._turn = 0.0
        self._spinner = Beat(_SPIN_MS, self._turn_ring, self)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        if accessible_name:
            self.setAccessibleName(accessible_name)
            self.setToolTip(as_tooltip(accessible_name))
        tokens.changed.connect(self._restyle)

    @property
    def kind(self) -> Kind:
        return self._kind

    @property
    def reason(self) -> str:
        """Why it cannot be pressed; empty while it can."""
        return self._reason

    @property
    def is_busy(self) -> bool:
        return self._is_busy

    def set_icon_name(self, icon: str) -> None:
        self._icon_name = icon
        self._restyle()

    def set_lean(self, is_lean: bool) -> None:
        """Leave the icons out, where words would be cut otherwise."""
        if is_lean != self._is_lean and self.text():
            self._is_lean = is_lean
            self._restyle()

    def whole_width(self) -> int:
        """How wide it is with its icons."""
        return self._wanted_width(is_lean=False)

    def block(self, reason: str) -> None:
        """Disable it and keep the reason where mouse and screen reader find it."""
        self._reason = reason
        self._disable()
        self.setToolTip(as_tooltip(reason))
        self.setAccessibleDescription(reason)

    def unblock(self) -> None:
        self._reason = ""
        self.setEnabled(not self._is_busy)
        self.setToolTip("")
        self.setAccessibleDescription("")

    def set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._disable() if is_busy or self._reason else self.setEnabled(True)
        if is_busy:
            self._spinner.start()
        else:
            self._spinner.stop()
        self.update()

    def _disable(self) -> None:
        if self.hasFocus():  # Qt would give it to the next control, with a ring, as if it had been chosen
            self.window().setFocus()
        self.setEnabled(False)

    def _turn_ring(self) -> None:
        self._turn = (self._turn + _SPIN_MS / 900) % 1
        self.update()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _height(self) -> int:
        current = tokens.current()
        if self._is_small:
            return current.small_button_height
        return current.primary_height if self._kind == "primary" else current.button_height

    def _icon_px(self) -> int:
        return tokens.current().scaled(16 if self._is_small else 18)

    def _text_width(self) -> int:
        return QFontMetrics(ui_font("strong")).size(Qt.TextFlag.TextShowMnemonic, self.text()).width()

    def _content_width(self, is_lean: bool) -> int:
        names = () if is_lean else (self._icon_name, self._trailing_icon)
        parts = [self._icon_px() for name in names if name]
        if self.text():
            parts.append(self._text_width())
        return sum(parts) + _ICON_GAP_PX * max(0, len(parts) - 1)

    def _wanted_width(self, is_lean: bool) -> int:
        if not self.text():
            return max(self._height(), self._content_width(is_lean) + 12)
        side = 12 if self._is_small or self._kind == "ghost" else 16
        return self._content_width(is_lean) + 2 * side

    def sizeHint(self) -> QSize:
        return QSize(self._wanted_width(self._is_lean), self._height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self.setCursor(Qt.CursorShape.PointingHandCursor if self.isEnabled() else Qt.CursorShape.ArrowCursor)

    def _colours(self) -> tuple[QColor | None, QColor | None, str]:
        """Fill, outline and the token of text and icon."""
        current = tokens.current()
        hovered = self.isEnabled() and self.underMouse()
        if self._kind == "primary" and (self.isEnabled() or self._is_busy):
            fill = tokens.mixed(current.fill, current.text, 0.18 if self.isDown() else 0.1 if hovered else 0.0)
            return QColor(fill), None, "onfill"
        ink = "muted" if not self.isEnabled() else "err" if self._kind == "danger" else "text"
        if self._kind == "ghost":
            fill_token = "soft" if self.isDown() else "hover" if hovered else None
            return current.color(fill_token) if fill_token else None, None, ink if ink != "text" else "text2"
        fill_token = "soft" if self.isDown() else "hover" if hovered else "raised"
        if self._kind == "danger" and fill_token == "raised":
            return None, current.color("border"), ink
        return current.color(fill_token), current.color("border"), ink

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        fill, outline, ink = self._colours()
        rect = QRectF(self.rect())
        painting.fill_round(
            painter, rect, current.sizes.radius_button, fill or QColor(Qt.GlobalColor.transparent), outline
        )
        size = self._icon_px()
        x = (self.width() - self._content_width(self._is_lean)) // 2
        middle = self.height() / 2
        icon_name, trailing_icon = ("", "") if self._is_lean else (self._icon_name, self._trailing_icon)
        for name, is_leading in ((icon_name, True), (trailing_icon, False)):
            if is_leading and (name or self._is_busy):
                if self._is_busy:
                    place = painting.mirrored(self, QRect(x if name else 10, 0, size, self.height()))
                    centre = QPointF(place.x() + size / 2, middle)
                    painting.draw_ring(painter, centre, size, current.color(ink), 0.7, self._turn)
                else:
                    self._paint_icon(painter, name, ink, x)
                x += (size + _ICON_GAP_PX) if name else 0
            if is_leading and self.text():
                painter.setFont(ui_font("strong"))
                painter.setPen(current.color(ink))
                area = painting.mirrored(self, QRect(x, 0, self.width() - x, self.height()))
                flags = Qt.AlignmentFlag.AlignVCenter | painting.leading(self) | Qt.TextFlag.TextShowMnemonic
                painter.drawText(area, flags, self.text())
                x += self._text_width() + _ICON_GAP_PX
            if not is_leading and name:
                self._paint_icon(painter, name, ink, x)

    def _paint_icon(self, painter: QPainter, name: str, ink: str, x: int) -> None:
        size = self._icon_px()
        place = painting.mirrored(self, QRect(x, (self.height() - size) // 2, size, size))
        painter.drawPixmap(place, icons.pixmap(name, ink, size))


def icon_button(icon: str, accessible_name: str, kind: Kind = "ghost", parent: QWidget | None = None) -> Button:
    """A button without a word, for close, more, next and the like; its name is read out and shown as tooltip."""
    return Button("", kind, icon, small=True, accessible_name=accessible_name, parent=parent)
