"""Using a window as a person does: the mouse at real places, keys to whatever has the focus, a drop from outside.

Nothing here calls a slot. A press on something that is covered, disabled or out of view fails the test.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
LAYOUT_MS = 5000
LOOKS = 4
Kind = TypeVar("Kind", bound=QWidget)


class Hands:
    """Works on one window that is shown."""

    def __init__(self, qtbot: QtBot, window: QWidget) -> None:
        self._qtbot = qtbot
        self.window = window

    def press(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Click a widget, in its middle or at a place of its own."""
        self.click_at(self.place_of(widget, at))

    def click_at(self, place: QPoint) -> None:
        """Click at a place of the window."""
        handle = self.window.windowHandle()
        QTest.mouseMove(handle, place)
        QTest.mouseClick(handle, LEFT, NO_KEYS, place)
        QApplication.processEvents()

    def place_of(self, widget: QWidget, at: QPoint | None = None) -> QPoint:
        """Where a widget can be pressed, in the window; it is scrolled to first, as with the wheel."""
        self._wait_until_still(widget)
        assert widget.isVisible(), f"{widget} is not to be seen"
        assert widget.isEnabled(), f"{widget} cannot be pressed"
        self._scroll_to(widget)
        place = widget.mapTo(self.window, at or widget.rect().center())
        assert QRect(QPoint(), self.window.size()).contains(place), f"{widget} is outside the window"
        found = self.window.childAt(place)
        assert found is widget or (found is not None and widget.isAncestorOf(found)), f"{found} covers {widget}"
        return place

    def button(self, words: str) -> QAbstractButton:
        """The one button in view with these words, or this name for screen readers."""
        buttons = [button for button in self.window.findChildren(QAbstractButton) if button.isVisible()]
        found = [button for button in buttons if words in (button.text().replace("&&", "&"), button.accessibleName())]
        assert len(found) == 1, f"{words!r} is on {len(found)} buttons; in view are {[b.text() for b in buttons]}"
        return found[0]

    def press_button(self, words: str) -> None:
        self.press(self.button(words))

    def find(self, kind: type[Kind]) -> Kind:
        """The one widget of a kind in view."""
        found = [widget for widget in self.window.findChildren(kind) if widget.isVisible()]
        assert len(found) == 1, found
        return found[0]

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO_KEYS) -> None:
        """A key for whatever has the focus, shortcuts included."""
        QTest.keyClick(self.window.windowHandle(), key, modifiers)
        QApplication.processEvents()

    def tab_to(self, words: str) -> QWidget:
        """Tab until the focus is on what is called so; it must be reached."""
        seen = []
        for _ in range(200):
            focus = QGuiApplication.focusObject()
            if isinstance(focus, QWidget):
                names = (focus.accessibleName(), focus.text() if isinstance(focus, QAbstractButton) else "")
                if words in names:
                    return focus
                seen.append(names)
            self.key(Qt.Key.Key_Tab)
        raise AssertionError(f"Tab never came to {words!r}, but to {seen}")

    def drag_over(self, paths: Sequence[Path], place: QPoint | None = None) -> QMimeData:
        """Carry files over the window without letting go."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        at = place or self.window.rect().center()
        copy = Qt.DropAction.CopyAction
        QApplication.sendEvent(self.window, QDragEnterEvent(at, copy, mime, LEFT, NO_KEYS))
        QApplication.sendEvent(self.window, QDragMoveEvent(at, copy, mime, LEFT, NO_KEYS))
        return mime

    def let_go(self, mime: QMimeData, place: QPoint | None = None) -> None:
        at = QPointF(place or self.window.rect().center())
        QApplication.sendEvent(self.window, QDropEvent(at, Qt.DropAction.CopyAction, mime, LEFT, NO_KEYS))
        QApplication.processEvents()

    def _wait_until_still(self, widget: QWidget) -> None:
        """A hand is slower than a layout: what is pressed stands where it stood three looks before."""
        places: list[QRect] = []

        def is_still() -> bool:
            places.append(QRect(widget.mapTo(self.window, QPoint()), widget.size()))
            return len(places) > LOOKS and len(set(map(QRect.getRect, places[-LOOKS:]))) == 1

        self._qtbot.waitUntil(is_still, timeout=LAYOUT_MS)

    def _scroll_to(self, widget: QWidget) -> None:
        parent = widget.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(widget)
                QApplication.processEvents()
            parent = parent.parentWidget()
