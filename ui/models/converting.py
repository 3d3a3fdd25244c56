"""Writing an old .ckpt model as .safetensors: which file is under way, how far it is, and what came of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from lora_studio.bases import OLD_SUFFIXES
from lora_studio.errors import StudioError
from ui.work import tasks
from ui.work.poll import Poll

LOOK_MS = 100


def can_be_converted(path: Path) -> bool:
    """Whether a file's name is that of an old format; it is not opened."""
    return path.suffix.lower() in OLD_SUFFIXES


class Converter(QObject):
    """Converts one file at a time, in a process that ends with it or with the window.

    Signals arrive on the GUI thread.
    """

    changed = Signal()  # when it begins and ends, and every 100 ms between
    made = Signal(object)  # Path of the new file
    failed = Signal(object)  # StudioError; not told when it was called off

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source: Path | None = None
        self._wish = tasks.CancelToken()
        self._told = (0, 1)
        self._poll = Poll(self.changed.emit, LOOK_MS, self)
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.cancel)

    @property
    def percent(self) -> int:
        """How much is written; at 100 it is read back and compared."""
        done, total = self._told
        return 100 * done // total

    def start(self, source: Path, target: Path) -> None:
        """Begin; a second call meanwhile is ignored."""
        if self.source is not None:
            return
        wish = self._wish = tasks.CancelToken()
        self.source, self._told = source, (0, 1)

        def work(_: tasks.CancelToken) -> Path:
            from lora_studio.jobs.conversion import convert_in_own_process  # not at the top: it loads numpy

            return convert_in_own_process(source, target, self._hear, lambda: wish.is_cancelled).path

        tasks.run(work, self._take, self._miss, owner=self)
        self._poll.start()

    def cancel(self) -> None:
        """Call it off; `changed` tells when nothing is left of it."""
        self._wish.cancel()

    def _hear(self, done_bytes: int, total_bytes: int) -> None:
        """In the thread of the work."""
        self._told = (done_bytes, total_bytes)

    def _take(self, target: Path) -> None:
        self._rest()
        self.made.emit(target)

    def _miss(self, error: Exception) -> None:
        self._rest()
        if not isinstance(error, StudioError):
            raise error
        if error.code != "cancelled":
            self.failed.emit(error)

    def _rest(self) -> None:
        self.source = None
        self._poll.stop()
        self.changed.emit()
