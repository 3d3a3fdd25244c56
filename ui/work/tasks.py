"""Run a function off the GUI thread and bring its result, or its error, back.

    token = tasks.run(lambda token: scan(folder, token), self._show_scan, self._show_failure)

`fn` runs in a pool thread and must touch no widget and no QPixmap. `then` and `failed` are called on the GUI thread,
in the order the work ended, and never after `token.cancel()`. Give `owner` where the receiver may be gone before the
result: with it the late result is dropped.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakSet

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot
from shiboken6 import isValid

_log = logging.getLogger(__name__)
Result = TypeVar("Result")


class CancelToken:
    """Says to work in another thread that nobody wants its result any more."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        return self._event.is_set()


class _Courier(QObject):
    """Lives on the GUI thread and calls there what other threads put into its box.

    The signal carries nothing: a function sent along with it once arrived with its variables already collected.
    """

    _filled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._box: deque[Callable[[], None]] = deque()
        self._filled.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)

    def deliver(self, call: Callable[[], None]) -> None:
        """For any thread; calls come in the order they were delivered in."""
        self._box.append(call)
        if isValid(self):  # else the program has ended, and nobody is there to take it
            self._filled.emit()

    @Slot()
    def _hand_over(self) -> None:
        self._box.popleft()()


class _Job(QRunnable):
    """Work in a pool's thread, kept until it ended and its result was handed over.

    PySide makes the pool its owner. Were that all, garbage collection could take the variables of work that waits,
    together with the pool and what the pool belongs to; the work would then run without them.
    """

    def __init__(self, work: Callable[[], None], courier: _Courier) -> None:
        super().__init__()
        self._work: Callable[[], None] | None = work
        self._courier = courier
        _jobs.add(self)

    def run(self) -> None:
        if self._work is not None:
            self._work()
        self._courier.deliver(self._let_go)

    def _let_go(self) -> None:
        """On the GUI thread: what the work held may be widgets, and must not end on another."""
        self._work = None
        _jobs.discard(self)


_jobs: set[_Job] = set()
_pools: WeakSet[QThreadPool] = WeakSet()
_courier: _Courier | None = None


def run(
    fn: Callable[[CancelToken], Result],
    then: Callable[[Result], Any],
    failed: Callable[[Exception], Any] | None = None,
    token: CancelToken | None = None,
    *,
    owner: QObject | None = None,
    pool: QThreadPool | None = None,
) -> CancelToken:
    """Start `fn` in the pool; call from the GUI thread. Without `failed` an error is logged."""
    global _courier
    if _courier is None or not isValid(_courier):
        _courier = _Courier()
    courier = _courier
    shared = token or CancelToken()

    def deliver(call: Callable[[], Any]) -> None:
        def hand_over() -> None:
            if not shared.is_cancelled and (owner is None or isValid(owner)):
                call()

        courier.deliver(hand_over)

    def work() -> None:
        if shared.is_cancelled:
            return
        try:
            result = fn(shared)
        except Exception as error:  # the border of the thread: whatever it is, the GUI thread must hear of it
            caught = error
            if failed is None:
                _log.error("Background work failed", exc_info=error)
            else:
                deliver(lambda: failed(caught))
        else:
            deliver(lambda: then(result))

    used = pool or QThreadPool.globalInstance()
    _pools.add(used)
    used.start(_Job(work, courier))
    return shared


def is_idle() -> bool:
    """Whether all work has ended and its results were handed over; call from the GUI thread."""
    return not _jobs


def wait_for_all(limit_ms: int) -> bool:
    """Wait until no pool has work left; False when one still has after so long. Results are not handed over."""
    end_s = time.monotonic() + limit_ms / 1000
    for pool in filter(isValid, list(_pools)):
        left_ms = max(0, round((end_s - time.monotonic()) * 1000))
        if not pool.waitForDone(left_ms):
            return False
    return True
