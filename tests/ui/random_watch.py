"""What a random user must never meet: a handler that keeps the window waiting, an exception, a warning.

Time is the GUI thread's own, so a busy machine does not count, and is measured against what a fixed piece of work takes
at that moment, so a slow one does not either. Of Python's collector the time is taken off: when it comes is chance.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from types import FrameType, TracebackType

from PySide6.QtCore import QEvent, QMessageLogContext, QObject, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

LIMIT_MS = 50.0
WORK_S = 0.0026  # what `work` takes of a core of one's own where the limits were set
PEEK_AFTER_S = 0.03
PEEK_EVERY_S = 0.01

# Said at purpose: each names its reason.
EXPECTED_LOG = (
    "no plan for ",  # the project's folder was taken away, and its runs with it
    "the trainer ended at once",
    "is not a command",
)
EXPECTED_QT = (
    "This plugin does not support",  # the offscreen platform, of sizes and of raising a window
)


@dataclass(frozen=True, slots=True)
class SlowHandler:
    """One event that took too long, and where the thread was meanwhile."""

    event: str
    took_ms: float
    where: str


def slowness() -> float:
    """How many times slower than where the limits were set this computer is just now; 1 at least."""

    def work() -> float:
        began_s = time.thread_time()
        sum(number * number % 7 for number in range(60_000))
        return time.thread_time() - began_s

    return max(1.0, min(work() for _ in range(3)) / WORK_S)


class WatchedApplication(QApplication):
    """Times every event that the loop hands out; what is sent inside a handler counts for that handler."""

    limit_ms = LIMIT_MS

    def __init__(self, arguments: list[str], is_peeked_at: bool) -> None:
        """With `is_peeked_at` a slow handler is caught in the act; holding its frame can disturb a painter."""
        super().__init__(arguments)
        self.slow: list[SlowHandler] = []
        self.slips: Counter[str] = Counter()  # how often handlers of a kind were a little slow
        self.longest_ms = 0.0
        self._depth = 0
        self._collected_s = 0.0
        self._collecting_since = 0.0
        self._began_at: float | None = None
        self._peeked = ""
        self._main = threading.get_ident()
        gc.callbacks.append(self._note_collection)
        if is_peeked_at:
            threading.Thread(target=self._peek, name="peek", daemon=True).start()

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        if self._depth:
            return super().notify(receiver, event)
        self._depth = 1
        collected_s, self._began_at = self._collected_s, time.monotonic()
        began_s = time.thread_time()
        try:
            return super().notify(receiver, event)
        finally:
            took_ms = (time.thread_time() - began_s - (self._collected_s - collected_s)) * 1000
            self._depth, self._began_at = 0, None
            self.longest_ms = max(self.longest_ms, took_ms)
            if took_ms > self.limit_ms and (took_ms := took_ms / slowness()) > self.limit_ms:
                name = f"{type(event).__name__} {event.type().name} to {type(receiver).__name__}"
                self.slow.append(SlowHandler(name, took_ms, self._peeked))
            self._peeked = ""

    def _note_collection(self, phase: str, _info: dict[str, int]) -> None:
        if threading.get_ident() != self._main:
            return
        if phase == "start":
            self._collecting_since = time.thread_time()
        else:
            self._collected_s += time.thread_time() - self._collecting_since

    def _peek(self) -> None:
        """Where the GUI thread is when a handler goes on for long."""
        while True:
            time.sleep(PEEK_EVERY_S)
            began_at = self._began_at
            if began_at is not None and not self._peeked and time.monotonic() - began_at > PEEK_AFTER_S:
                self._peeked = _own_lines(sys._current_frames().get(self._main))


def _own_lines(frame: FrameType | None) -> str:
    """The deepest lines of the program itself."""
    lines = []
    while frame is not None:
        code = frame.f_code
        if "/ui/" in code.co_filename or "lora_studio" in code.co_filename:
            lines.append((code.co_filename, frame.f_lineno, code.co_name))
        frame = frame.f_back
    return " < ".join(f"{name.rpartition('/')[2]}:{line} {function}" for name, line, function in lines[:6])


class Ears:
    """Everything that is said although nothing should be: exceptions, Qt's warnings, warnings of the log."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        sys.excepthook = self._take_exception
        sys.unraisablehook = lambda told: self.heard.append(f"unraisable: {told.exc_value!r} in {told.object!r}")
        threading.excepthook = lambda told: self.heard.append(f"in {told.thread}: {told.exc_type} {told.exc_value}")
        qInstallMessageHandler(self._take_qt)
        logging.getLogger().addHandler(_LogEar(self))

    def take(self) -> list[str]:
        """What was heard since the last call."""
        heard, self.heard = self.heard, []
        return heard

    def _take_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.heard.append("exception: " + "".join(traceback.format_exception(kind, error, trace)))
        sys.__excepthook__(kind, error, trace)

    def _take_qt(self, kind: QtMsgType, _context: QMessageLogContext, text: str | None) -> None:
        said = text or ""
        if kind != QtMsgType.QtDebugMsg and not said.startswith(EXPECTED_QT):
            self.heard.append(f"Qt: {said}")


class _LogEar(logging.Handler):
    def __init__(self, ears: Ears) -> None:
        super().__init__(logging.WARNING)
        self._ears = ears

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if not said.startswith(EXPECTED_LOG):
            trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
            self._ears.heard.append(f"log: {record.name}: {said}\n{trace}".strip())
