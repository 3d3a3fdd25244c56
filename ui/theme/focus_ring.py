"""The ring around whatever has the keyboard, drawn once for the whole app and never cut off by its neighbours."""

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from ui.theme import tokens

# These show focus on their own border.
_BORDERED = (QLineEdit, QAbstractSpinBox, QPlainTextEdit, QTextEdit, QComboBox)
_MOVES = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.ParentChange}


class FocusRing(QWidget):
    """Follows one focused widget inside its window; a property `focus_radius` on the widget sets the corner."""

    def __init__(self, target: QWidget) -> None:
        super().__init__(target.window())
        self._target = target
        self._watched: list[QWidget] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setObjectName("focus_ring")
        widget: QWidget | None = target
        while widget is not None and widget is not target.window():
            widget.installEventFilter(self)
            self._watched.append(widget)
            widget = widget.parentWidget()
        tokens.changed.connect(self.update)
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide:
            self.hide()  # and no more: the window may be on its way out
        elif event.type() in _MOVES:
            self._follow()
        return False

    def leave(self) -> None:
        """Go with the next turn of the loop, and hear nothing until then: what was watched may go before."""
        for widget in filter(isValid, self._watched):
            widget.removeEventFilter(self)
        self.hide()
        self.deleteLater()

    def _follow(self) -> None:
        sizes = tokens.current().sizes
        reach = sizes.focus_width + sizes.focus_offset
        window = self._target.window()
        rect = QRect(self._target.mapTo(window, self._target.rect().topLeft()), self._target.size())
        ring = rect.adjusted(-reach, -reach, reach, reach)
        self.setGeometry(ring)
        visible = ring & self._viewport_rect(window)
        self.setVisible(self._target.isVisible() and not visible.isEmpty())
        if not visible.isEmpty():
            self.setMask(visible.translated(-ring.topLeft()))
        self.raise_()

    def _viewport_rect(self, window: QWidget) -> QRect:
        """The part of the window that the scroll areas around the target let through."""
        visible = window.rect()
        widget, area = self._target, self._target.parentWidget()
        while area is not None and widget is not window:
            if isinstance(area, QAbstractScrollArea) and area.viewport() is widget:
                visible &= QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())
            widget, area = area, area.parentWidget()
        return visible

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        width = current.sizes.focus_width
        radius = self._target.property("focus_radius") or current.sizes.radius_button
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(current.color("accent"), width))
        half = width / 2
        corner = float(radius) + current.sizes.focus_offset
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), corner, corner)


class FocusRings(QObject):
    """Puts the ring on whatever got focus by keyboard; a click moves focus without one."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._ring: FocusRing | None = None
        app.focusChanged.connect(self._move_ring)

    def _move_ring(self, _old: QWidget | None, now: QWidget | None) -> None:
        if self._ring is not None and isValid(self._ring):  # a closing window takes its ring with it
            self._ring.leave()
        self._ring = None
        by_mouse = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if now is not None and not by_mouse and _has_ring(now):
            self._ring = FocusRing(now)


def _has_ring(widget: QWidget) -> bool:
    """Not what shows focus itself, and not what only the program gives it to, such as a page."""
    by_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    is_quiet = bool(widget.property("quiet_focus"))  # shows by itself where the keys go
    return by_tab and not is_quiet and not isinstance(widget, _BORDERED) and not widget.isWindow()
