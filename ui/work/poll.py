"""Look again, every so often."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Poll(QObject):
    """Calls `look` on the GUI thread every `interval_ms` while started; `look` must take a few milliseconds at most."""

    def __init__(self, look: Callable[[], object], interval_ms: int, parent: QObject) -> None:
        super().__init__(parent)
        self._look = look
        self._timer = QTimer(self)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._look_once)

    @property
    def is_running(self) -> bool:
        return self._timer.isActive()

    def start(self) -> None:
        """Look now, then regularly."""
        self._timer.start()
        self._look_once()

    def stop(self) -> None:
        self._timer.stop()

    def _look_once(self) -> None:
        self._look()
