"""What the computer does once a training or the queue has ended: nothing, sleep, or shut down after a minute."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from ui.work import tasks

NOTICE_S = 60

AfterQueue = Literal["nothing", "sleep", "shut_down"]

log = logging.getLogger(__name__)


def command_for(wish: AfterQueue) -> list[str] | None:
    """The system's own command, or None where this system has none the app knows."""
    commands: dict[str, dict[AfterQueue, list[str]]] = {
        "linux": {"sleep": ["systemctl", "suspend"], "shut_down": ["systemctl", "poweroff"]},
        "darwin": {
            "sleep": ["pmset", "sleepnow"],
            "shut_down": ["osascript", "-e", 'tell application "System Events" to shut down'],
        },
        "win32": {
            "sleep": ["rundll32.exe", "powrprof.dll,SetSuspendState", "0,1,0"],
            "shut_down": ["shutdown", "/s", "/t", "0"],
        },
    }
    command = commands.get(sys.platform, {}).get(wish)
    return command if command is not None and shutil.which(command[0]) is not None else None


class AfterQueueModel(QObject):
    """Holds the wish, which is never kept for the next start, and counts down before it does anything.

    Queue and Train show the same wish. While `is_queue_running` the end of one training is not the end.
    """

    changed = Signal()
    refused = Signal(str)  # the command's own words

    def __init__(
        self, parent: QObject | None = None, run: Callable[[list[str]], None] | None = None, notice_s: int = NOTICE_S
    ) -> None:
        super().__init__(parent)
        self.wish: AfterQueue = "nothing"
        self.seconds_left: int | None = None
        self.is_queue_running = False
        self._run = run or _run
        self._notice_s = notice_s
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._count)

    def choose(self, wish: AfterQueue) -> None:
        self.wish = wish
        self.cancel()

    def begin(self) -> None:
        """The queue ended: count down, unless nothing is wished for or that is under way."""
        if self.wish != "nothing" and self.seconds_left is None:
            self.seconds_left = self._notice_s
            self._timer.start()
            self.changed.emit()

    def training_ended(self) -> None:
        """One training ended: count down, unless the queue goes on."""
        if not self.is_queue_running:
            self.begin()

    def cancel(self) -> None:
        self._timer.stop()
        self.seconds_left = None
        self.changed.emit()

    def _count(self) -> None:
        assert self.seconds_left is not None
        self.seconds_left -= 1
        if self.seconds_left > 0:
            self.changed.emit()
            return
        command = command_for(self.wish)
        self.choose("nothing")
        if command is not None:
            tasks.run(lambda _: self._run(command), lambda _: None, self._tell, owner=self)

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, OSError | subprocess.SubprocessError):
            raise error
        log.warning("the computer did not obey: %s", error)
        self.refused.emit(str(error))


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, timeout=60, stdin=subprocess.DEVNULL)
