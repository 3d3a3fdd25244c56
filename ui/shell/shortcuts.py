"""The table of keys at work in a window."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from ui.models.settings_shortcuts import actions

STEPS = ("images", "recipe", "train", "compare", "export")


class Shortcuts(QObject):
    """The table at work in one window; `triggered` tells the action's name. Single letters leave text fields alone."""

    triggered = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._shortcuts: dict[str, QShortcut] = {}
        for action in actions():
            shortcut = QShortcut(QKeySequence(action.keys), window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(lambda name=action.name: self.triggered.emit(name))
            self._shortcuts[action.name] = shortcut

    def remap(self, chosen: dict[str, str]) -> None:
        """Put the person's keys in force; actions they did not name get their defaults back."""
        for action in actions():
            self._shortcuts[action.name].setKey(QKeySequence(chosen.get(action.name, action.keys)))

    def keys(self, name: str) -> str:
        """The keys of one action, as this system writes them."""
        return self._shortcuts[name].key().toString(QKeySequence.SequenceFormat.NativeText)
