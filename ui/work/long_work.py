"""Work of minutes that a person waits for: how far it is, and calling it off."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Signal

from lora_studio.errors import StudioError
from ui.work import tasks
from ui.work.poll import Poll

LOOK_MS = 100


class LongWork(QObject):
    """One piece of work at a time off the GUI thread, with how far it is. Signals arrive on the GUI thread.

    It is called off when the window ends.
    """

    changed = Signal()  # when it begins and ends, and every 100 ms between
    failed = Signal(object)  # StudioError; not told when it was called off

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_at_work = False
        self._wish = tasks.CancelToken()
        self._told = (0, 1)
        self._poll = Poll(self.changed.emit, LOOK_MS, self)
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.cancel)

    @property
    def percent(self) -> int:
        """How much is done; at 100 it is checked."""
        done, total = self._told
        return 100 * done // total

    def cancel(self) -> None:
        """Call it off; `changed` tells when nothing is left of it."""
        self._wish.cancel()

    def _begin(self) -> tasks.CancelToken:
        self.is_at_work, self._told = True, (0, 1)
        self._wish = tasks.CancelToken()
        self._poll.start()
        return self._wish

    def _hear(self, done_bytes: int, total_bytes: int) -> None:
        """In the thread of the work."""
        self._told = (done_bytes, total_bytes)

    def _miss(self, error: Exception) -> None:
        self._rest()
        if not isinstance(error, StudioError):
            raise error
        if error.code != "cancelled":
            self.failed.emit(error)

    def _rest(self) -> None:
        self.is_at_work = False
        self._poll.stop()
        self.changed.emit()
