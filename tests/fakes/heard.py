"""What Qt tells a widget, or all of them, while something is done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class Heard(QObject):
    """Inside a `with`: what `tell` says of each widget that gets an event of one kind, before it takes it."""

    def __init__(self, watched: QObject, kind: QEvent.Type, tell: Callable[[QWidget], object]) -> None:
        super().__init__()
        self._watched, self._kind, self._tell = watched, kind, tell
        self.told: list[object] = []

    def __enter__(self) -> Heard:
        self._watched.installEventFilter(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._watched.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == self._kind and isinstance(watched, QWidget):
            self.told.append(self._tell(watched))
        return False
