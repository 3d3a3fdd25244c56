"""A key of the table that acts wherever the focus is on its widget."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QWidget

from ui.models import shortcuts


class KeyShortcut(QShortcut):
    """Follows the keys that are in force for its action. A text field with the focus keeps what it can type."""

    def __init__(
        self,
        action: str,
        widget: QWidget,
        act: Callable[[], object],
        context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
    ) -> None:
        super().__init__(widget)
        self._action = action
        self.setContext(context)
        self.activated.connect(act)
        shortcuts.changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self.setKeys(shortcuts.sequences(self._action))
