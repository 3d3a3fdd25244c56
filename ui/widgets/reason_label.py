"""Why the main action cannot be done now, in words beside it: a tooltip is found by few."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from ui.widgets.buttons import Button
from ui.widgets.labels import Label

_TELLING = (QEvent.Type.EnabledChange, QEvent.Type.ToolTipChange)


class ReasonLabel(Label):
    """Follows one button and shows why it is blocked, unless `is_told` says that its words stand beside it already."""

    def __init__(self, is_told: Callable[[str], bool], parent: QWidget | None = None) -> None:
        super().__init__("", "small", "text2", wrap=True, parent=parent)
        self._is_told = is_told
        self._button: Button | None = None
        # In a turn of its own: words beside the button often follow it, and each change here lays out the whole window.
        self._refresher = QTimer(self, singleShot=True, interval=0)
        self._refresher.timeout.connect(self.refresh)
        self.hide()

    def follow(self, button: Button | None) -> None:
        """Tell of this button from now on; None tells nothing."""
        if button is not self._button:
            if self._button is not None and isValid(self._button):
                self._button.removeEventFilter(self)
            self._button = button
            if button is not None:
                button.installEventFilter(self)
        self.refresh()

    def refresh(self) -> None:
        """Look again what is told beside the button."""
        button = self._button
        reason = button.reason if button is not None and isValid(button) else ""
        shown = "" if not reason or self._is_told(reason) else reason
        self.setText(shown)
        self.setVisible(bool(shown))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._button and event.type() in _TELLING:
            self._refresher.start()
        return False
