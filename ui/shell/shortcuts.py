"""The keys that act in the whole window."""

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ui.models.shortcuts import actions
from ui.widgets.key_shortcut import KeyShortcut

STEPS = ("images", "recipe", "train", "compare", "export")


class Shortcuts(QObject):
    """The window's part of the table of keys at work; `triggered` tells the action's name."""

    triggered = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        for action in actions():
            if "window" in action.places:
                KeyShortcut(action.name, window, partial(self.triggered.emit, action.name))
